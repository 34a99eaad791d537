/** Tokens of a real OpenID provider, fetched over HTTP. @see RFC 7517, RFC 9068 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { UNRESTRICTED } from '../../src/kernel/grants.ts'
import { BASE, identity } from '../support/identity.ts'
import { startIssuer, type Issuer } from '../support/issuer.ts'

let issuer: Issuer
beforeAll(async () => {
  issuer = await startIssuer({ audience: BASE, scopes: ['repo:read', 'profile:read'] })
})
afterAll(() => issuer[Symbol.asyncDispose]())

const accepting = (...algorithms: ('RS256' | 'ES256' | 'EdDSA')[]) => ({
  jwks: [{ issuer: issuer.issuer, jwksUri: issuer.jwksUri, audiences: [BASE], algorithms }],
})

test.each(['RS256', 'ES256', 'EdDSA'] as const)(
  'an access token signed with %s is accepted',
  async (algorithm) => {
    await using w = await identity(accepting(algorithm))
    const principal = await w.verify(await issuer.accessToken({ algorithm }))
    expect(principal).toMatchObject({ kind: 'user', displayName: issuer.clientId, grants: UNRESTRICTED })
  },
)

test('the same subject is the same account, from token to token', async () => {
  await using w = await identity(accepting('RS256', 'ES256'))
  const [one, two] = [await issuer.accessToken(), await issuer.accessToken({ algorithm: 'ES256' })]
  expect((await w.verify(one)).accountId).toBe((await w.verify(two)).accountId)
})

test('a scope of ours narrows the token, a scope of others does not', async () => {
  await using w = await identity(accepting('RS256'))
  const narrow = await w.verify(await issuer.accessToken({ scope: 'repo:read profile:read' }))
  expect(narrow.grants).toEqual({
    admin: false,
    repositories: [{ target: { kind: 'all' }, actions: ['read'] }],
  })
  expect((await w.verify(await issuer.accessToken({ scope: 'profile:read' }))).grants).toBe(UNRESTRICTED)
})

test('an algorithm that is not pinned for the issuer is refused, though its key is published', async () => {
  await using w = await identity(accepting('ES256'))
  expect(await w.refusal(await issuer.accessToken({ algorithm: 'RS256' }))).toBe(
    'INVALID_CREDENTIAL algorithm',
  )
})

test('a token for another audience is refused', async () => {
  await using w = await identity({
    jwks: [{ ...accepting('RS256').jwks[0]!, audiences: ['https://other.example'] }],
  })
  expect(await w.refusal(await issuer.accessToken())).toBe('INVALID_CREDENTIAL wrong-audience')
})

test('a token of an issuer that is not configured is refused', async () => {
  await using w = await identity()
  expect(await w.refusal(await issuer.accessToken())).toBe('INVALID_CREDENTIAL unknown-issuer')
})

test('an expired token is refused, after 60 s of grace', async () => {
  await using w = await identity(accepting('RS256'))
  const token = await issuer.accessToken()
  w.clock.at += 655_000
  await w.verify(token)
  w.clock.at += 10_000
  expect(await w.refusal(token)).toBe('INVALID_CREDENTIAL expired')
})
