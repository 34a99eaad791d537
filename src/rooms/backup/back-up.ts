/**
 * A backup of everything that a server keeps, while it serves. The database comes first, as it is at one
 * position of the log; then each repository, with its refs put back to that position. So the copy is the
 * state at that position: every push that was acknowledged until then, and none of those after it.
 */
import { copyFile, mkdir } from 'node:fs/promises'
import type { Kysely } from 'kysely'
import type { CopyMode } from '../../git/backup/copy-objects.ts'
import { syncPath, writeNewFile } from '../../git/durable.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/ports.ts'
import { toJsonLines } from '../../store/backup/json-lines.ts'
import { laterMoves, valueAt } from '../../store/backup/later-moves.ts'
import {
  takeSnapshot,
  type SnapshotRepository,
  type TakenSnapshot,
} from '../../store/backup/take-snapshot.ts'
import type { DatabaseAddress } from '../../store/database.ts'
import type { Schema } from '../../store/schema.ts'
import { copyRepository, type CopiedRepository, type CopyParts } from './copy-repository.ts'
import { openDraft } from './draft.ts'
import { explainFailure } from './failed.ts'
import { keySecretIn, repositoryIn, repositoryList, tablesDirectory } from './layout.ts'
import { digest, writeManifest } from './manifest.ts'

export interface BackUpParts {
  /** Is read as it is at one moment. */
  readonly address: DatabaseAddress
  /** The same database, read as it goes on. */
  readonly live: Kysely<Schema>
  readonly pathOf: (id: RepoId) => string
  /** File of the secret; `null`: it is in the settings, and not ours to copy. */
  readonly keySecret: string | null
  readonly clock: Clock
}

export interface BackUpOrder {
  /** Absolute path of a directory that does not exist yet. */
  readonly destination: string
  readonly mode: CopyMode
  readonly signal?: AbortSignal
  readonly onProgress?: (done: number, total: number) => void
}

export interface BackUpSummary {
  readonly path: string
  /** ISO 8601. */
  readonly createdAt: string
  /** Position in the log of events. */
  readonly sequence: number
  readonly rows: number
  readonly repositories: number
  readonly refs: number
  readonly keySecret: 'included' | 'configured'
  /** Repositories that are damaged where they come from. */
  readonly damaged: readonly { readonly id: RepoId; readonly damage: string }[]
}

const AT_ONCE = 4

/**
 * Whole and on disk when it resolves; nothing of it is left when it does not.
 *
 * @throws AppError `ALREADY_EXISTS`, `CONFLICT`, `BACKUP_FAILED`, `UNAVAILABLE`; the reason of the signal
 */
export async function backUp(parts: BackUpParts, order: BackUpOrder): Promise<BackUpSummary> {
  const { address, clock } = parts
  const { destination, signal } = order
  try {
    await using draft = await openDraft(destination)
    const createdAt = new Date(clock.now()).toISOString()
    await mkdir(tablesDirectory(draft.path))
    const taken = await takeSnapshot(address, tablesDirectory(draft.path), signal)
    await syncPath(tablesDirectory(draft.path))
    const copied = await copyRepositories(parts, order, taken, draft.path)
    const list = toJsonLines(copied.map(({ line }) => line))
    await writeNewFile(repositoryList(draft.path), list)
    const keySecret = await copyKeySecret(parts.keySecret, draft.path)
    const { schemaVersion, sequence, tables } = taken
    const engine = address.url === null ? 'sqlite' : 'postgres'
    const repositories = { count: copied.length, sha256: digest(list) }
    await writeManifest(draft.path, {
      createdAt,
      engine,
      schemaVersion,
      sequence,
      keySecret,
      tables,
      repositories,
    })
    await draft.finish()
    return { path: destination, createdAt, sequence, keySecret, ...countsOf(taken, copied) }
  } catch (err) {
    throw explainFailure(err)
  }
}

async function copyRepositories(
  { live, pathOf }: BackUpParts,
  { mode, signal, onProgress }: BackUpOrder,
  { repositories, sequence }: TakenSnapshot,
  draft: string,
): Promise<CopiedRepository[]> {
  const history = {
    later: (repoId: RepoId) => laterMoves(live, repoId, sequence),
    logged: (repoId: RepoId, ref: Parameters<typeof valueAt>[1]['ref']) =>
      valueAt(live, { repoId, ref, sequence }),
  }
  const parts: CopyParts = { pathOf, history, mode, signal }
  const copied: CopiedRepository[] = []
  let next = 0
  let done = 0
  const copySome = async () => {
    for (let at = next++; at < repositories.length; at = next++) {
      signal?.throwIfAborted()
      const repo = repositories[at] as SnapshotRepository
      copied[at] = await copyRepository(parts, repo, repositoryIn(draft, repo.id))
      onProgress?.(++done, repositories.length)
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, copySome))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return copied
}

async function copyKeySecret(from: string | null, draft: string): Promise<'included' | 'configured'> {
  if (from === null) return 'configured'
  await copyFile(from, keySecretIn(draft))
  await syncPath(keySecretIn(draft))
  return 'included'
}

function countsOf({ tables }: TakenSnapshot, copied: readonly CopiedRepository[]) {
  return {
    rows: Object.values(tables).reduce((sum, { rows }) => sum + rows, 0),
    repositories: copied.length,
    refs: copied.reduce((sum, { line }) => sum + line.refs, 0),
    damaged: copied.flatMap(({ line, damage }) => (damage === null ? [] : [{ id: line.id, damage }])),
  }
}
