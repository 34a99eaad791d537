/** Backups: made by the operator's command or by the server itself, and restored. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import type { CheckDepth } from '../git/backup/check-repository.ts'
import type { CopyMode } from '../git/backup/copy-objects.ts'
import { openLauncher } from '../git/launcher/launcher.ts'
import { repoPath } from '../git/storage.ts'
import type { ErrorLog } from '../http/error-rendering.ts'
import type { JobKind } from '../kernel/background.ts'
import type { RepoId } from '../kernel/ids.ts'
import type { Clock } from '../kernel/ports.ts'
import { backUp, type BackUpOrder, type BackUpParts, type BackUpSummary } from '../rooms/backup/back-up.ts'
import { backupKind, requestBackup } from '../rooms/backup/backup-job.ts'
import { PARTIAL } from '../rooms/backup/draft.ts'
import type { BackupRoutesParts } from '../rooms/backup/routes.ts'
import {
  restore,
  verifyBackup,
  type RestoreOrder,
  type RestoreParts,
  type RestoreSummary,
} from '../rooms/backup/restore.ts'
import { openDatabase, type Database } from '../store/database.ts'
import { checkMigrated } from '../store/migrations.ts'
import { keySecretPath } from '../store/secrets/key-secret.ts'
import { settleSecret } from '../store/secrets/next-secret.ts'
import { checkThere } from './offline.ts'
import type { Records } from './records.ts'

export { PARTIAL }
export type { BackUpOrder, BackUpSummary, CheckDepth, CopyMode, RestoreOrder, RestoreSummary }

/**
 * Beside a running server, or without one.
 *
 * @throws as `backUp`; AppError `NOT_FOUND`: no server has used the data directory; `SCHEMA_TOO_NEW`,
 *   `SCHEMA_TOO_OLD`
 */
export async function backUpServer(config: Config, clock: Clock, order: BackUpOrder): Promise<BackUpSummary> {
  const { url, path } = addressOf(config)
  await checkThere(url === null ? path : config.dataDir)
  await using database = await openDatabase({ url, path }, checkMigrated)
  const configured = config.secrets.keySecret?.reveal() ?? null
  await settleSecret({ kysely: database.kysely, dataDir: config.dataDir, configured, isLocked: false })
  return await backUp(backUpParts(config, database, clock), order)
}

/** @param launcherScript path of the built launcher-process.js; @throws as `restore` */
export function restoreServer(
  config: Config,
  launcherScript: string,
  order: RestoreOrder,
): Promise<RestoreSummary> {
  return withLauncher(launcherScript, (launcher) =>
    restore(
      {
        address: addressOf(config),
        dataDir: config.dataDir,
        repositoriesRoot: config.gitStorageRoot,
        pathOf: (id) => repoPath(config.gitStorageRoot, id),
        keySecret: keySecretOf(config),
        launcher,
      },
      order,
    ),
  )
}

/** @throws as `verifyBackup` */
export function verifyServerBackup(launcherScript: string, order: RestoreOrder): Promise<RestoreSummary> {
  return withLauncher(launcherScript, (launcher) =>
    withTemporary('check', (scratch) => verifyBackup({ launcher, scratch }, order)),
  )
}

export interface OwnBackupsParts {
  readonly records: Records
  readonly clock: Clock
  readonly log: ErrorLog
}

export interface OwnBackups {
  /** To be run by the queue. */
  readonly kinds: readonly JobKind<never>[]
  readonly routes: BackupRoutesParts
}

/** Those that the server makes by itself; nothing where it is to make none. */
export function ownBackups(config: Config, { records, clock, log }: OwnBackupsParts): OwnBackups {
  const { database, jobs } = records
  const schedule = config.backup
  if (schedule === null) return { kinds: [], routes: { jobs, request: null } }
  const parts = backUpParts(config, database, clock)
  const kind = backupKind({
    schedule,
    backUp: (order) => backUp(parts, order),
    clock,
    onDamaged: (damaged) => log.error({ damaged }, 'repositories were damaged when they were backed up'),
  })
  return { kinds: [kind], routes: { jobs, request: (by) => requestBackup(records, by) } }
}

function backUpParts(config: Config, { kysely }: Database, clock: Clock): BackUpParts {
  return {
    address: addressOf(config),
    live: kysely,
    pathOf: (id: RepoId) => repoPath(config.gitStorageRoot, id),
    keySecret: keySecretOf(config),
    clock,
  }
}

function addressOf({ secrets, databasePath }: Config) {
  return { url: secrets.databaseUrl?.reveal() ?? null, path: databasePath }
}

/** `null`: it is in the settings. */
function keySecretOf({ secrets, dataDir }: Config): RestoreParts['keySecret'] {
  return secrets.keySecret === null ? keySecretPath(dataDir) : null
}

/** With a home for git that lies in no data directory. */
function withLauncher<T>(
  script: string,
  work: (launcher: RestoreParts['launcher']) => Promise<T>,
): Promise<T> {
  return withTemporary('home', async (environmentHome) => {
    await using launcher = await openLauncher({ script, environmentHome })
    return await work(launcher)
  })
}

async function withTemporary<T>(what: string, work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), `sluice-${what}-`))
  try {
    return await work(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
