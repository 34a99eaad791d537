/** Commands for the operator of a server, on its data directory. What they need of the server is loaded only then. */
import type { Offline } from '../compose/offline.ts'
import type { Config } from '../config/config.ts'
import type { Terminal } from './terminal.ts'

/** What is made there is its owner's alone. */
const OWNER_ONLY = 0o077

/**
 * The settings of the server that has the data directory. Whatever is made from now on is its owner's alone.
 *
 * @param dataDir `--data-dir`; absent: as the server's own settings say, `SLUICE_DATA_DIR` among them
 * @throws ConfigError
 */
export async function configOf(env: Terminal['env'], dataDir: string | undefined): Promise<Config> {
  process.umask(OWNER_ONLY)
  const { loadConfig } = await import('../config/load.ts')
  return loadConfig(dataDir === undefined ? env : { ...env, SLUICE_DATA_DIR: dataDir })
}

/** @param dataDir as in `configOf`. @throws ConfigError; AppError */
export async function onDataDirectory<T>(
  env: Terminal['env'],
  dataDir: string | undefined,
  work: (offline: Offline) => Promise<T>,
): Promise<T> {
  const config = await configOf(env, dataDir)
  const { openOffline } = await import('../compose/offline.ts')
  await using offline = await openOffline(config, Date)
  return await work(offline)
}
