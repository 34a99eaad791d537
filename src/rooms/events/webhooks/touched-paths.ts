/** Does a push change files that a webhook asks for? Bounded: what is too large to tell is delivered. */
import type { Diffs, DiffRange } from '../../../git/history/diffs.ts'
import { emptyTree } from '../../../git/history/empty-tree.ts'
import type { Reader } from '../../../git/git-reader.ts'
import type { MovedRef } from '../../../kernel/events.ts'
import { pathMatcher } from '../../../kernel/path-globs.ts'
import type { RepoHandle } from '../../../kernel/repository.ts'
import type { Oid } from '../../../kernel/ids.ts'

export interface TouchedPathsParts {
  readonly diffs: Pick<Diffs, 'files'>
  /** Where what a new ref names has parted from the default branch; `null`: nowhere, all of it is new. */
  readonly forkPoint: (reader: Reader, made: MovedRef) => Promise<Oid | null>
}

const MAX_REFS = 20
/** Its name in the queue for git. */
const PRINCIPAL = 'webhooks'

/** A ref that is deleted changes no file. @returns true also when it cannot be told */
export async function touchesPaths(
  parts: TouchedPathsParts,
  repo: RepoHandle,
  refs: readonly MovedRef[],
  globs: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  const moved = refs.filter(({ kind }) => kind !== 'delete')
  if (moved.length > MAX_REFS) return true
  const reader: Reader = { repo, principal: PRINCIPAL, signal }
  const fitsAny = pathMatcher(globs, 'some')
  try {
    for (const ref of moved) {
      const files = await parts.diffs.files(reader, await rangeOf(parts, reader, ref), { patch: false })
      const paths = files.flatMap(({ path, previousPath }) => [path, ...(previousPath ? [previousPath] : [])])
      if (fitsAny(paths) !== false) return true
    }
    return false
  } catch {
    signal.throwIfAborted()
    return true // too many files, too slow, or gone since: rather once too often than lost
  }
}

async function rangeOf({ forkPoint }: TouchedPathsParts, reader: Reader, ref: MovedRef): Promise<DiffRange> {
  if (ref.kind !== 'create') return { from: ref.oldOid, to: ref.newOid }
  const from = await forkPoint(reader, ref)
  return { from: from ?? emptyTree(reader.repo.objectFormat), to: ref.newOid }
}
