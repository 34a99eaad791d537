/** Copies one repository as it was at the moment of the snapshot, while it is in use. */
import { rm } from 'node:fs/promises'
import { copyObjects, type CopyMode } from '../../git/backup/copy-objects.ts'
import { packRefs, readAllRefs, writePackedRefs } from '../../git/backup/refs.ts'
import { createRepository } from '../../git/storage.ts'
import { branchRef, type Oid, type RefName, type RepoId } from '../../kernel/ids.ts'
import type { SnapshotRepository } from '../../store/backup/take-snapshot.ts'
import type { RepositoryLine } from './layout.ts'
import { digest } from './manifest.ts'
import { refsAt, type RefHistory } from './refs-at.ts'

export interface CopyParts {
  readonly pathOf: (id: RepoId) => string
  readonly history: RefHistory
  readonly mode: CopyMode
  readonly signal?: AbortSignal | undefined
}

export interface CopiedRepository {
  readonly line: RepositoryLine
  /** What is wrong with the original, if anything; shown to the operator. */
  readonly damage: string | null
}

/**
 * Refs before objects, so that all that they name is copied; then the refs are put back to the snapshot.
 *
 * @param to where the copy is made
 * @throws AppError `UNAVAILABLE`; Error of the file system; the reason of the signal
 */
export async function copyRepository(
  { pathOf, history, mode, signal }: CopyParts,
  { id, objectFormat, defaultBranch, state, lastPull }: SnapshotRepository,
  to: string,
): Promise<CopiedRepository> {
  const from = pathOf(id)
  const head = branchRef(defaultBranch)
  const none = { id, objectFormat, head, refs: 0, sha256: null }
  const now = await readAllRefs({ id, path: from, objectFormat })
  if (now === null) return { line: none, damage: state === 'active' ? 'has no data' : null }
  await createRepository({ path: to, objectFormat, head })
  try {
    await copyObjects(`${from}/objects`, `${to}/objects`, mode, signal)
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code !== 'ENOENT') throw err
    await rm(to, { recursive: true }) // it was removed meanwhile
    return { line: none, damage: state === 'active' ? 'has no data' : null }
  }
  const then = withoutLaterPulls(await refsAt(history, id, now), lastPull)
  const { text, missing } = packRefs({ id, path: to, objectFormat }, then)
  await writePackedRefs({ path: to }, text)
  const damage = missing.length === 0 ? null : `lacks what ${missing.length} of its refs name`
  return { line: { id, objectFormat, head, refs: then.size, sha256: digest(text) }, damage }
}

const PULL = /^refs\/pull\/(\d+)\//

/** The next pull request has to find its number free. */
function withoutLaterPulls(refs: ReadonlyMap<RefName, Oid>, lastPull: number): Map<RefName, Oid> {
  return new Map([...refs].filter(([ref]) => Number(PULL.exec(ref)?.[1] ?? 0) <= lastPull))
}
