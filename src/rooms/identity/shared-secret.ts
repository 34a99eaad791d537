/** Login tokens of the platform's other services: HS256 with a secret that all of them share. */
import type { Clock } from '../../kernel/ports.ts'
import { foreignPrincipal, type ForeignSubjects } from './foreign-principal.ts'
import { checkJwt, type JwtIssuer } from './jwt.ts'

const MIN_SECRET_BYTES = 32

/**
 * Claims every HS256 token that no other issuer claimed; `iss` may be missing, `exp` may not.
 *
 * @throws TypeError when the secret is short, or is a public key that somebody put in its place:
 *   everyone could sign with it
 */
export function sharedSecret(secret: string, subjects: ForeignSubjects, clock: Clock): JwtIssuer {
  const key = new TextEncoder().encode(secret)
  if (key.length < MIN_SECRET_BYTES) throw new TypeError(`shared secret is under ${MIN_SECRET_BYTES} bytes`)
  if (/-----BEGIN|"kty"/.test(secret)) throw new TypeError('shared secret is a key file')
  return {
    claims: ({ algorithm }) => algorithm === 'HS256',
    verify: async (token) =>
      foreignPrincipal(token, await checkJwt(token, () => key, { algorithms: ['HS256'] }, clock), subjects),
  }
}
