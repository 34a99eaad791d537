/**
 * Brings one commit's changes onto another without a work tree: merge, squash, rebase, fast-forward. Makes
 * objects; whether a branch then moves is the door's business.
 */
import type { Identity } from '../../kernel/identity.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { CatFile } from '../objects/cat-file.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'
import { hashObject } from '../quarantine/hashed-object.ts'
import { wholeLines, writeCommit } from '../writing/commit-text.ts'
import { authorsOf } from './authors.ts'
import type { HistoryParts } from './history-reader.ts'
import { inTime, type MergeSpace } from './in-time.ts'
import { mergeBases, relationBy } from './merge-bases.ts'
import { mergeCommits, type CommitsToMerge, type MergedCommits } from './merge-trees.ts'
import { unclean, type MergeOutcome } from './outcome.ts'
import { listPicks } from './picks.ts'
import { Rebase } from './rebase.ts'
import { together } from './together.ts'
import { withCoAuthors } from './trailers.ts'

export const STRATEGIES = ['merge', 'squash', 'rebase', 'fast_forward'] as const
export type Strategy = (typeof STRATEGIES)[number]

export interface MergeParts extends HistoryParts {
  readonly objects: Pick<StoredObjects, 'commit' | 'tree' | 'blob' | 'lineage'>
  /** For the bytes of commits. */
  readonly files: Pick<CatFile, 'read'>
  /** For git's own merges, all of one together; absent: a minute. */
  readonly wallMs?: number
}

export interface MergeInput {
  readonly repo: RepoHandle
  /** Value of the branch that receives; first parent of a merge commit. */
  readonly target: Oid
  readonly source: Oid
  readonly strategy: Strategy
  /** Of the merge or squash commit; rebased commits keep their own. */
  readonly message: string
  /** Who acts: committer of all new commits, author of a merge or squash commit. */
  readonly committer: Identity
  /** Time of the new commits, since 1970. */
  readonly seconds: number
}

export type { MergeOutcome }

/**
 * As stock git would in a work tree: `merge --no-ff`, `merge --squash`, `rebase <target>`, `merge --ff-only`.
 * Of history without a common ancestor nothing is made, not even by rebase.
 *
 * @param quarantine takes the new objects
 * @throws AppError `UNAVAILABLE` (too slow), `UNPROCESSABLE` (too much memory, or git aborts), `GIT_FAILED`,
 *   `LAUNCHER_LOST`
 */
export function makeMerge(
  parts: MergeParts,
  quarantine: MergeSpace,
  input: MergeInput,
): Promise<MergeOutcome> {
  const space = inTime(quarantine, parts.wallMs)
  switch (input.strategy) {
    case 'merge':
      return makeMergeCommit(parts, space, input)
    case 'squash':
      return makeSquashCommit(parts, space, input)
    case 'rebase':
      return makeRebase(parts, space, input)
    case 'fast_forward':
      return fastForward(parts, input)
  }
}

async function makeMergeCommit(
  parts: MergeParts,
  quarantine: MergeSpace,
  input: MergeInput,
): Promise<MergeOutcome> {
  const { target, source } = input
  const bases = await mergeBases(parts, input)
  const relation = relationBy(input, bases)
  if (relation === 'contained' || relation === 'unrelated') return { kind: relation }
  const merged = await mergeCommits(parts.objects, quarantine, mergeOf(input, bases))
  if (!merged.isClean) return unclean(merged.refused)
  return made(quarantine, input, merged, [target, source])
}

async function makeSquashCommit(
  parts: MergeParts,
  quarantine: MergeSpace,
  input: MergeInput,
): Promise<MergeOutcome> {
  const { repo, target, committer, message } = input
  const bases = await mergeBases(parts, input)
  const relation = relationBy(input, bases)
  if (relation === 'contained' || relation === 'unrelated') return { kind: relation }
  const [merged, authors, head] = await together([
    mergeCommits(parts.objects, quarantine, mergeOf(input, bases)),
    authorsOf(parts, input, bases),
    parts.objects.commit(repo, target),
  ])
  if (!merged.isClean) return unclean(merged.refused)
  if (merged.tree === head?.tree) return { kind: 'nothing' }
  const named = { ...input, message: withCoAuthors(message, authors, committer) }
  return made(quarantine, named, merged, [target])
}

async function makeRebase(
  parts: MergeParts,
  quarantine: MergeSpace,
  input: MergeInput,
): Promise<MergeOutcome> {
  const bases = await mergeBases(parts, input)
  const relation = relationBy(input, bases)
  if (relation === 'contained' || relation === 'unrelated') return { kind: relation }
  const picks = await listPicks(parts, input)
  if ('limit' in picks) return { kind: 'too-many-commits', limit: picks.limit }
  const rebase = new Rebase(parts.objects, quarantine, input)
  const outcome = await rebase.carry(picks)
  if (outcome.kind === 'made') await rebase.store()
  return outcome
}

async function fastForward(parts: MergeParts, input: MergeInput): Promise<MergeOutcome> {
  const relation = relationBy(input, await mergeBases(parts, input))
  if (relation === 'ahead') return { kind: 'made', oid: input.source }
  return { kind: relation === 'diverged' ? 'not-fast-forward' : relation }
}

function mergeOf({ repo, target, source }: MergeInput, bases: readonly Oid[]): CommitsToMerge {
  return { repo, bases, ours: target, theirs: source }
}

/** A commit of the one who acts. */
async function made(
  quarantine: MergeSpace,
  { repo, committer, seconds, message }: MergeInput,
  { tree, unwritten }: MergedCommits,
  parents: readonly Oid[],
): Promise<MergeOutcome> {
  const by = { ...committer, seconds, zone: '+0000' }
  const content = writeCommit({ tree, parents, author: by, committer: by, message: wholeLines(message) })
  const commit = hashObject({ type: 'commit', content }, repo.objectFormat)
  await quarantine.store([...unwritten, commit])
  return { kind: 'made', oid: commit.oid }
}
