/** Commands for the operator of a server, on its data directory. What they need of the server is loaded only then. */
import type { Offline } from '../compose/offline.ts'
import type { Terminal } from './terminal.ts'

/** What is made there is its owner's alone. */
const OWNER_ONLY = 0o077

/**
 * @param dataDir `--data-dir`; absent: as the server's own settings say, `SLUICE_DATA_DIR` among them
 * @throws ConfigError; AppError
 */
export async function onDataDirectory<T>(
  env: Terminal['env'],
  dataDir: string | undefined,
  work: (offline: Offline) => Promise<T>,
): Promise<T> {
  process.umask(OWNER_ONLY)
  const { loadConfig } = await import('../config/load.ts')
  const { openOffline } = await import('../compose/offline.ts')
  const config = loadConfig(dataDir === undefined ? env : { ...env, SLUICE_DATA_DIR: dataDir })
  await using offline = await openOffline(config, Date)
  return await work(offline)
}
