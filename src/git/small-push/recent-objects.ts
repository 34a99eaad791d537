/**
 * What recent pushes have brought, by id: of which type it is and, of trees, what it says. True wherever the id is
 * found; whether a repository has the object is asked before.
 */
import { LRUCache } from 'lru-cache'
import type { Oid } from '../../kernel/ids.ts'
import type { ObjectType } from '../objects/object-type.ts'

export interface RecentObject {
  readonly oid: Oid
  readonly type: ObjectType
  readonly content: Buffer
}

const MAX_TYPES = 32_768
const MAX_TREE_BYTES = 64 * 1024
const MAX_BYTES = 4 * 1024 * 1024

export class RecentObjects {
  readonly #types = new LRUCache<string, ObjectType>({ max: MAX_TYPES })
  /** The next push sends them as deltas of these. */
  readonly #trees = new LRUCache<string, Buffer>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ length }) => length + 1,
  })

  add({ oid, type, content }: RecentObject): void {
    this.#types.set(oid, type)
    if (type === 'tree' && content.length <= MAX_TREE_BYTES) this.#trees.set(oid, content)
  }

  type(oid: string): ObjectType | null {
    return this.#types.get(oid) ?? null
  }

  tree(oid: string): Buffer | null {
    return this.#trees.get(oid) ?? null
  }
}
