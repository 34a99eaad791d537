/** The keys that sign our own tokens, opened with the secret that seals them. */
import type { Config } from '../config/config.ts'
import type { Clock } from '../kernel/ports.ts'
import { readKeySecret } from '../rooms/tokens/keys/key-secret.ts'
import { sealWith } from '../rooms/tokens/keys/seal.ts'
import { SigningKeys } from '../rooms/tokens/keys/signing-keys.ts'
import type { Records } from './records.ts'

/**
 * Also for a command beside a running server: what it rotates is noticed there within a minute.
 *
 * @throws AppError `KEY_SECRET_UNUSABLE`
 */
export async function openSigningKeys(
  config: Config,
  { records, clock }: { readonly records: Pick<Records, 'signingKeys'>; readonly clock: Clock },
): Promise<SigningKeys> {
  const secret = await readKeySecret(config.dataDir, config.secrets.keySecret?.reveal() ?? null)
  return SigningKeys.open(records.signingKeys, sealWith(secret, 'signing keys'), clock)
}
