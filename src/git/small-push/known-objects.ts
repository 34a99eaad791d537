/**
 * What a repository has, as a push may rely on it: looked up in its files, without a process. What lies only in a
 * pack of unreached objects may be dropped any day and is left out; and because everything lies in such a pack for
 * two weeks before it is dropped, what was seen seconds ago is still there. See docs/how-to/maintenance.md.
 */
import { oidLength } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { objectDirectories } from '../objects/alternates.ts'
import { orNullIfDamaged } from '../objects/damage.ts'
import { hasLooseObject, readLooseObject, readLooseStart } from '../objects/loose-object.ts'
import type { ObjectType } from '../objects/object-type.ts'
import { KnownPacks } from './known-packs.ts'
import type { RecentObjects } from './recent-objects.ts'

export interface KnownObject {
  readonly type: ObjectType
  readonly content: Buffer
}

interface Directory {
  readonly path: string
  readonly packs: KnownPacks
}

/** How long a list of packs is good enough; what it lacks is looked for in a new one. */
const GOOD_FOR_MS = 1_000

export class KnownObjects implements Disposable {
  readonly #repo: RepoHandle
  readonly #recent: RecentObjects
  #directories: readonly Directory[] = []
  #listedAtMs = -Infinity

  constructor(repo: RepoHandle, recent: RecentObjects) {
    this.#repo = repo
    this.#recent = recent
  }

  /** Packs that are held open. */
  get open(): number {
    return this.#directories.reduce((sum, { packs }) => sum + packs.open, 0)
  }

  /** Blocking, as all of this; microseconds. */
  refresh(): void {
    if (performance.now() - this.#listedAtMs >= GOOD_FOR_MS) this.#list()
  }

  /** Lists packs anew at the next refresh. */
  outdate(): void {
    this.#listedAtMs = -Infinity
  }

  /** A small pack that the repository has got from a push. */
  add(name: string, index: Buffer): void {
    this.#directories[0]?.packs.add(name, index)
  }

  /** As far as is known without another look: `false` may be out of date for a second. Ids are lower-case hex. */
  has(oid: string): boolean {
    return this.#directories.some(({ path, packs }) => packs.has(oid) || hasLooseObject(path, oid))
  }

  /** `null`: not there, damaged, or not to be relied on. */
  type(oid: string): ObjectType | null {
    return this.#found(() => (this.has(oid) ? (this.#recent.type(oid) ?? this.#readType(oid)) : null))
  }

  /** `null` as `type`, and for what takes more than `maxBytes` to read. */
  read(oid: string, maxBytes: number): KnownObject | null {
    return this.#found(() => {
      const tree = this.#recent.tree(oid)
      if (tree !== null && tree.length <= maxBytes && this.has(oid)) return { type: 'tree', content: tree }
      return this.#read(oid, maxBytes)
    })
  }

  [Symbol.dispose](): void {
    for (const { packs } of this.#directories) packs[Symbol.dispose]()
    this.#directories = []
  }

  #readType(oid: string): ObjectType | null {
    for (const { path, packs } of this.#directories) {
      const at = packs.find(oid)
      const type = at ? orNullIfDamaged(() => at.pack.typeAt(at.offset)) : readLooseStart(path, oid)?.type
      if (type) return type
    }
    return null
  }

  #read(oid: string, maxBytes: number): KnownObject | null {
    for (const { path, packs } of this.#directories) {
      const at = packs.find(oid)
      const object = at
        ? orNullIfDamaged(() => at.pack.objectAt(at.offset, maxBytes))
        : readLooseObject(path, oid, maxBytes)
      if (object) return object
    }
    return null
  }

  /** Looks again where packs have come since. */
  #found<T>(look: () => T | null): T | null {
    const found = look()
    if (found !== null || !this.#directories.some(({ packs }) => packs.isStale())) return found
    this.#list()
    return look()
  }

  #list(): void {
    this.#listedAtMs = performance.now()
    const paths = objectDirectories(`${this.#repo.path}/objects`)
    if (paths.join('\n') !== this.#directories.map(({ path }) => path).join('\n')) this.#open(paths)
    for (const { packs } of this.#directories) if (packs.isStale()) packs.list()
  }

  #open(paths: readonly string[]): void {
    this[Symbol.dispose]()
    const hashBytes = oidLength(this.#repo.objectFormat) / 2
    this.#directories = paths.map((path) => ({ path, packs: new KnownPacks(path, hashBytes) }))
  }
}
