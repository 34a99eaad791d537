/** Somebody else's issuer of logins: a JWK Set served from this process, and RS256 tokens signed on demand. */
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SignJWT } from 'jose'

export interface LoginIssuer extends AsyncDisposable {
  /** Entry of `SLUICE_ISSUERS`. */
  readonly entry: { issuer: string; audience: string; jwksUri: string; algorithms: string[] }
  /** A login of the subject, good for an hour; no two are the same. */
  login(subject: string): Promise<string>
}

const KID = 'bench'
const AUDIENCE = 'https://sluice.bench.example'

export async function startLoginIssuer(): Promise<LoginIssuer> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwks = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: KID, alg: 'RS256' }] })
  const server = createServer((_request, response) => response.end(jwks))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    entry: { issuer, audience: AUDIENCE, jwksUri: `${issuer}/jwks`, algorithms: ['RS256'] },
    login: (subject) =>
      new SignJWT({ email: `${subject}@bench.example` })
        .setProtectedHeader({ alg: 'RS256', kid: KID })
        .setIssuer(issuer)
        .setAudience(AUDIENCE)
        .setSubject(subject)
        .setJti(randomUUID())
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(privateKey),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
