/** A login provider that answers polls as a test wants: for what no real one would say. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose'

export interface FakeProvider extends AsyncDisposable {
  readonly settings: Readonly<Record<string, string>>
  /** To the next polls. */
  answer: { status: number; body: object }
  /** An id token; `null` leaves a claim out. */
  sign(claims: object, key?: CryptoKey): Promise<string>
}

const CLIENT_ID = 'sluice'

export async function startFakeProvider(): Promise<FakeProvider> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }] }
  const server = createServer((request, response) => {
    const { status, body } = answerTo(request.url ?? '')
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const fake: FakeProvider = {
    settings: { SLUICE_LOGIN_ISSUER: issuer, SLUICE_LOGIN_CLIENT_ID: CLIENT_ID },
    answer: { status: 400, body: { error: 'authorization_pending' } },
    sign: (claims, key = privateKey) => {
      const exp = Math.floor(Date.now() / 1000) + 600
      const all = { iss: issuer, sub: 'ada', aud: CLIENT_ID, exp, ...claims }
      const said = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null))
      return new SignJWT(said).setProtectedHeader({ alg: 'ES256', kid: 'one' }).sign(key)
    },
    [Symbol.asyncDispose]: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
  function answerTo(path: string): { status: number; body: object } {
    const documents: Record<string, object> = {
      '/.well-known/openid-configuration': {
        issuer,
        token_endpoint: `${issuer}/token`,
        device_authorization_endpoint: `${issuer}/device`,
        jwks_uri: `${issuer}/jwks`,
      },
      '/jwks': jwks,
      '/device': {
        device_code: 'upstream',
        user_code: 'WDJB-MJHT',
        verification_uri: `${issuer}/confirm`,
        expires_in: 600,
      },
    }
    const body = documents[path]
    return body ? { status: 200, body } : fake.answer
  }
  return fake
}
