/**
 * JSON Web Tokens: whose is it, and is it good? The issuer is chosen by what the token says of
 * itself; everything else it says counts only after that issuer's own keys and algorithms agreed.
 *
 * @see RFC 7519, RFC 8725
 */
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify } from 'jose'
import type { JWTPayload, JWTVerifyGetKey } from 'jose'
import type { Clock } from '../../kernel/ports.ts'
import { CLOCK_SKEW_SECONDS } from '../../kernel/token-times.ts'
import { invalid, type InvalidReason, type TokenVerifier, type Verified } from './token-verifier.ts'

/** What a token says before anybody has looked at its signature. */
export interface PeekedJwt {
  readonly algorithm: string
  readonly issuer: string | null
}

export interface JwtIssuer {
  claims(jwt: PeekedJwt): boolean
  /** @throws AppError `INVALID_CREDENTIAL`, `UNAVAILABLE` */
  verify(token: string): Promise<Verified>
}

/** `payload` of a token whose signature, times and audience are right. */
export interface CheckedClaims extends JWTPayload {
  /** Seconds since 1970. */
  readonly exp: number
}

export interface JwtRules {
  readonly algorithms: readonly string[]
  /** Absent: any, or none. */
  readonly issuers?: readonly string[]
  /** One of them must be among the token's; absent: not asked here. */
  readonly audiences?: readonly string[]
}

/** Hands a JWT to the first issuer that claims it, and to no other. */
export function jwtTokens(issuers: readonly JwtIssuer[]): TokenVerifier {
  return async (token) => {
    const peeked = peekJwt(token)
    if (peeked === null) return null
    const issuer = issuers.find((candidate) => candidate.claims(peeked))
    if (!issuer) throw invalid('unknown-issuer')
    return issuer.verify(token)
  }
}

/** Checks signature, `exp` (required), `nbf`, issuer and audience. @throws AppError `INVALID_CREDENTIAL` */
export async function checkJwt(
  token: string,
  key: JWTVerifyGetKey,
  rules: JwtRules,
  clock: Clock,
): Promise<CheckedClaims> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [...rules.algorithms],
      ...(rules.issuers && { issuer: [...rules.issuers] }),
      ...(rules.audiences && { audience: [...rules.audiences] }),
      requiredClaims: ['exp'],
      clockTolerance: CLOCK_SKEW_SECONDS,
      currentDate: new Date(clock.now()),
    })
    return payload as CheckedClaims
  } catch (err) {
    throw refusalOf(err)
  }
}

/** @returns `null` for what is no JWT. @throws AppError `INVALID_CREDENTIAL` for one that cannot be read */
export function peekJwt(token: string): PeekedJwt | null {
  if (token.split('.').length !== 3) return null
  try {
    const { alg } = decodeProtectedHeader(token)
    const { iss } = decodeJwt(token)
    return { algorithm: alg ?? '', issuer: typeof iss === 'string' ? iss : null }
  } catch {
    throw invalid('malformed')
  }
}

/** Faults of keys and of crypto come as plain errors; what is no fault of the token's stays as it is. */
function refusalOf(err: unknown): unknown {
  if (err instanceof errors.JWTClaimValidationFailed) return invalid(claimFault(err))
  if (err instanceof errors.JOSEError) return invalid(REASONS[err.code] ?? 'malformed')
  if (err instanceof TypeError || err instanceof DOMException) return invalid('unknown-key')
  return err
}

const REASONS: Readonly<Record<string, InvalidReason>> = {
  [errors.JWTExpired.code]: 'expired',
  [errors.JOSEAlgNotAllowed.code]: 'algorithm',
  [errors.JWKSNoMatchingKey.code]: 'unknown-key',
  [errors.JWKSMultipleMatchingKeys.code]: 'unknown-key',
  [errors.JWKSInvalid.code]: 'unknown-key',
  [errors.JWSSignatureVerificationFailed.code]: 'signature',
}

function claimFault({ claim }: errors.JWTClaimValidationFailed): InvalidReason {
  if (claim === 'nbf') return 'not-yet-valid'
  return claim === 'aud' ? 'wrong-audience' : 'claims'
}
