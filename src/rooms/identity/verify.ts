/** From what a caller presented to who the caller is. Does not read headers: that is http's business. */
import type { Caller, Credential, Verifier } from '../../kernel/credential.ts'
import type { Principal } from '../../kernel/principal.ts'
import { invalid } from './token-verifier.ts'

/** @throws AppError `INVALID_CREDENTIAL`; `UNAVAILABLE` when an issuer's keys cannot be had */
export type VerifyCredential = (credential: Credential, caller: Caller) => Promise<Principal>

/** Asks the verifiers in this order; a credential that nobody calls his own is not valid. */
export function verifyInOrder(verifiers: readonly Verifier[]): VerifyCredential {
  return async (credential, caller) => {
    for (const verifier of verifiers) {
      const principal = await verifier(credential, caller)
      if (principal) return principal
    }
    throw invalid('unknown-token')
  }
}
