/** What a login provider may answer, and what is believed of it: a small server that says whatever a test wants. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { HandClock } from '../../../../test/support/databases.ts'
import { discovery } from './upstream-discovery.ts'
import { upstreamLogin } from './upstream-login.ts'

interface Asked {
  readonly authorization: string | undefined
  readonly form: URLSearchParams
}

let server: Server
let base: string
let answers: Record<string, { status?: number; body: unknown }>
let asked: Record<string, Asked[]>

beforeAll(async () => {
  server = createServer((request, response) => {
    void record(request).then((path) => {
      const { status = 200, body } = answers[path] ?? { status: 404, body: '' }
      response.writeHead(status, { location: `${base}/elsewhere` })
      response.end(typeof body === 'string' ? body : JSON.stringify(body))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
})
beforeEach(() => {
  asked = {}
  answers = {
    '/.well-known/openid-configuration': { body: document() },
    '/device': { body: started() },
    '/token': { body: { id_token: 'a.b.c', access_token: 'x', refresh_token: 'y' } },
  }
})

async function record(request: IncomingMessage): Promise<string> {
  const [path, { authorization }] = [request.url ?? '', request.headers]
  ;(asked[path] ??= []).push({ authorization, form: new URLSearchParams(await text(request)) })
  return path
}

function document(rest: object = {}) {
  return {
    issuer: base,
    token_endpoint: `${base}/token`,
    device_authorization_endpoint: `${base}/device`,
    jwks_uri: `${base}/jwks`,
    ...rest,
  }
}

function started(rest: object = {}) {
  return {
    device_code: 'upstream-code',
    user_code: 'WDJB-MJHT',
    verification_uri: 'https://login.example/device',
    expires_in: 600,
    ...rest,
  }
}

function open(clientSecret: string | null = 'pass:word & more', clock = new HandClock()) {
  const discover = discovery(base, clock)
  return {
    clock,
    discover,
    login: upstreamLogin({ clientId: 'the client', clientSecret, scope: 'openid' }, discover),
  }
}

const DISCOVERY = '/.well-known/openid-configuration'
const messageOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (err: unknown) => String(err),
  )

describe('where its endpoints are', () => {
  test('is asked once in ten minutes, however many log in', async () => {
    const { login, clock } = open()
    await Promise.all([login.start(), login.start()])
    clock.advance(10 * 60_000 - 1)
    await login.start()
    expect(asked[DISCOVERY]).toHaveLength(1)
    clock.advance(1)
    await login.start()
    expect(asked[DISCOVERY]).toHaveLength(2)
  })

  test('is asked again after a failure', async () => {
    const { login } = open()
    answers[DISCOVERY] = { status: 500, body: '' }
    await expect(login.start()).rejects.toThrow('HTTP 500')
    answers[DISCOVERY] = { body: document() }
    expect((await login.start()).userCode).toBe('WDJB-MJHT')
  })

  test.each<[string, () => { status?: number; body: unknown }, RegExp]>([
    ['that is another issuer', () => ({ body: document({ issuer: `${base}/` }) }), /another issuer/],
    [
      'without login by device',
      () => ({ body: document({ device_authorization_endpoint: undefined }) }),
      /no login by device/,
    ],
    [
      'whose endpoint anybody could listen to',
      () => ({ body: document({ token_endpoint: 'http://login.example/token' }) }),
      /https/,
    ],
    [
      'whose keys anybody could replace',
      () => ({ body: document({ jwks_uri: 'http://login.example/jwks' }) }),
      /https/,
    ],
    ['that sends us elsewhere', () => ({ status: 302, body: document() }), /HTTP 302/],
    ['that is no JSON', () => ({ body: 'secret <html>' }), /cannot be used/],
    ['that does not end', () => ({ body: 'x'.repeat(256 * 1024 + 1) }), /262144 bytes/],
  ])('a provider %s is not used', async (_case, answer, message) => {
    answers[DISCOVERY] = answer()
    const said = await messageOf(open().login.start())
    expect(said).toMatch(message)
    expect(said).not.toContain('secret')
  })
})

describe('who we are to it', () => {
  test('stands in Basic, both halves encoded as in a form', async () => {
    await open().login.start()
    const [{ authorization, form } = { authorization: '', form: null }] = asked['/device'] ?? []
    expect(Buffer.from(authorization?.split(' ')[1] ?? '', 'base64').toString()).toBe(
      'the+client:pass%3Aword+%26+more',
    )
    expect([...(form ?? [])]).toEqual([['scope', 'openid']])
  })

  test('stands in the form where that is what it takes', async () => {
    answers[DISCOVERY] = {
      body: document({ token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'] }),
    }
    await open().login.poll('code')
    const [only] = asked['/token'] ?? []
    expect([only?.authorization, only?.form.get('client_secret')]).toEqual([undefined, 'pass:word & more'])
  })

  test('is a name alone without a secret', async () => {
    await open(null).login.poll('code')
    const [only] = asked['/token'] ?? []
    expect(only?.authorization).toBeUndefined()
    expect(Object.fromEntries(only?.form ?? [])).toEqual({
      client_id: 'the client',
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: 'code',
    })
  })
})

describe('what it answers', () => {
  test('a beginning is taken with bounds, and five seconds where it names no interval', async () => {
    const { login } = open()
    expect(await login.start()).toEqual({
      deviceCode: 'upstream-code',
      userCode: 'WDJB-MJHT',
      verificationUri: 'https://login.example/device',
      verificationUriComplete: null,
      expiresInSeconds: 600,
      intervalSeconds: 5,
    })
    answers['/device'] = { body: started({ expires_in: 1e9, interval: 1e9 }) }
    expect(await login.start()).toMatchObject({ expiresInSeconds: 1800, intervalSeconds: 60 })
  })

  test.each<[string, object]>([
    ['a script for an address', { verification_uri: 'javascript:alert(1)' }],
    ['an address with control characters', { verification_uri: 'https://login.example/\u001b[2J' }],
    ['a code that moves the cursor', { user_code: 'A\u001b[2J' }],
    ['no device code', { device_code: '' }],
    ['an end in the past', { expires_in: -1 }],
  ])('%s is no beginning', async (_case, rest) => {
    answers['/device'] = { body: started(rest) }
    await expect(open().login.start()).rejects.toThrow('no login by device')
  })

  test('an id token is all that is kept of its tokens', async () => {
    expect(await open().login.poll('code')).toEqual({ idToken: 'a.b.c' })
  })

  test('a refusal is told by its name', async () => {
    answers['/token'] = { status: 400, body: { error: 'authorization_pending' } }
    expect(await open().login.poll('code')).toEqual({ error: 'authorization_pending' })
  })

  test.each<[string, { status?: number; body: unknown }]>([
    ['tokens without an id token', { body: { access_token: 'x' } }],
    ['an error of its own', { status: 500, body: { error: 'authorization_pending' } }],
    ['what is no JSON', { status: 400, body: 'no' }],
    ['a way elsewhere', { status: 307, body: { id_token: 'a.b.c' } }],
  ])('%s is neither', async (_case, answer) => {
    answers['/token'] = answer
    await expect(open().login.poll('code')).rejects.toThrow('neither an id token nor an error')
    expect(asked['/elsewhere']).toBeUndefined()
  })
})
