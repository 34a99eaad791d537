/**
 * The history of one commit in the order of `git log`, read no further than somebody has asked for.
 * Unfiltered; for filters see commit-log.ts.
 */
import { AppError } from '../../kernel/errors.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { Commit } from '../objects/commit.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'
import { CommitHeap } from './commit-heap.ts'

export class CommitWalk {
  readonly #objects: Pick<StoredObjects, 'commit'>
  readonly #repo: RepoHandle
  readonly #listed: Oid[] = []
  /** Listed or waiting. */
  readonly #seen = new Set<Oid>()
  readonly #waiting = new CommitHeap()
  readonly #tip: Oid
  /** Of whoever walks on now; two at once would list a commit twice. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(objects: Pick<StoredObjects, 'commit'>, repo: RepoHandle, tip: Oid) {
    this.#objects = objects
    this.#repo = repo
    this.#tip = tip
  }

  /** Commits listed so far. */
  get length(): number {
    return this.#listed.length
  }

  /** Ids kept. */
  get size(): number {
    return this.#seen.size
  }

  /**
   * At most `count` ids after the first `skip`.
   *
   * @throws AppError `NOT_FOUND` when a commit is not there any more
   */
  async page(skip: number, count: number): Promise<readonly Oid[]> {
    const end = skip + count
    if (this.#listed.length < end) {
      this.#turn = this.#turn.catch(() => {}).then(() => this.#walkTo(end))
      await this.#turn
    }
    return this.#listed.slice(skip, end)
  }

  async #walkTo(end: number): Promise<void> {
    if (this.#seen.size === 0) this.#add(await this.#read(this.#tip))
    while (this.#listed.length < end) {
      const commit = this.#waiting.peek()
      if (commit === null) return
      // all reads before the first change, so that a walk that failed can go on later
      const parents = await this.#readAll(commit.parents.filter((oid) => !this.#seen.has(oid)))
      this.#waiting.pop()
      this.#listed.push(commit.oid)
      for (const parent of parents) this.#add(parent)
    }
  }

  async #readAll(oids: readonly Oid[]): Promise<readonly Commit[]> {
    if (oids.length === 1) return [await this.#read(oids[0] as Oid)]
    return Promise.all(oids.map((oid) => this.#read(oid)))
  }

  async #read(oid: Oid): Promise<Commit> {
    const commit = await this.#objects.commit(this.#repo, oid)
    if (commit === null) throw new AppError('NOT_FOUND', { details: { reason: 'no such commit', sha: oid } })
    return commit
  }

  #add(commit: Commit): void {
    if (this.#seen.has(commit.oid)) return // one parent may be named twice
    this.#seen.add(commit.oid)
    this.#waiting.push(commit)
  }
}
