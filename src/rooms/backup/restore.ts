/**
 * Makes a data directory and a database of a backup. The rows come last and all at once; until then a mark
 * in the directory keeps every server from starting on it.
 */
import { copyFile, mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { openBorrowedRepository } from '../../git/backup/borrowed-repository.ts'
import { isWhole, type CheckDepth } from '../../git/backup/check-repository.ts'
import { copyObjects } from '../../git/backup/copy-objects.ts'
import { writePackedRefs } from '../../git/backup/refs.ts'
import { syncPath } from '../../git/durable.ts'
import type { Launcher } from '../../git/launcher/launcher.ts'
import { createRepository } from '../../git/storage.ts'
import { AppError } from '../../kernel/errors.ts'
import type { RepoId } from '../../kernel/ids.ts'
import { checkDatabaseEmpty, importTables } from '../../store/backup/import-tables.ts'
import type { DatabaseAddress } from '../../store/database.ts'
import { markRestore, unmarkRestore } from '../../store/unfinished-restore.ts'
import { openBackup, readRefsOf, type CheckedBackup } from './check-backup.ts'
import { explainFailure } from './failed.ts'
import { keySecretIn, repositoryIn, tablesDirectory, type RepositoryLine } from './layout.ts'
import { unusable } from './unusable.ts'

export interface RestoreParts {
  readonly address: DatabaseAddress
  readonly dataDir: string
  readonly repositoriesRoot: string
  readonly pathOf: (id: RepoId) => string
  /** Where the secret goes; `null`: it is in the settings. */
  readonly keySecret: string | null
  readonly launcher: Pick<Launcher, 'run'>
}

export interface VerifyParts extends Pick<RestoreParts, 'launcher'> {
  /** An empty directory, where git is given what it is to look at. */
  readonly scratch: string
}

export interface RestoreOrder {
  /** Absolute path of the backup. */
  readonly backup: string
  readonly depth: CheckDepth
  readonly onProgress?: (done: number, total: number) => void
}

export interface RestoreSummary {
  /** When the backup was made: ISO 8601. */
  readonly createdAt: string
  readonly sequence: number
  readonly rows: number
  readonly repositories: number
  readonly refs: number
}

/**
 * Looks at all of a backup and changes nothing.
 *
 * @throws AppError `NOT_FOUND`, `BACKUP_UNUSABLE`, `BACKUP_FAILED`
 */
export async function verifyBackup(
  { launcher, scratch }: VerifyParts,
  { backup, depth, onProgress }: RestoreOrder,
): Promise<RestoreSummary> {
  try {
    const opened = await openBackup(backup)
    for (const [at, line] of opened.repositories.entries()) {
      const refs = await readRefsOf(backup, line)
      if (refs !== null) {
        const path = join(scratch, `${line.id}.git`)
        const objects = join(repositoryIn(backup, line.id), 'objects')
        await using _borrowed = await openBorrowedRepository({ ...line, path }, objects, refs).catch(
          missing(line),
        )
        await checkWhole(launcher, line, path, depth)
      }
      onProgress?.(at + 1, opened.repositories.length)
    }
    return summaryOf(opened)
  } catch (err) {
    throw explainFailure(err)
  }
}

/**
 * @throws AppError `NOT_FOUND`, `BACKUP_UNUSABLE`, `BACKUP_FAILED`; `CONFLICT`: there is data already, and
 *   it is as it was; `RESTORE_UNFINISHED`, `UNAVAILABLE`
 */
export async function restore(parts: RestoreParts, order: RestoreOrder): Promise<RestoreSummary> {
  try {
    const opened = await openBackup(order.backup)
    checkKeySecret(parts, opened)
    if (parts.address.url !== null) await checkDatabaseEmpty(parts.address)
    for (const directory of [parts.dataDir, parts.repositoriesRoot]) await claimEmpty(directory)
    await markRestore(parts.dataDir)
    await syncPath(parts.dataDir)
    await restoreRepositories(parts, order, opened)
    await restoreKeySecret(parts, opened)
    const { schemaVersion, tables } = opened.manifest
    const directory = tablesDirectory(order.backup)
    await importTables(parts.address, { directory, schemaVersion, tables: Object.keys(tables) })
    await unmarkRestore(parts.dataDir)
    await syncPath(parts.dataDir)
    return summaryOf(opened)
  } catch (err) {
    throw explainFailure(err)
  }
}

function checkKeySecret({ keySecret }: RestoreParts, { manifest }: CheckedBackup): void {
  if (manifest.keySecret === 'configured' && keySecret !== null)
    throw unusable('it needs SLUICE_KEY_SECRET to be set as it was on the server that it is of')
  if (manifest.keySecret === 'included' && keySecret === null)
    throw unusable('it brings its own key secret: unset SLUICE_KEY_SECRET')
}

/** @throws AppError `CONFLICT` */
async function claimEmpty(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  if ((await readdir(directory)).length === 0) return
  const reason = `${directory} is not empty; restore into a new directory, or remove what is there`
  throw new AppError('CONFLICT', { details: { reason } })
}

async function restoreRepositories(
  { pathOf, launcher }: RestoreParts,
  { backup, depth, onProgress }: RestoreOrder,
  { repositories }: CheckedBackup,
): Promise<void> {
  for (const [at, line] of repositories.entries()) {
    const refs = await readRefsOf(backup, line)
    if (refs !== null) {
      const path = pathOf(line.id)
      await restoreRepository(line, { from: repositoryIn(backup, line.id), path, refs })
      await checkWhole(launcher, line, path, depth)
    }
    onProgress?.(at + 1, repositories.length)
  }
}

/** Copied, not linked: what happens to the one must not happen to the other. */
async function restoreRepository(
  { id, objectFormat, head }: RepositoryLine,
  { from, path, refs }: { from: string; path: string; refs: string },
): Promise<void> {
  await createRepository({ path, objectFormat, head })
  await copyObjects(`${from}/objects`, `${path}/objects`, 'copy').catch(missing({ id }))
  await writePackedRefs({ path }, refs)
}

function missing({ id }: Pick<RepositoryLine, 'id'>): (err: NodeJS.ErrnoException) => never {
  return (err) => {
    throw err.code === 'ENOENT' ? unusable('a repository is missing', { repository: id }) : err
  }
}

async function checkWhole(
  launcher: RestoreParts['launcher'],
  { id, objectFormat }: RepositoryLine,
  path: string,
  depth: CheckDepth,
): Promise<void> {
  if (await isWhole(launcher, { id, path, objectFormat }, depth)) return
  throw unusable('a repository is damaged: git fsck finds faults', { repository: id })
}

async function restoreKeySecret(
  { keySecret }: RestoreParts,
  { path, manifest }: CheckedBackup,
): Promise<void> {
  if (keySecret === null || manifest.keySecret !== 'included') return
  await copyFile(keySecretIn(path), keySecret)
  await syncPath(keySecret)
  await syncPath(dirname(keySecret))
}

function summaryOf({ manifest, repositories }: CheckedBackup): RestoreSummary {
  const { createdAt, sequence, tables } = manifest
  return {
    createdAt,
    sequence,
    rows: Object.values(tables).reduce((sum, { rows }) => sum + rows, 0),
    repositories: repositories.length,
    refs: repositories.reduce((sum, { refs }) => sum + refs, 0),
  }
}
