/**
 * Tokens that we signed ourselves: one algorithm, one type, keys by `kid`. Verified on this thread,
 * because handing one signature to another takes longer than to verify it. Not for other issuers'
 * tokens: those are jwt.ts's.
 *
 * @see RFC 7515 section 5.2, RFC 8725, RFC 9068 section 4
 */
import { KeyObject, verify } from 'node:crypto'
import type { CryptoKey, JWTPayload } from 'jose'
import type { Clock } from '../../kernel/ports.ts'
import { CLOCK_SKEW_SECONDS } from '../../kernel/token-times.ts'
import type { CheckedClaims } from './jwt.ts'
import { invalid } from './token-verifier.ts'

export interface OwnJwtRules {
  /** `null`: we have signed nothing with such a key that could still be good. */
  readonly publicKey: (kid: string) => Promise<CryptoKey | null>
  readonly issuers: readonly string[]
  readonly clock: Clock
}

/** Header, payload, signature; base64url and nothing else. */
const COMPACT = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/
const ALGORITHM = 'ES256'
/** @see RFC 9068, section 2.1 */
const TYPE = 'at+jwt'

/** Checks signature, type, issuer, `exp` (required) and `nbf`. @throws AppError `INVALID_CREDENTIAL` */
export async function checkOwnJwt(token: string, rules: OwnJwtRules): Promise<CheckedClaims> {
  const [, encodedHeader = '', encodedPayload = '', encodedSignature = ''] = COMPACT.exec(token) ?? []
  const header = parseObject(encodedHeader)
  if (header['alg'] !== ALGORITHM) throw invalid('algorithm')
  if ('crit' in header || 'b64' in header) throw invalid('malformed')
  const key = await findKey(rules, header['kid'])
  const signature = Buffer.from(encodedSignature, 'base64url')
  if (!isSigned(`${encodedHeader}.${encodedPayload}`, key, signature)) throw invalid('signature')
  if (header['typ'] !== TYPE) throw invalid('malformed')
  return checkClaims(parseObject(encodedPayload), rules)
}

/** `kid` only ever looks into the map of our own keys. */
async function findKey({ publicKey }: OwnJwtRules, kid: unknown): Promise<KeyObject> {
  const key = typeof kid === 'string' ? await publicKey(kid) : null
  if (key === null) throw invalid('unknown-key')
  return KeyObject.from(key)
}

/** @param signature R and S, 32 bytes each. @see RFC 7518, section 3.4 */
function isSigned(text: string, key: KeyObject, signature: Buffer): boolean {
  return verify('sha256', Buffer.from(text, 'latin1'), { key, dsaEncoding: 'ieee-p1363' }, signature)
}

function checkClaims(claims: JWTPayload, { issuers, clock }: OwnJwtRules): CheckedClaims {
  const now = Math.floor(clock.now() / 1000)
  const { iss, exp, nbf, iat } = claims
  if (typeof iss !== 'string' || !issuers.includes(iss)) throw invalid('claims')
  if (typeof exp !== 'number' || !isTimeOrAbsent(nbf) || !isTimeOrAbsent(iat)) throw invalid('claims')
  if (exp <= now - CLOCK_SKEW_SECONDS) throw invalid('expired')
  if (nbf !== undefined && nbf > now + CLOCK_SKEW_SECONDS) throw invalid('not-yet-valid')
  return { ...claims, exp }
}

function isTimeOrAbsent(claim: unknown): claim is number | undefined {
  return claim === undefined || typeof claim === 'number'
}

function parseObject(encoded: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(encoded, 'base64url').toString())
  } catch {
    throw invalid('malformed')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('malformed')
  return value as Record<string, unknown>
}
