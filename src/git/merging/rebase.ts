/**
 * Carries commits over to a new base, one after the other, without a work tree. What comes of it is what
 * `git rebase` makes, but for the committer.
 *
 * @see git-rebase(1), --empty and --keep-empty
 */
import { AppError } from '../../kernel/errors.ts'
import type { Identity } from '../../kernel/identity.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { emptyTree } from '../history/empty-tree.ts'
import type { Signature } from '../objects/commit.ts'
import { hashObject, type HashedObject } from '../quarantine/hashed-object.ts'
import { writeCommit } from '../writing/commit-text.ts'
import { entriesOf, type Entries } from '../writing/tree-entries.ts'
import { mergeDisjoint } from './disjoint-merge.ts'
import type { MergeSpace } from './in-time.ts'
import { mergeByGit, type CheckedTree, type Objects } from './merge-trees.ts'
import { unclean, type MergeOutcome } from './outcome.ts'
import type { Picked } from './picks.ts'
import { writeRawCommit } from './raw-commit.ts'

export interface NewBase {
  readonly repo: RepoHandle
  /** The new base; its `.gitattributes` count for all steps. */
  readonly target: Oid
  readonly committer: Identity
  /** Time of the new commits, since 1970. */
  readonly seconds: number
}

interface Head {
  readonly oid: Oid
  readonly tree: Oid
}

type CarriedTree = Pick<CheckedTree, 'isClean' | 'tree' | 'refused'>

export class Rebase {
  readonly #objects: Objects
  readonly #quarantine: MergeSpace
  readonly #onto: NewBase
  readonly #by: Signature
  /** Made here, and not in the quarantine yet. */
  #unstored: HashedObject[] = []
  /** Of trees made here. */
  readonly #entries = new Map<Oid, Entries>()

  constructor(objects: Objects, quarantine: MergeSpace, onto: NewBase) {
    this.#objects = objects
    this.#quarantine = quarantine
    this.#onto = onto
    this.#by = { ...onto.committer, seconds: onto.seconds, zone: '+0000' }
  }

  /**
   * What it makes may not be in the quarantine yet: see `store`.
   *
   * @param picks oldest first
   * @throws AppError `GIT_FAILED`, `LAUNCHER_LOST`
   */
  async carry(picks: readonly Picked[]): Promise<MergeOutcome> {
    const { repo, target } = this.#onto
    let head: Head = (await this.#objects.commit(repo, target)) ?? missing(target)
    for (const pick of picks) {
      const { isClean, tree, refused } = await this.#carriedTree(head, pick)
      if (!isClean) return unclean(refused, pick.oid)
      const isRedundant = tree === head.tree && !pick.isEmpty
      if (!isRedundant) head = this.#putUpon(head, tree, pick)
    }
    return head.oid === target ? { kind: 'nothing' } : { kind: 'made', oid: head.oid }
  }

  async store(): Promise<void> {
    const objects = this.#unstored
    this.#unstored = []
    if (objects.length > 0) await this.#quarantine.store(objects)
  }

  /** The tree of `head` with the pick's change in it. */
  async #carriedTree(head: Head, { oid, commit, isEmpty }: Picked): Promise<CarriedTree> {
    const [parent] = commit.parents
    if (parent === head.oid) return asItIs(commit.tree)
    if (isEmpty) return asItIs(head.tree)
    const base = await this.#treeOf(parent)
    const sides = { base, ours: head.tree, theirs: commit.tree }
    const { objectFormat } = this.#onto.repo
    const simple = await mergeDisjoint((tree) => this.#load(tree), objectFormat, sides)
    if (simple === null) return this.#carriedByGit(head, { oid, commit })
    for (const tree of simple.written) this.#entries.set(tree.oid, tree.entries)
    this.#unstored.push(...simple.written)
    return asItIs(simple.tree)
  }

  /**
   * git has no word for "merge with that base" before 2.40, so it is shown a commit that has the tree of `head`
   * and stands where the pick stands: their merge base is what the pick was made on. Nothing reaches that
   * commit, and it goes with the next garbage collection.
   */
  async #carriedByGit(head: Head, { oid, commit }: Pick<Picked, 'oid' | 'commit'>): Promise<CarriedTree> {
    const { repo, target } = this.#onto
    const [author, committer] = [this.#by, this.#by]
    const { parents } = commit
    const ours = this.#make(writeCommit({ tree: head.tree, parents, author, committer, message: '' }))
    await this.store()
    const commits = { repo, ours, theirs: oid, attributesOf: target }
    return mergeByGit(this.#objects, this.#quarantine, commits)
  }

  /** A commit that stands on `head` already stays what it is. */
  #putUpon(head: Head, tree: Oid, { oid, commit }: Picked): Head {
    if (commit.parents[0] === head.oid) return { oid, tree }
    return { oid: this.#make(writeRawCommit({ ...commit, tree, parents: [head.oid] }, this.#by)), tree }
  }

  #make(content: Buffer): Oid {
    const commit = hashObject({ type: 'commit', content }, this.#onto.repo.objectFormat)
    this.#unstored.push(commit)
    return commit.oid
  }

  /** @param commit `undefined`: above a root */
  async #treeOf(commit: Oid | undefined): Promise<Oid> {
    const { repo } = this.#onto
    if (commit === undefined) return emptyTree(repo.objectFormat)
    return (await this.#objects.commit(repo, commit))?.tree ?? missing(commit)
  }

  /** `null` for what git has made in the quarantine, among others. */
  async #load(tree: Oid): Promise<Entries | null> {
    const made = this.#entries.get(tree)
    if (made) return made
    const stored = await this.#objects.tree(this.#onto.repo, tree)
    return stored && entriesOf(stored)
  }
}

/** Made of whole files of either side. */
function asItIs(tree: Oid): CarriedTree {
  return { isClean: true, tree, refused: null }
}

function missing(commit: Oid): never {
  throw new AppError('GIT_FAILED', { cause: new Error(`commit ${commit} is missing`) })
}
