/** What a caller of the REST API is told when the door refuses: the same reason and hint, as an error. */
import { AppError, type ErrorCode, type RefusalCode } from './errors.ts'
import type { Refusal, RefUpdateResult } from './ref-update.ts'

const ERROR_OF: Record<RefusalCode, ErrorCode> = {
  REF_NAME_INVALID: 'INVALID_REF_NAME',
  REF_RESERVED: 'FORBIDDEN',
  REF_REPEATED: 'UNPROCESSABLE',
  REF_STALE: 'REF_STALE',
  REF_CONFLICT: 'CONFLICT',
  REF_LOCKED: 'UNAVAILABLE',
  NOTHING_NAMED: 'UNPROCESSABLE',
  OID_FORMAT: 'UNPROCESSABLE',
  NOT_PERMITTED: 'FORBIDDEN',
  TOKEN_SCOPE: 'FORBIDDEN',
  TOKEN_SIZE: 'FORBIDDEN',
  REPO_ARCHIVED: 'REPO_ARCHIVED',
  BRANCH_PROTECTED: 'FORBIDDEN',
  REPO_JUST_MADE: 'CONFLICT',
  BRANCH_NOT_COMMIT: 'UNPROCESSABLE',
  PACK_TOO_LARGE: 'PAYLOAD_TOO_LARGE',
  UNPACK_FAILED: 'UNPROCESSABLE',
  OBJECTS_MISSING: 'UNPROCESSABLE',
  ATOMIC: 'CONFLICT',
  INTERNAL: 'INTERNAL_ERROR',
  STORAGE_FULL: 'UNAVAILABLE',
  OUTCOME_UNKNOWN: 'OUTCOME_UNKNOWN',
  POLICY_FAILED: 'UNAVAILABLE',
  RATE_LIMITED: 'RATE_LIMITED',
  DEADLINE: 'UNAVAILABLE',
  SECRET_FOUND: 'UNPROCESSABLE',
  STATE_MISSING: 'FORBIDDEN',
  STATE_DIFFERS: 'FORBIDDEN',
  REF_NOT_SIGNED: 'FORBIDDEN',
  TIP_REFUSED: 'FORBIDDEN',
  TIP_TOO_LARGE: 'PAYLOAD_TOO_LARGE',
  TIPS_WAITING: 'RATE_LIMITED',
  UPSTREAM_REFUSED: 'CONFLICT',
  UPSTREAM_UNAVAILABLE: 'UPSTREAM_UNAVAILABLE',
}

/** `details`: the ref, and the refusal's own code, reason and hint, and more where it has more. */
export function refusalError({ ref, code, reason, hint, details }: Refusal): AppError {
  const more = details === undefined ? {} : { more: details }
  return new AppError(ERROR_OF[code], { details: { ref, refusal: code, reason, hint, ...more } })
}

/** The refusal that a client should read: the first that is no consequence of another. */
export function firstRefusal(results: readonly RefUpdateResult[]): Refusal | null {
  const refusals = results.flatMap((result) => (result.ok ? [] : [result.refusal]))
  return refusals.find(({ code }) => code !== 'ATOMIC') ?? refusals[0] ?? null
}
