/**
 * Carries commits over to a new base, one after the other, without a work tree. What comes of it is what
 * `git rebase` makes, but for the committer.
 *
 * @see git-rebase(1), --empty and --keep-empty
 */
import { AppError } from '../../kernel/errors.ts'
import type { Identity } from '../../kernel/identity.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { Quarantine } from '../../kernel/ports.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { Signature } from '../objects/commit.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'
import { writeCommit } from '../writing/commit-text.ts'
import type { MergeOutcome } from './outcome.ts'
import { mergeTrees } from './merge-trees.ts'
import type { Picked } from './picks.ts'
import { writeRawCommit } from './raw-commit.ts'

export interface Rebasing {
  readonly repo: RepoHandle
  /** The new base. */
  readonly target: Oid
  /** Oldest first. */
  readonly picks: readonly Picked[]
  readonly committer: Identity
  /** Time of the new commits, since 1970. */
  readonly seconds: number
}

interface Head {
  readonly oid: Oid
  readonly tree: Oid
}

type Objects = Pick<StoredObjects, 'commit' | 'tree' | 'blob'>

/**
 * The `.gitattributes` of `target` count for all steps.
 *
 * @throws AppError `GIT_FAILED`, `LAUNCHER_LOST`
 */
export async function rebase(
  objects: Objects,
  quarantine: Quarantine,
  { repo, target, picks, committer, seconds }: Rebasing,
): Promise<MergeOutcome> {
  const base = await objects.commit(repo, target)
  if (base === null) throw new AppError('GIT_FAILED', { cause: new Error(`commit ${target} is missing`) })
  const by = { ...committer, seconds, zone: '+0000' }
  let head: Head = base
  for (const pick of picks) {
    const tree = await carriedTree(objects, quarantine, { repo, target, head, pick, by })
    if (tree === null) return { kind: 'conflicts', at: pick.oid }
    const isRedundant = tree === head.tree && !pick.isEmpty
    if (!isRedundant) head = await putUpon(quarantine, head, tree, pick, by)
  }
  return head.oid === target ? { kind: 'nothing' } : { kind: 'made', oid: head.oid }
}

interface Step {
  readonly repo: RepoHandle
  readonly target: Oid
  readonly head: Head
  readonly pick: Picked
  readonly by: Signature
}

/**
 * The tree of `head` with the pick's change in it. git has no word for "merge with that base" before 2.40, so
 * it is shown a commit that has the tree of `head` and stands where the pick stands: their merge base is what
 * the pick was made on. That commit is reached by nothing and goes with the next garbage collection.
 *
 * @returns `null` for conflicts
 */
async function carriedTree(
  objects: Objects,
  quarantine: Quarantine,
  { repo, target, head, pick, by }: Step,
): Promise<Oid | null> {
  const { tree, parents } = pick.commit
  if (parents[0] === head.oid) return tree
  if (pick.isEmpty) return head.tree
  const stand = writeCommit({ tree: head.tree, parents, author: by, committer: by, message: '' })
  const [ours] = await quarantine.store([{ type: 'commit', content: stand }])
  const trees = { repo, ours: ours as Oid, theirs: pick.oid, attributesOf: target }
  const merged = await mergeTrees(objects, quarantine, trees)
  return merged.isClean ? merged.tree : null
}

/** A commit that stands on `head` already stays what it is. */
async function putUpon(
  quarantine: Quarantine,
  head: Head,
  tree: Oid,
  { oid, commit }: Picked,
  by: Signature,
): Promise<Head> {
  if (commit.parents[0] === head.oid) return { oid, tree }
  const [made] = await quarantine.store([writeRawCommit({ ...commit, tree, parents: [head.oid] }, by)])
  return { oid: made as Oid, tree }
}
