/** What attackers do with tokens. @see RFC 8725 (JWT best current practices), RFC 7515 */
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sharedSecret } from '../../src/rooms/identity/shared-secret.ts'
import { BASE, identity, PLATFORM_SECRET, type IdentityWorld } from '../support/identity.ts'

const ISSUER = 'https://login.example'
const rsa = await generateKeyPair('RS256', { extractable: true })
const attacker = await generateKeyPair('ES256', { extractable: true })

const server = createServer((_req, res) => {
  void exportJWK(rsa.publicKey).then((jwk) =>
    res.end(JSON.stringify({ keys: [{ ...jwk, kid: 'rsa-1', alg: 'RS256' }] })),
  )
})
let w: IdentityWorld
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const jwksUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  w = await identity({ jwks: [{ issuer: ISSUER, jwksUri, audiences: [BASE], algorithms: ['RS256'] }] })
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await w[Symbol.asyncDispose]()
})

const now = () => Math.floor(w.clock.now() / 1000)
const claims = (more: JWTPayload = {}): JWTPayload => ({
  iss: ISSUER,
  aud: BASE,
  sub: 'ada',
  exp: now() + 600,
  ...more,
})
const own = (more: object = {}) => ({ ...claims({ iss: BASE, sub: w.user.id, jti: 'j1' }), ...more })
const b64 = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const signed = (payload: JWTPayload, header: object = {}, key: CryptoKey = rsa.privateKey) =>
  new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: 'rsa-1', ...header }).sign(key)

