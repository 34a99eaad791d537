/** The keys that sign our own tokens, opened with the secret that seals them. */
import type { Config } from '../config/config.ts'
import type { Clock } from '../kernel/ports.ts'
import { SigningKeys } from '../rooms/tokens/keys/signing-keys.ts'
import type { Records } from './records.ts'
import { openSeal } from './seal.ts'

/**
 * Also for a command beside a running server: what it rotates is noticed there within a minute.
 *
 * @throws AppError `KEY_SECRET_UNUSABLE`
 */
export async function openSigningKeys(
  config: Config,
  { records, clock }: { readonly records: Pick<Records, 'signingKeys'>; readonly clock: Clock },
): Promise<SigningKeys> {
  return SigningKeys.open(records.signingKeys, await openSeal(config, 'signing keys'), clock)
}
