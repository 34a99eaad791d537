/**
 * What a repository has, as a push may rely on it: looked up in its files, without a process. What lies only in a
 * pack of unreached objects may be dropped any day and is left out; see docs/how-to/maintenance.md.
 */
import { oidLength } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { objectDirectories } from '../objects/alternates.ts'
import { orNullIfDamaged } from '../objects/damage.ts'
import { hasLooseObject, readLooseObject, readLooseStart } from '../objects/loose-object.ts'
import type { ObjectType } from '../objects/object-type.ts'
import { PackDirectory, type PackedObject } from '../objects/pack-directory.ts'

export interface KnownObject {
  readonly type: ObjectType
  readonly content: Buffer
}

type Location = { readonly loose: string } | PackedObject

export class KnownObjects implements Disposable {
  readonly #repo: RepoHandle
  #directories: readonly { readonly path: string; readonly packs: PackDirectory }[] = []

  constructor(repo: RepoHandle) {
    this.#repo = repo
    this.refresh()
  }

  /** Packs that are held open. */
  get packs(): number {
    return this.#directories.reduce((sum, { packs }) => sum + packs.size, 0)
  }

  /** Sees what has come and gone since the last time. Blocking, as all of this; microseconds. */
  refresh(): void {
    const paths = objectDirectories(`${this.#repo.path}/objects`)
    if (paths.join('\n') !== this.#directories.map(({ path }) => path).join('\n')) this.#open(paths)
    for (const { packs } of this.#directories) packs.refresh()
  }

  /** `null`: not there, damaged, or not to be relied on. Ids are lower-case hex. */
  type(oid: string): ObjectType | null {
    const location = this.#locate(oid)
    if (location === null) return null
    if ('loose' in location) return readLooseStart(location.loose, oid)?.type ?? null
    return orNullIfDamaged(() => location.pack.typeAt(location.offset))
  }

  /** `null` as `type`, and for what takes more than `maxBytes` to read. */
  read(oid: string, maxBytes: number): KnownObject | null {
    const location = this.#locate(oid)
    if (location === null) return null
    if ('loose' in location) return readLooseObject(location.loose, oid, maxBytes)
    return orNullIfDamaged(() => location.pack.objectAt(location.offset, maxBytes))
  }

  [Symbol.dispose](): void {
    for (const { packs } of this.#directories) packs[Symbol.dispose]()
    this.#directories = []
  }

  #open(paths: readonly string[]): void {
    this[Symbol.dispose]()
    const hashBytes = oidLength(this.#repo.objectFormat) / 2
    this.#directories = paths.map((path) => {
      return { path, packs: new PackDirectory(path, hashBytes, { withoutCruft: true }) }
    })
  }

  #locate(oid: string): Location | null {
    const binary = Buffer.from(oid, 'hex')
    for (const { path, packs } of this.#directories) {
      const packed = packs.find(binary)
      if (packed !== null) return packed
      if (hasLooseObject(path, oid)) return { loose: path }
    }
    return null
  }
}
