/** What a verifier of bearer tokens answers, and the one way in which all of them refuse. */
import type { Caller } from '../../kernel/credential.ts'
import { AppError } from '../../kernel/errors.ts'
import type { Principal } from '../../kernel/principal.ts'

export interface Verified {
  readonly principal: Principal
  /** Until when the answer may be repeated without asking again; milliseconds since 1970. */
  readonly goodUntilMs: number
  /** Ids of the token, of those it was minted from and of its accounts: a change of any of them ends the memory. */
  readonly hangsOn: readonly string[]
}

/**
 * One kind of bearer token. `null`: not of my shape, ask the next.
 *
 * @throws AppError `INVALID_CREDENTIAL`: mine, but not valid
 * @throws AppError `UNAVAILABLE`: nobody can say now
 */
export type TokenVerifier = (token: string, caller: Caller) => Promise<Verified | null>

/** Why a credential is not valid: fixed words, so that nothing of the credential can be among them. */
export type InvalidReason =
  | 'malformed'
  | 'too-large'
  | 'unknown-token'
  | 'unknown-issuer'
  | 'unknown-key'
  | 'unknown-account'
  | 'disabled-account'
  | 'algorithm'
  | 'signature'
  | 'expired'
  | 'not-yet-valid'
  | 'wrong-audience'
  | 'claims'
  | 'grants'
  | 'revoked'

/** Carries no cause on purpose: errors of token libraries hold the token's claims. */
export function invalid(reason: InvalidReason): AppError {
  return new AppError('INVALID_CREDENTIAL', { details: { reason } })
}
