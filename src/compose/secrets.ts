/** The secret of a server, replaced while no server uses its data directory. */
import type { Config } from '../config/config.ts'
import type { Clock } from '../kernel/ports.ts'
import { newId } from '../kernel/uuid.ts'
import { lockDataDirectory } from '../store/data-directory-lock.ts'
import { openDatabase } from '../store/database.ts'
import { EventLog } from '../store/log/events.ts'
import { checkMigrated } from '../store/migrations.ts'
import { rotateSecret, type RotatedSecret } from '../store/secrets/rotate-secret.ts'
import { checkThere } from './offline.ts'

export type { RotatedSecret }

/**
 * @throws as `rotateSecret`; AppError `NOT_FOUND`: no server has used the data directory; `DATA_DIRECTORY_IN_USE`;
 *   `SCHEMA_TOO_NEW`, `SCHEMA_TOO_OLD`, `UNAVAILABLE`
 */
export async function rotateServerSecret(config: Config, clock: Clock): Promise<RotatedSecret> {
  const { dataDir, databasePath, secrets } = config
  const url = secrets.databaseUrl?.reveal() ?? null
  await checkThere(url === null ? databasePath : dataDir)
  using _lock = await lockDataDirectory(dataDir)
  await using database = await openDatabase({ url, path: databasePath }, checkMigrated)
  const events = new EventLog({ database, clock, newId })
  return await rotateSecret({ database, events, dataDir, configured: secrets.keySecret?.reveal() ?? null })
}
