/**
 * Brings one commit's changes onto another without a work tree: merge, squash, rebase, fast-forward. Makes
 * objects; whether a branch then moves is the door's business.
 */
import type { Identity } from '../../kernel/identity.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { Quarantine } from '../../kernel/ports.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { CatFile } from '../objects/cat-file.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'
import { wholeLines, writeCommit } from '../writing/commit-text.ts'
import { authorsBetween } from './authors.ts'
import type { HistoryParts } from './history-reader.ts'
import { relationOf } from './merge-bases.ts'
import { mergeTrees } from './merge-trees.ts'
import { listPicks } from './picks.ts'
import { rebase } from './rebase.ts'
import type { MergeOutcome } from './outcome.ts'
import { together } from './together.ts'
import { withCoAuthors } from './trailers.ts'

export const STRATEGIES = ['merge', 'squash', 'rebase', 'fast_forward'] as const
export type Strategy = (typeof STRATEGIES)[number]

export interface MergeParts extends HistoryParts {
  readonly objects: Pick<StoredObjects, 'commit' | 'tree' | 'blob'>
  /** For the bytes of commits. */
  readonly files: Pick<CatFile, 'read'>
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
 * @throws AppError `GIT_FAILED`, `LAUNCHER_LOST`
 */
export function makeMerge(
  parts: MergeParts,
  quarantine: Quarantine,
  input: MergeInput,
): Promise<MergeOutcome> {
  switch (input.strategy) {
    case 'merge':
      return makeMergeCommit(parts, quarantine, input)
    case 'squash':
      return makeSquashCommit(parts, quarantine, input)
    case 'rebase':
      return makeRebase(parts, quarantine, input)
    case 'fast_forward':
      return fastForward(parts, input)
  }
}

async function makeMergeCommit(
  parts: MergeParts,
  quarantine: Quarantine,
  input: MergeInput,
): Promise<MergeOutcome> {
  const { repo, target, source } = input
  const [relation, merged] = await together([
    relationOf(parts, input),
    mergeTrees(parts.objects, quarantine, { repo, ours: target, theirs: source, attributesOf: target }),
  ])
  if (relation === 'contained' || relation === 'unrelated') return { kind: relation }
  if (!merged.isClean) return { kind: 'conflicts' }
  return made(quarantine, input, { tree: merged.tree, parents: [target, source] })
}

async function makeSquashCommit(
  parts: MergeParts,
  quarantine: Quarantine,
  input: MergeInput,
): Promise<MergeOutcome> {
  const { repo, target, source, committer, message } = input
  const [relation, merged, authors, head] = await together([
    relationOf(parts, input),
    mergeTrees(parts.objects, quarantine, { repo, ours: target, theirs: source, attributesOf: target }),
    authorsBetween(parts, input),
    parts.objects.commit(repo, target),
  ])
  if (relation === 'contained' || relation === 'unrelated') return { kind: relation }
  if (!merged.isClean) return { kind: 'conflicts' }
  if (merged.tree === head?.tree) return { kind: 'nothing' }
  const named = { ...input, message: withCoAuthors(message, authors, committer) }
  return made(quarantine, named, { tree: merged.tree, parents: [target] })
}

async function makeRebase(
  parts: MergeParts,
  quarantine: Quarantine,
  input: MergeInput,
): Promise<MergeOutcome> {
  const [relation, picks] = await together([relationOf(parts, input), listPicks(parts, input)])
  if (relation === 'contained' || relation === 'unrelated') return { kind: relation }
  if ('limit' in picks) return { kind: 'too-many-commits', limit: picks.limit }
  return rebase(parts.objects, quarantine, { ...input, picks })
}

async function fastForward(parts: MergeParts, input: MergeInput): Promise<MergeOutcome> {
  const relation = await relationOf(parts, input)
  if (relation === 'ahead') return { kind: 'made', oid: input.source }
  return { kind: relation === 'diverged' ? 'not-fast-forward' : relation }
}

/** A commit of the one who acts. */
async function made(
  quarantine: Quarantine,
  { committer, seconds, message }: MergeInput,
  commit: { readonly tree: Oid; readonly parents: readonly Oid[] },
): Promise<MergeOutcome> {
  const by = { ...committer, seconds, zone: '+0000' }
  const content = writeCommit({ ...commit, author: by, committer: by, message: wholeLines(message) })
  const [oid] = await quarantine.store([{ type: 'commit', content }])
  return { kind: 'made', oid: oid as Oid }
}
