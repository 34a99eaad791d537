/**
 * The history of one commit in the order of `git log`, read no further than somebody has asked for.
 * Unfiltered; for filters see commit-log.ts.
 */
import { AppError } from '../../kernel/errors.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'
import type { Lineage } from '../commit-graph/lineage.ts'
import { Heap } from '../heap.ts'

export class CommitWalk {
  readonly #objects: Pick<StoredObjects, 'lineage'>
  readonly #repo: RepoHandle
  readonly #listed: Oid[] = []
  /** Listed or waiting. */
  readonly #seen = new Set<Oid>()
  /** The latest first, and those of one second in the order they came. */
  readonly #waiting = new Heap<Lineage>((one, other) => one.seconds > other.seconds)
  readonly #tip: Oid
  /** Of whoever walks on now; two at once would list a commit twice. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(objects: Pick<StoredObjects, 'lineage'>, repo: RepoHandle, tip: Oid) {
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

  async #readAll(oids: readonly Oid[]): Promise<readonly Lineage[]> {
    const [only, ...others] = oids
    if (only !== undefined && others.length === 0) return [await this.#read(only)]
    return Promise.all(oids.map((oid) => this.#read(oid)))
  }

  async #read(oid: Oid): Promise<Lineage> {
    const lineage = await this.#objects.lineage(this.#repo, oid)
    if (lineage === null) throw new AppError('NOT_FOUND', { details: { reason: 'no such commit', sha: oid } })
    return lineage
  }

  #add(lineage: Lineage): void {
    if (this.#seen.has(lineage.oid)) return // one parent may be named twice
    this.#seen.add(lineage.oid)
    this.#waiting.push(lineage)
  }
}
