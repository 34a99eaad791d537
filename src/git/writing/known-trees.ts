/**
 * The trees of commits that were made here a moment ago: the next commit of a branch needs no read. What is
 * in here may never have been accepted, so look up only what an accepted commit leads to.
 */
import { LRUCache } from 'lru-cache'
import { AppError } from '../../kernel/errors.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'
import type { WrittenTree } from './edited-tree.ts'
import { entriesOf, type Entries } from './tree-entries.ts'

/** About; one that was read from the repository is kept by `StoredObjects`. */
const MAX_ENTRIES = 100_000

export class KnownTrees {
  readonly #objects: Pick<StoredObjects, 'commit' | 'tree'>
  readonly #entries = new LRUCache<string, Entries>({
    maxSize: MAX_ENTRIES,
    sizeCalculation: ({ size }) => size + 1,
  })
  /** By commit. */
  readonly #roots = new LRUCache<string, Oid>({ max: 1_000 })

  constructor(objects: Pick<StoredObjects, 'commit' | 'tree'>) {
    this.#objects = objects
  }

  /** Tree of a commit. @throws AppError `UNPROCESSABLE` when the id is that of something else */
  async rootOf(repo: RepoHandle, commit: Oid): Promise<Oid> {
    const known = this.#roots.get(key(repo, commit))
    if (known !== undefined) return known
    return (await this.#objects.commit(repo, commit))?.tree ?? missing('commit', commit)
  }

  async entries(repo: RepoHandle, tree: Oid): Promise<Entries> {
    const known = this.#entries.get(key(repo, tree))
    if (known !== undefined) return known
    return entriesOf((await this.#objects.tree(repo, tree)) ?? missing('tree', tree))
  }

  remember(repo: RepoHandle, commit: Oid, root: Oid, written: readonly WrittenTree[]): void {
    this.#roots.set(key(repo, commit), root)
    for (const { oid, entries } of written) this.#entries.set(key(repo, oid), entries)
  }
}

function key({ id }: RepoHandle, oid: Oid): string {
  return `${id} ${oid}`
}

function missing(what: string, oid: Oid): never {
  throw new AppError('UNPROCESSABLE', { details: { reason: `no such ${what}`, oid } })
}
