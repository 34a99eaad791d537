/** Seals for what lies encrypted in the database; all hang on the one key secret of the server. */
import type { Config } from '../config/config.ts'
import { readKeySecret } from '../store/secrets/key-secret.ts'
import { sealWith, type Seal } from '../store/secrets/seal.ts'

/**
 * @param purpose keeps what one part has sealed from being opened by another: never change it
 * @throws AppError `KEY_SECRET_UNUSABLE`
 */
export async function openSeal({ dataDir, secrets }: Config, purpose: string): Promise<Seal> {
  return sealWith(await readKeySecret(dataDir, secrets.keySecret?.reveal() ?? null), purpose)
}