/** HS256 by hand, over whatever text: libraries refuse to make what attackers make. */
function hs256(payload: unknown, secret: string, header: object = {}): string {
  const input = `${b64({ alg: 'HS256', ...header })}.${b64(payload)}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

test('the tokens that the abuses below start from are good', async () => {
  await w.verify(await signed(claims()))
  await w.verify(hs256({ sub: 'ada', exp: now() + 600 }, PLATFORM_SECRET))
  await w.verify((await w.sign({ sub: w.user.id, aud: BASE }, 60)).token)
})

test.each(['none', 'None', 'NONE', 'nOnE', ''])(
  'alg %j is refused, with a signature and without',
  async (alg) => {
    for (const payload of [claims(), own(), { sub: 'ada', exp: now() + 600 }]) {
      const input = `${b64({ alg, kid: 'rsa-1' })}.${b64(payload)}`
      expect(await w.refusal(`${input}.`)).toMatch('INVALID_CREDENTIAL')
      expect(await w.refusal(`${input}.${b64('signature')}`)).toMatch('INVALID_CREDENTIAL')
    }
  },
)

test('an RS256 public key is no HS256 secret', async () => {
  const pem = await exportSPKI(rsa.publicKey)
  const jwk = JSON.stringify(await exportJWK(rsa.publicKey))
  for (const secret of [pem, pem.trim(), jwk]) {
    expect(await w.refusal(hs256(claims(), secret, { kid: 'rsa-1' }))).toBe('INVALID_CREDENTIAL algorithm')
    expect(await w.refusal(hs256({ ...claims(), iss: undefined }, secret))).toBe(
      'INVALID_CREDENTIAL signature',
    )
  }
})

test('nor can it be configured as one', async () => {
  const trust = { admin: true, accountIds: true }
  const subjects = {
    issuer: 'platform',
    trust,
    accounts: w.accounts,
    bases: [BASE],
    anyRevoked: () => Promise.resolve(false),
  }
  for (const secret of [
    await exportSPKI(rsa.publicKey),
    JSON.stringify(await exportJWK(rsa.publicKey)),
    'x'.repeat(31),
  ])
    expect(() => sharedSecret(secret, subjects, w.clock)).toThrow(TypeError)
})

test('the platform secret signs for no issuer that has keys of its own', async () => {
  expect(await w.refusal(hs256(claims(), PLATFORM_SECRET))).toBe('INVALID_CREDENTIAL algorithm')
  expect(await w.refusal(hs256(own(), PLATFORM_SECRET))).toBe('INVALID_CREDENTIAL algorithm')
})

test.each([
  '../../etc/passwd',
  '/dev/null',
  "' or 1=1 --",
  '__proto__',
  'constructor',
  '',
  '\u0000',
  'x'.repeat(2000),
])('a kid of %j finds no key, with us or elsewhere', async (kid) => {
  expect(await w.refusal(await signed(own(), { alg: 'ES256', kid }, attacker.privateKey))).toBe(
    'INVALID_CREDENTIAL unknown-key',
  )
  expect(await w.refusal(await signed(claims(), { kid }))).toBe('INVALID_CREDENTIAL unknown-key')
})

test.each([7, null, {}, ['rsa-1']])('a kid that is no text (%j) finds no key', async (kid) => {
  const input = `${b64({ alg: 'ES256', kid })}.${b64(own())}`
  expect(await w.refusal(`${input}.${'A'.repeat(86)}`)).toMatch('INVALID_CREDENTIAL')
})

test('keys that a token brings along are not used', async () => {
  const jwk = await exportJWK(attacker.publicKey)
  for (const header of [
    { jwk },
    { jku: 'https://evil.example/jwks' },
    { x5u: 'https://evil.example/x' },
    { x5c: ['MII'] },
  ]) {
    const kid = (await w.keys.current()).kid
    const forOwn = await signed(own(), { alg: 'ES256', kid, ...header }, attacker.privateKey)
    expect(await w.refusal(forOwn)).toBe('INVALID_CREDENTIAL signature')
    const forForeign = await signed(claims(), { alg: 'ES256', kid: 'rsa-1', ...header }, attacker.privateKey)
    expect(await w.refusal(forForeign)).toBe('INVALID_CREDENTIAL algorithm')
  }
})

test('another issuer with our kid is not us, nor are we it with its kid', async () => {
  const { kid, privateKey } = await w.keys.current()
  expect(await w.refusal(await signed(claims(), { alg: 'ES256', kid }, privateKey))).toBe(
    'INVALID_CREDENTIAL algorithm',
  )
  expect(await w.refusal(await signed(own()))).toBe('INVALID_CREDENTIAL algorithm')
  expect(await w.refusal(await signed(own(), { kid: 'rsa-1', alg: 'ES256' }, attacker.privateKey))).toBe(
    'INVALID_CREDENTIAL unknown-key',
  )
})

test('expired, not yet valid, and without an end: refused, with 60 s of grace', async () => {
  for (const make of [
    (more: JWTPayload) => signed(claims(more)),
    (more: JWTPayload) => Promise.resolve(hs256({ ...claims(more), iss: undefined }, PLATFORM_SECRET)),
  ]) {
    await w.verify(await make({ exp: now() - 55 }))
    expect(await w.refusal(await make({ exp: now() - 65 }))).toBe('INVALID_CREDENTIAL expired')
    await w.verify(await make({ nbf: now() + 55 }))
    expect(await w.refusal(await make({ nbf: now() + 65 }))).toBe('INVALID_CREDENTIAL not-yet-valid')
    const { exp: _, ...endless } = claims()
    expect(await w.refusal(await make({ ...endless, exp: undefined as never }))).toBe(
      'INVALID_CREDENTIAL claims',
    )
  }
})

test('halves of surrogate pairs, all one to a database, make nobody into somebody else (surrogate-subject-regression)', async () => {
  const login = (sub: string) => w.refusal(hs256({ sub, exp: now() + 600 }, PLATFORM_SECRET))
  for (const sub of ['ada\ud800', 'ada\udfff', 'ada\0'])
    expect(await login(sub)).toBe('INVALID_CREDENTIAL claims')
})

test.each(['soon', '9999999999', true, null, {}])('an end that is no number (%j) is refused', async (exp) => {
  expect(await w.refusal(hs256({ sub: 'ada', exp }, PLATFORM_SECRET))).toBe('INVALID_CREDENTIAL claims')
})

test.each([
  undefined,
  '',
  'https://other.example',
  `${BASE}.evil`,
  `${BASE}/`,
  ['https://other.example'],
  [],
])('audience %j is refused from an issuer whose audience is pinned', async (aud) => {
  expect(await w.refusal(await signed({ ...claims(), aud: aud as string }))).toMatch(/wrong-audience|claims/)
})

test.each([undefined, 'https://other.example', `${BASE}.evil/acme/site`, []])(
  'audience %j is refused in a token of our own',
  async (aud) => {
    const { token } = await w.sign({ sub: w.user.id, aud: aud as string }, 60)
    expect(await w.refusal(token)).toBe('INVALID_CREDENTIAL wrong-audience')
  },
)

test.each(['', `${ISSUER}/`, ISSUER.toUpperCase(), [ISSUER], null, 7])(
  'issuer %j is not the configured one',
  async (iss) => {
    expect(await w.refusal(await signed({ ...claims(), iss: iss as string }))).toBe(
      'INVALID_CREDENTIAL unknown-issuer',
    )
  },
)

test('with no issuer configured for ourselves, no token of ours is good', async () => {
  for (const ownIssuers of [[], ['']]) {
    await using closed = await identity({ ownIssuers })
    for (const iss of [BASE, '', undefined]) {
      const key = await closed.keys.current()
      const token = await signed(
        { ...own(), iss: iss as string },
        { alg: 'ES256', kid: key.kid },
        key.privateKey,
      )
      expect(await closed.refusal(token)).toBe('INVALID_CREDENTIAL unknown-issuer')
    }
  }
})

test('an extension that must be understood and is not, is refused', async () => {
  for (const header of [
    { crit: ['exp'], exp: 1 },
    { crit: ['b64'], b64: false },
    { crit: [] },
    { crit: 'exp' },
  ]) {
    const forged = hs256({ sub: 'ada', exp: now() + 600 }, PLATFORM_SECRET, header)
    expect(await w.refusal(forged)).toMatch('INVALID_CREDENTIAL')
  }
})

test('a claim or header given twice has one meaning everywhere: the last', async () => {
  const good = `"exp":${now() + 600},"sub":"ada"`
  const late = hs256(`{"exp":1,${good}}`, PLATFORM_SECRET)
  await w.verify(late)
  expect(await w.refusal(hs256(`{${good},"exp":1}`, PLATFORM_SECRET))).toBe('INVALID_CREDENTIAL expired')

  const first = await w.verify(hs256(`{"sub":"eve",${good}}`, PLATFORM_SECRET))
  expect(first.accountId).toBe((await w.verify(late)).accountId)
  // Chosen by one `iss` and verified by another would be the hole: both see the last one.
  expect(await w.refusal(hs256(`{"iss":"nobody",${good},"iss":"${ISSUER}"}`, PLATFORM_SECRET))).toBe(
    'INVALID_CREDENTIAL algorithm',
  )
  const scopes = hs256(`{${good},"scope":"repo:read","scope":"openid repo:acme/site:read"}`, PLATFORM_SECRET)
  expect((await w.verify(scopes)).grants.repositories).toEqual([
    { target: { kind: 'path', path: 'acme/site' }, actions: ['read'] },
  ])
})

test('a token over 8 KiB is refused', async () => {
  const big = hs256({ sub: 'ada', exp: now() + 600, pad: 'x'.repeat(8192) }, PLATFORM_SECRET)
  expect(await w.refusal(big)).toBe('INVALID_CREDENTIAL too-large')
  expect(await w.refusal('x'.repeat(10 * 1024 * 1024))).toBe('INVALID_CREDENTIAL too-large')
})

test.each([
  '',
  '.',
  '..',
  '...',
  'a.b.c',
  'a.b',
  'a.b.c.d.e',
  `${b64({})}.${b64({})}.`,
  `${b64('[]')}.${b64('[]')}.x`,
  'null',
  '\u0000',
])('text that is no token (%j) is refused as one', async (text) =>
  expect(await w.refusal(text)).toMatch('INVALID_CREDENTIAL'),
)

test.each([undefined, '', 7, {}, 'x'.repeat(256)])('subject %j names nobody', async (sub) => {
  expect(await w.refusal(hs256({ sub, exp: now() + 600 }, PLATFORM_SECRET))).toBe('INVALID_CREDENTIAL claims')
})

test('two issuers with the same subject mean two people', async () => {
  const here = await w.verify(await signed(claims({ sub: 'root' })))
  const there = await w.verify(hs256({ sub: 'root', exp: now() + 600 }, PLATFORM_SECRET))
  expect(here.accountId).not.toBe(there.accountId)
})

test('a subject that is a UUID is that account only where the issuer is trusted with our ids', async () => {
  const byPlatform = await w.verify(hs256({ sub: w.user.id, exp: now() + 600 }, PLATFORM_SECRET))
  expect(byPlatform).toMatchObject({ accountId: w.user.id, displayName: 'Ada' })
  const byStranger = await w.verify(await signed(claims({ sub: w.user.id })))
  expect(byStranger.accountId).not.toBe(w.user.id)
  expect((await w.verify(await signed(claims({ id: w.user.id })))).accountId).toBe(byStranger.accountId)
})

test('nobody becomes the owner of a UUID by the name under which it is kept (subject-prefix-regression)', async () => {
  const uuid = '01890a5d-ac96-774b-bcce-b302099a8059'
  const names = [uuid, `sub:${uuid}`, `sub:sub:${uuid}`]
  const people = await Promise.all(names.map(async (sub) => w.verify(await signed(claims({ sub })))))
  expect(new Set(people.map(({ accountId }) => accountId)).size).toBe(names.length)
})

test('a foreign scope does not make an administrator', async () => {
  expect((await w.verify(await signed(claims({ scope: 'admin' })))).grants).toEqual({
    admin: false,
    repositories: [],
  })
})

test('a revoked token, and one minted from it, are refused on the next request', async () => {
  const parent = await w.sign({ sub: w.user.id, aud: BASE }, 60)
  const child = await w.sign({ sub: w.user.id, aud: BASE, minted_from: [parent.tokenId] }, 60)
  await w.verify(parent.token)
  await w.verify(child.token)
  await w.revoke(parent.tokenId)
  expect(await w.refusal(parent.token)).toBe('INVALID_CREDENTIAL revoked')
  expect(await w.refusal(child.token)).toBe('INVALID_CREDENTIAL revoked')
})

test('a revoked login does not come back with its signature spelt in another way (spelling-regression)', async () => {
  const login = await signed(claims({ sub: 'spelt' }))
  const { token } = await w.verify(login)
  const respelt = otherSpelling(login)
  expect(respelt).not.toBe(login)
  expect((await w.verify(respelt)).token?.id).toBe(token?.id)
  await w.revoke(token?.id ?? '')
  expect(await w.refusal(login)).toBe('INVALID_CREDENTIAL revoked')
  expect(await w.refusal(respelt)).toBe('INVALID_CREDENTIAL revoked')
})

/** The last character of a signature of 256 bytes has four bits that nobody reads. */
function otherSpelling(jwt: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return jwt.slice(0, -1) + alphabet.charAt(alphabet.indexOf(jwt.slice(-1)) + 1)
}

test('what a foreign token says of lineage, limits and actors in our words is not read', async () => {
  const forged = claims({
    sub: 'lineage',
    minted_from: [w.user.id],
    within: { admin: true, repositories: [{ target: { kind: 'all' }, actions: ['admin'] }] },
    act: { sub: w.user.id },
  })
  const principal = await w.verify(await signed(forged))
  const plain = await w.verify(await signed(claims({ sub: 'lineage' })))
  expect(principal.grants).toEqual(plain.grants)
  expect(principal.token?.mintedFrom).toEqual([])
  expect(principal).toMatchObject({ kind: 'user', accountId: plain.accountId })
  expect(principal.actingFor).toBeUndefined()
})

test("a foreign `jti` is not the id of a token of ours: neither's end is the other's", async () => {
  const ours = await w.sign({ sub: w.user.id, aud: BASE }, 60)
  const theirs = await signed(claims({ jti: ours.tokenId }))
  expect((await w.verify(theirs)).token?.id).not.toBe(ours.tokenId)
  await w.revoke(ours.tokenId)
  await w.verify(theirs)
  expect(await w.refusal(ours.token)).toBe('INVALID_CREDENTIAL revoked')
})

test('a lineage that is no list of ids is refused, also where we signed it', async () => {
  for (const lineage of ['a', 7, null, {}, [7], [['a']], [null]]) {
    const { token } = await w.sign({ sub: w.user.id, aud: BASE, minted_from: lineage }, 60)
    expect(await w.refusal(token)).toBe('INVALID_CREDENTIAL claims')
  }
})

test('RFC 9068 2.1, 4: what we signed as another type than at+jwt is no access token', async () => {
  const { kid, privateKey } = await w.keys.current()
  for (const typ of ['JWT', 'secevent+jwt', 'AT+JWT', '', undefined, null])
    expect(await w.refusal(await signed(own(), { alg: 'ES256', kid, typ }, privateKey))).toBe(
      'INVALID_CREDENTIAL malformed',
    )
})

test('our own tokens pass the same checks of times, extensions and spelling as all others', async () => {
  const { kid, privateKey } = await w.keys.current()
  const make = (more: object, header: object = {}) =>
    signed(own(more), { alg: 'ES256', kid, typ: 'at+jwt', ...header }, privateKey)
  await w.verify(await make({ exp: now() - 55, nbf: now() + 55 }))
  expect(await w.refusal(await make({ exp: now() - 65 }))).toBe('INVALID_CREDENTIAL expired')
  expect(await w.refusal(await make({ nbf: now() + 65 }))).toBe('INVALID_CREDENTIAL not-yet-valid')
  for (const claim of [{ exp: undefined }, { exp: 'soon' }, { exp: null }, { nbf: 'soon' }, { iat: 'once' }])
    expect(await w.refusal(await make(claim))).toBe('INVALID_CREDENTIAL claims')
  const good = await make({})
  const [header = '', payload = '', signature = ''] = good.split('.')
  for (const extension of [{ crit: ['exp'] }, { crit: [] }, { b64: false }, { crit: ['b64'], b64: false }]) {
    const forged = b64({ alg: 'ES256', kid, typ: 'at+jwt', ...extension })
    expect(await w.refusal(`${forged}.${payload}.${signature}`)).toBe('INVALID_CREDENTIAL malformed')
  }
  for (const spelt of [
    `${good}=`,
    `${header}=.${payload}.${signature}`,
    `${header}.${payload}.${signature}\n`,
  ])
    expect(await w.refusal(spelt)).toMatch(/malformed|algorithm/)
  expect(await w.refusal(`${header}.${payload}.${signature.slice(0, -4)}`)).toBe(
    'INVALID_CREDENTIAL signature',
  )
})

test('a token of an account, or for an actor, that there is not is refused', async () => {
  const { token } = await w.sign({ sub: '01890a5d-ac96-774b-bcce-b302099a8057', aud: BASE }, 60)
  expect(await w.refusal(token)).toBe('INVALID_CREDENTIAL unknown-account')
  const actor = await w.sign({ sub: w.user.id, act: { sub: 'nobody' }, aud: BASE }, 60)
  expect(await w.refusal(actor.token)).toBe('INVALID_CREDENTIAL unknown-account')
  for (const act of ['text', 7, null, {}, []]) {
    const odd = await w.sign({ sub: w.user.id, act, aud: BASE }, 60)
    expect(await w.refusal(odd.token)).toBe('INVALID_CREDENTIAL unknown-account')
  }
})

test('what is refused says why in fixed words, and nothing of the token', async () => {
  const token = hs256({ sub: 'a-telling-subject', exp: 1 }, PLATFORM_SECRET)
  const error: unknown = await w.verify(token).catch((err: unknown) => err)
  const shown =
    JSON.stringify(error) +
    String(error) +
    String((error as Error).stack) +
    JSON.stringify(Object.entries(error as object))
  expect((error as Error).cause).toBeUndefined()
  for (const secret of [token, ...token.split('.'), PLATFORM_SECRET, 'a-telling-subject'])
    expect(shown).not.toContain(secret)
})
