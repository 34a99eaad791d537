/** Addresses, endpoints, quoting and outcomes: tables. */
import { describe, expect, test } from 'vitest'
import { parseRemoteAddress } from './address.ts'
import { advertisementOf, callOf, mayCarryCredential } from './endpoint.ts'
import { outcomeOf, resendAfterSeconds } from './push-answer.ts'
import { unquote } from './unquote.ts'

describe('addresses', () => {
  test.each([
    ['sluice://git.example.test/acme/app', 'https://git.example.test/acme/app'],
    ['sluice://git.example.test:8443/acme/app.git/', 'https://git.example.test:8443/acme/app.git'],
    ['sluice+http://127.0.0.1:3000/acme/app', 'http://127.0.0.1:3000/acme/app'],
    ['sluice+http://[::1]:3000/acme/app', 'http://[::1]:3000/acme/app'],
    ['https://git.example.test/acme/app', 'https://git.example.test/acme/app'],
  ])('%s is %s', (text, base) => {
    expect(parseRemoteAddress(text)).toEqual({ origin: new URL(base).origin, base })
  })

  test.each([
    'sluice+http://git.example.test/acme/app',
    'sluice+http://127.0.0.1.example.test/acme/app',
    'http://localhost.example.test/acme/app',
    'sluice://git.example.test/',
    'sluice://git.example.test/acme/app?x=1',
    'sluice://git.example.test/acme/app#x',
    'sluice://alice@git.example.test/acme/app',
    'ssh://git.example.test/acme/app',
    'file:///etc/passwd',
    'acme/app',
    '',
  ])('%j is none', (text) => {
    expect(() => parseRemoteAddress(text)).toThrow()
  })
})

describe('requests that may carry a credential', () => {
  const BASE = 'https://git.example.test/acme/app'
  const ORIGIN = 'https://git.example.test'
  test.each(['git-upload-pack', 'git-receive-pack'] as const)('the two of %s', (service) => {
    expect(mayCarryCredential(advertisementOf(BASE, service), ORIGIN)).toBe(true)
    expect(mayCarryCredential(callOf(BASE, service), ORIGIN)).toBe(true)
  })

  test.each([
    ['GET', '/acme/app/info/refs'],
    ['GET', '/acme/app/info/refs?service=git-upload-archive'],
    ['GET', '/acme/app/info/refs?service=git-upload-pack&x=1'],
    ['POST', '/acme/app/info/refs?service=git-upload-pack'],
    ['GET', '/acme/app/git-upload-pack'],
    ['POST', '/acme/app/git-upload-pack?x=1'],
    ['POST', '/acme/app/git-upload-pack/more'],
    ['GET', '/acme/app/objects/info/packs'],
    ['POST', '/repos'],
  ] as const)('%s %s does not', (method, path) => {
    expect(mayCarryCredential({ method, url: new URL(ORIGIN + path) }, ORIGIN)).toBe(false)
  })

  test.each(['https://git.example.test:444', 'http://git.example.test', 'https://other.example.test'])(
    'nothing at %s does',
    (elsewhere) => {
      expect(mayCarryCredential(callOf(`${elsewhere}/acme/app`, 'git-upload-pack'), ORIGIN)).toBe(false)
    },
  )
})

describe('what git quotes as C does', () => {
  test.each([
    ['plain', 'plain'],
    ['', ''],
    ['"with \\"quotes\\" and \\\\"', 'with "quotes" and \\'],
    ['"\\t\\303\\274\\001"', '\t\u00fc\u0001'],
    ['"ünï"', 'ünï'],
    ['""', ''],
  ])('%s is %j', (quoted, text) => {
    expect(unquote(quoted)).toBe(text)
  })

  test.each(['"', '"open', '"x" y', '"\\q"', '"\\400"', '"\\"'])('%s makes no sense', (quoted) => {
    expect(unquote(quoted)).toBeNull()
  })
})

describe('a push that failed', () => {
  const answer = (
    statusCode: number,
    headers: Record<string, string>,
    trailers: Record<string, string> = {},
  ) => ({
    statusCode,
    headers,
    trailers,
  })
  const NOT_APPLIED = { 'x-sluice-push-outcome': 'not-applied' }

  test.each([
    ['busy, nothing applied', answer(503, NOT_APPLIED), 1],
    ['busy, and says when', answer(503, { ...NOT_APPLIED, 'retry-after': '7' }), 7],
    ['too many', answer(429, { ...NOT_APPLIED, 'retry-after': '2' }), 2],
    ['a date instead of seconds', answer(503, { ...NOT_APPLIED, 'retry-after': 'Fri, 01 Jan 1980' }), 1],
    ['in an hour', answer(503, { ...NOT_APPLIED, 'retry-after': '3600' }), null],
    ['nobody says', answer(503, {}), null],
    ['not known', answer(503, { 'x-sluice-push-outcome': 'indeterminate' }), null],
    ['applied', answer(503, { 'x-sluice-push-outcome': 'applied' }), null],
    ['another fault', answer(500, NOT_APPLIED), null],
    ['refused', answer(403, NOT_APPLIED), null],
  ])('%s', (_what, given, seconds) => {
    expect(resendAfterSeconds(given)).toBe(seconds)
  })

  test('the outcome stands in a header or in a trailer; what is unknown is indeterminate', () => {
    expect(outcomeOf(answer(200, {}, { 'x-sluice-push-outcome': 'applied' }))).toBe('applied')
    expect(outcomeOf(answer(200, { 'x-sluice-push-outcome': 'perhaps' }))).toBe('indeterminate')
    expect(outcomeOf(answer(200, {}))).toBe('indeterminate')
  })
})
