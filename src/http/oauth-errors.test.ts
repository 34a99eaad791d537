import { expect, test } from 'vitest'
import { AppError, ERRORS, type ErrorCode } from '../kernel/errors.ts'
import { oauthFailureOf } from './oauth-errors.ts'

/** Every name that an answer may have. @see RFC 6749, 7009, 8628, 8707, 9396 */
const NAMES = new Set([
  'access_denied',
  'authorization_pending',
  'expired_token',
  'invalid_authorization_details',
  'invalid_client',
  'invalid_grant',
  'invalid_request',
  'invalid_scope',
  'invalid_target',
  'server_error',
  'slow_down',
  'temporarily_unavailable',
  'unauthorized_client',
  'unsupported_grant_type',
  'unsupported_token_type',
])

test('whatever fails has a name of the RFCs, and is kept by no cache', () => {
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    const { headers, body } = oauthFailureOf(new AppError(code))
    expect(NAMES).toContain(body.error)
    expect(headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' })
  }
})

test.each<[ErrorCode, number, string]>([
  ['UNSUPPORTED_MEDIA_TYPE', 400, 'invalid_request'],
  ['PAYLOAD_TOO_LARGE', 413, 'invalid_request'],
  ['RATE_LIMITED', 429, 'temporarily_unavailable'],
  ['UNAVAILABLE', 503, 'temporarily_unavailable'],
  ['INTERNAL_ERROR', 500, 'server_error'],
])('%s of the shell is %i %s', (code, status, name) => {
  const failure = oauthFailureOf(new AppError(code))
  expect([failure.status, failure.body.error]).toEqual([status, name])
})

test('a description holds message and reason: 200 characters at most, without quotes and controls', () => {
  const reason = `"quoted" \\ and\r\nbroken, für ${'long '.repeat(100)}`
  const { error_description: said } = oauthFailureOf(
    new AppError('OAUTH_INVALID_SCOPE', { details: { reason } }),
  ).body
  expect(said).toMatch(/^unknown scope, .*: \?quoted\? \? and\?\?broken, f\?r long /)
  expect(said).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]{200}$/)
})

test('other details than a reason are not told', () => {
  const error = new AppError('OAUTH_INVALID_GRANT', { details: { token: 'planted' } })
  expect(JSON.stringify(oauthFailureOf(error))).not.toContain('planted')
})
