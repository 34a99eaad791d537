/**
 * A login provider that logs anybody in by device, and tells in every error all that it was sent: what
 * comes back from it must not be believed to be harmless.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

export interface TellingProvider extends AsyncDisposable {
  readonly issuer: string
  readonly jwksUri: string
  /** Its secrets so far: what it gave to the server and nobody else. */
  readonly secrets: string[]
  /** Until it is called again with `false`, it fails, and tells. */
  fail(failing: boolean): void
  /** A token that it signed. */
  token(subject: string, audience: string): Promise<string>
}

const KID = 'provider'

export async function startTellingProvider(clientId: string): Promise<TellingProvider> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: KID, alg: 'RS256' }] }
  const secrets: string[] = []
  let failing = false
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const token = (subject: string, audience: string) =>
    new SignJWT({ name: subject })
      .setProtectedHeader({ alg: 'RS256', kid: KID })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(subject)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(privateKey)

  const answers: Readonly<Record<string, () => unknown>> = {
    '/jwks': () => jwks,
    '/.well-known/openid-configuration': () => ({
      issuer,
      token_endpoint: `${issuer}/token`,
      device_authorization_endpoint: `${issuer}/device`,
      jwks_uri: `${issuer}/jwks`,
    }),
    '/device': () => ({
      device_code: secret(`upstream-device-code-${secrets.length}-bWlzcGxhY2Vk`),
      user_code: 'WDJB-MJHT',
      verification_uri: `${issuer}/confirm`,
      expires_in: 600,
      interval: 1,
    }),
    '/token': async () => ({ id_token: secret(await token('device-user', clientId)), token_type: 'Bearer' }),
  }
  const secret = (text: string) => {
    secrets.push(text)
    return text
  }
  server.on('request', (request, response) => {
    void (async () => {
      const told = { error: await heard(request) }
      const answer = failing ? undefined : await answers[request.url ?? '']?.()
      response.writeHead(answer === undefined ? 500 : 200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(answer ?? told))
    })()
  })
  return {
    issuer,
    jwksUri: `${issuer}/jwks`,
    secrets,
    fail: (now) => (failing = now),
    token,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function heard(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += chunk
  return `${request.headers.authorization ?? ''} ${body}`
}
