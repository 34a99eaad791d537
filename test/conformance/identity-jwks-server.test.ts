/** A JWKS server that is down, slow, lying, too big or sends one elsewhere. @see RFC 7517 */
import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose'
import { expect, test } from 'vitest'
import { ISSUER_FETCH_LIMITS, parseTrustedUri } from '../../src/http/bounded-fetch.ts'
import { BASE, identity } from '../support/identity.ts'

const ISSUER = 'https://login.example'
const pair = await generateKeyPair('ES256')
const other = await generateKeyPair('ES256')
const jwk: JWK = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }

const publish =
  (...keys: unknown[]): RequestListener =>
  (_req, res) =>
    res.end(JSON.stringify({ keys }))

/** A server whose behaviour the test changes, and a world that accepts tokens by its keys. */
async function served(behaviour: RequestListener, opts: { timeoutMs?: number } = {}) {
  const state = { behaviour, requests: 0 }
  const server = createServer((req, res) => {
    state.requests++
    state.behaviour(req, res)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const jwksUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`
  const w = await identity({
    jwks: [{ issuer: ISSUER, jwksUri, audiences: [BASE], algorithms: ['ES256', 'RS256'] }],
    jwksTimeoutMs: opts.timeoutMs ?? 2_000,
  })
  let serial = 0
  const token = (header: object = {}, key = pair.privateKey) =>
    new SignJWT({ iss: ISSUER, aud: BASE, sub: 'ada', serial: serial++ })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1', ...header })
      .setExpirationTime('10m')
      .sign(key)
  return {
    ...w,
    state,
    token,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await w[Symbol.asyncDispose]()
    },
  }
}

const UNAVAILABLE = 'UNAVAILABLE'

test('a server that answers as it should is asked once for many tokens', async () => {
  await using s = await served(publish(jwk))
  for (let i = 0; i < 20; i++) await s.verify(await s.token())
  expect(s.state.requests).toBe(1)
})

test('down from the start: the client is told to try again, not that its token is bad', async () => {
  await using s = await served((req) => req.socket.destroy())
  expect(await s.refusal(await s.token())).toBe(UNAVAILABLE)
  s.state.behaviour = publish(jwk)
  s.clock.at += 1_000
  await s.verify(await s.token())
})

test('down later: the last keys go on serving', async () => {
  await using s = await served(publish(jwk))
  await s.verify(await s.token())
  s.state.behaviour = (req) => req.socket.destroy()
  s.clock.at += 300_000
  await s.verify(await s.token())
  await expect.poll(() => s.fetchErrors.length).toBe(1)
  await s.verify(await s.token())
})

test('slow: the request ends at the time limit, also when bytes trickle', async () => {
  const never: RequestListener = () => {}
  const trickle: RequestListener = (_req, res) => {
    res.write('{"keys":')
    const timer = setInterval(() => res.write(' '), 10)
    res.on('close', () => clearInterval(timer))
  }
  for (const behaviour of [never, trickle]) {
    await using s = await served(behaviour, { timeoutMs: 150 })
    const start = performance.now()
    expect(await s.refusal(await s.token())).toBe(UNAVAILABLE)
    expect(performance.now() - start).toBeLessThan(2_000)
  }
})

test('slow while keys are there: nobody waits for it', async () => {
  await using s = await served(publish(jwk))
  await s.verify(await s.token())
  s.state.behaviour = () => {}
  s.clock.at += 300_000
  const start = performance.now()
  await s.verify(await s.token())
  expect(performance.now() - start).toBeLessThan(1_000)
})

test('too big: an answer over 256 KiB is not taken, packed or not, announced or not', async () => {
  const pad = 'x'.repeat(256 * 1024)
  const big = JSON.stringify({ keys: [jwk], pad })
  const behaviours: RequestListener[] = [
    (_req, res) => res.end(big),
    (_req, res) => res.writeHead(200, { 'content-length': big.length }).end(big),
    (_req, res) => res.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(big)),
  ]
  for (const behaviour of behaviours) {
    await using s = await served(behaviour)
    expect(await s.refusal(await s.token())).toBe(UNAVAILABLE)
    expect(String(s.fetchErrors[0])).toMatch('262144 bytes')
  }
})

test('an answer of exactly 256 KiB is taken; five seconds and that are what an issuer may take', async () => {
  expect(ISSUER_FETCH_LIMITS).toEqual({ timeoutMs: 5_000, maxBytes: 256 * 1024 })
  const empty = JSON.stringify({ keys: [jwk], pad: '' }).length
  const pad = 'x'.repeat(256 * 1024 - empty)
  await using s = await served((_req, res) => res.end(JSON.stringify({ keys: [jwk], pad })))
  await s.verify(await s.token())
})

test('cut off: half an answer is none, and what was sent stands in no error', async () => {
  await using s = await served((_req, res) => {
    res.writeHead(200, { 'content-length': 10_000 })
    res.write('{"keys":["planted')
    res.socket?.end()
  })
  expect(await s.refusal(await s.token())).toBe(UNAVAILABLE)
  expect(s.fetchErrors).toHaveLength(1)
  expect(String(s.fetchErrors[0])).not.toContain('planted')
})

test.each([401, 404, 429, 500, 503])(
  'an answer of %i is no set of keys, whatever stands in it',
  async (status) => {
    await using s = await served((req, res) => {
      res.statusCode = status
      publish(jwk)(req, res)
    })
    expect(await s.refusal(await s.token())).toBe(UNAVAILABLE)
  },
)

test.each([301, 302, 303, 307, 308])('a redirect (%i) is not followed', async (status) => {
  let followed = 0
  await using s = await served((req, res) => {
    if (req.url === '/elsewhere') {
      followed++
      publish(jwk)(req, res)
    } else res.writeHead(status, { location: '/elsewhere' }).end()
  })
  expect(await s.refusal(await s.token())).toBe(UNAVAILABLE)
  expect(followed).toBe(0)
})

test.each(['', 'null', '[]', '7', '{}', '{"keys":{}}', '<html>', '{"keys":['])(
  'lying: %j is no set of keys, and the last good ones stay',
  async (text) => {
    await using s = await served(publish(jwk))
    await s.verify(await s.token())
    s.state.behaviour = (_req, res) => res.end(text)
    s.clock.at += 300_000
    await s.verify(await s.token())
    await expect.poll(() => s.fetchErrors.length).toBe(1)
    await s.verify(await s.token())
  },
)

test('lying: no published key makes a token good that its private half did not sign', async () => {
  const symmetric = { kty: 'oct', k: Buffer.from('x'.repeat(32)).toString('base64url'), kid: 'k1' }
  const weak = { kty: 'RSA', n: 'AQAB', e: 'AQAB', kid: 'k1' }
  const broken = { ...jwk, x: 'AAAA' }
  const privateHalf = { ...jwk, d: 'AAAA' }
  for (const key of [symmetric, weak, broken, privateHalf, null, 7, {}, { ...jwk, key_ops: 'verify' }]) {
    await using s = await served(publish(key))
    for (const alg of ['ES256', 'RS256'] as const) {
      const signer = alg === 'ES256' ? other.privateKey : (await generateKeyPair(alg)).privateKey
      expect(await s.refusal(await s.token({ alg }, signer))).toMatch(/^INVALID_CREDENTIAL/)
    }
    expect(await s.refusal(await s.token({ alg: 'HS256' }, Buffer.from('x'.repeat(32)) as never))).toBe(
      'INVALID_CREDENTIAL algorithm',
    )
  }
})

test('a key of 1024 bits is refused, though its signature is right', async () => {
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 })
  await using s = await served(publish({ ...small.publicKey.export({ format: 'jwk' }), kid: 'k1' }))
  const [header, payload] = [
    { alg: 'RS256', kid: 'k1' },
    { iss: ISSUER, aud: BASE, sub: 'ada', exp: 9e9 },
  ]
  const input = [header, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  const signature = sign('sha256', Buffer.from(input), small.privateKey).toString('base64url')
  expect(await s.refusal(`${input}.${signature}`)).toBe('INVALID_CREDENTIAL unknown-key')
})

test('one broken key among good ones spoils nothing', async () => {
  await using s = await served(publish({ kid: 'k0', kty: 'EC' }, null, jwk))
  await s.verify(await s.token())
})

test('without a kid the only fitting key is used, and of two none', async () => {
  await using s = await served(publish(jwk))
  await s.verify(await s.token({ kid: undefined }))
  s.state.behaviour = publish(jwk, { ...jwk, kid: 'k2' })
  s.clock.at += 300_000
  await s.verify(await s.token())
  const refusal = async () => s.refusal(await s.token({ kid: undefined })).catch(() => 'accepted')
  await expect.poll(refusal).toBe('INVALID_CREDENTIAL unknown-key')
})

test('a rotation at the issuer is noticed at the first token of the new key', async () => {
  await using s = await served(publish(jwk))
  await s.verify(await s.token())
  s.state.behaviour = publish(jwk, { ...(await exportJWK(other.publicKey)), kid: 'k2', alg: 'ES256' })
  await s.verify(await s.token({ kid: 'k2' }, other.privateKey))
  expect(s.state.requests).toBe(2)
})

test('an issuer that withdraws its keys is taken at its word, and has its tokens back when it publishes them', async () => {
  await using s = await served(publish(jwk))
  await s.verify(await s.token())
  s.state.behaviour = publish()
  s.clock.at += 300_000
  await s.verify(await s.token()) // serves once more, and is asked behind that
  const refusal = async () => s.refusal(await s.token()).catch(() => 'accepted')
  await expect.poll(refusal).toBe('INVALID_CREDENTIAL unknown-key')
  s.state.behaviour = publish(jwk)
  s.clock.at += 30_000
  await s.verify(await s.token())
})

test('a flood of made-up key names is one request in 30 s', async () => {
  await using s = await served(publish(jwk))
  for (let i = 0; i < 50; i++)
    expect(await s.refusal(await s.token({ kid: `made-up-${i}` }))).toBe('INVALID_CREDENTIAL unknown-key')
  expect(s.state.requests).toBe(2)
})

test.each([
  'https://login.example/jwks',
  'http://127.0.0.1:1/jwks',
  'http://localhost/jwks',
  'http://[::1]/jwks',
])('%s may be fetched from', (uri) => expect(parseTrustedUri(uri).href).toBe(uri))

test.each([
  'http://login.example/jwks',
  'http://127.0.0.1.evil.example/jwks',
  'http://localhost.evil.example/',
  'https://user:password@login.example/jwks',
  'file:///etc/passwd',
  'ftp://127.0.0.1/jwks',
])('%s may not', (uri) => {
  expect(() => parseTrustedUri(uri)).toThrow(TypeError)
})
