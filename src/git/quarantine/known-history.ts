/** Short pieces of the history that a repository has already, seen without a process. */
import type { CommitSummary } from '../../kernel/events.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { lineAbove } from '../merging/line.ts'
import { nearBase } from '../merging/merge-bases.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'
import { summarize } from './loose-commit.ts'

export interface Gained {
  /** The old commit is in the history of the new one. */
  readonly isAhead: boolean
  /** Commits of `old..tip`, newest first. */
  readonly commits: readonly CommitSummary[]
}

/**
 * What a repository's commit has that another one lacks.
 *
 * @returns `null` when git has to look: too far, merges on the way, or not there
 */
export async function gainedSince(
  objects: Pick<StoredObjects, 'commit' | 'lineage'>,
  repo: RepoHandle,
  old: Oid,
  tip: Oid,
): Promise<Gained | null> {
  const base = await nearBase(objects, { repo, target: old, source: tip })
  const line = base && (await lineAbove(objects, repo, base, tip))
  if (!line) return null
  const commits = line.map(({ oid, author, message }) => summarize(oid, author.name, author.email, message))
  return { isAhead: base === old, commits: commits.reverse() }
}

/** Other branches grow while somebody works on his: so many commits apart is usual. */
const MAX_TIPS = 4

/** Is it in the history of one of these? Seen without a process; `false`: perhaps not. */
export async function isInHistory(
  objects: Pick<StoredObjects, 'commit' | 'lineage'>,
  repo: RepoHandle,
  oid: Oid,
  tips: Iterable<Oid>,
): Promise<boolean> {
  for (const tip of [...tips].slice(0, MAX_TIPS))
    if ((await nearBase(objects, { repo, target: oid, source: tip })) === oid) return true
  return false
}
