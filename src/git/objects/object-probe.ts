/**
 * Answers two questions about objects without a process: of which type is it, if it is there, and
 * what does a tag peel to. Opened for one scan of the refs and disposed after it. Not for reading content.
 */
import { oidLength, type ObjectFormat } from '../../kernel/ids.ts'
import { objectDirectories } from './alternates.ts'
import { orNullIfDamaged } from './damage.ts'
import { hasLooseObject, readLooseStart, type LooseStart } from './loose-object.ts'
import type { ObjectType } from './object-type.ts'
import type { PackedObject } from './open-packs.ts'
import { PackDirectory } from './pack-directory.ts'
import { parseTagHeader, type TagHeader } from './tag-header.ts'

/** `loose` null: it is damaged. */
type Location = { readonly loose: LooseStart | null } | PackedObject

export class ObjectProbe implements Disposable {
  readonly #hexLength: number
  readonly #directories: readonly { readonly path: string; readonly packs: PackDirectory }[]

  /** Blocking, a few microseconds an object. Alternates are honoured. */
  constructor(repo: { readonly path: string; readonly objectFormat: ObjectFormat }) {
    this.#hexLength = oidLength(repo.objectFormat)
    this.#directories = objectDirectories(`${repo.path}/objects`).map((path) => {
      return { path, packs: new PackDirectory(path, this.#hexLength / 2) }
    })
  }

  /** `null`: missing, or damaged. Object ids here are lower-case hex. */
  type(oid: string): ObjectType | null {
    const location = this.#locate(oid)
    if (location === null) return null
    if ('loose' in location) return location.loose?.type ?? null
    return orNullIfDamaged(() => location.pack.typeAt(location.offset))
  }

  /**
   * What a tag points at in the end; `null` for any other object, and for a tag that cannot be
   * followed. That the last object exists is not checked, as git does not.
   */
  peel(oid: string): string | null {
    let type = this.type(oid)
    let at = oid
    while (type === 'tag') {
      const tag = this.#readTag(at)
      if (tag === null) return null
      at = tag.oid
      type = tag.type
    }
    return at === oid ? null : at
  }

  [Symbol.dispose](): void {
    for (const { packs } of this.#directories) packs[Symbol.dispose]()
  }

  #readTag(oid: string): TagHeader | null {
    const location = this.#locate(oid)
    if (location === null) return null
    const start =
      'loose' in location
        ? startOfTag(location.loose)
        : orNullIfDamaged(() => location.pack.tagStartAt(location.offset))
    return start === null ? null : parseTagHeader(start, this.#hexLength)
  }

  #locate(oid: string): Location | null {
    const binary = Buffer.from(oid, 'hex')
    if (binary.length * 2 !== this.#hexLength) return null
    return this.#search(oid, binary) ?? (this.#relist() ? this.#search(oid, binary) : null)
  }

  #search(oid: string, binary: Buffer): Location | null {
    for (const { path, packs } of this.#directories) {
      const packed = packs.find(binary)
      if (packed !== null) return packed
      if (!hasLooseObject(path, oid)) continue
      const loose = readLooseStart(path, oid)
      if (loose !== null || hasLooseObject(path, oid)) return { loose } // else a repack has just moved it
    }
    return null
  }

  #relist(): boolean {
    return this.#directories.map(({ packs }) => packs.relist()).includes(true)
  }
}

function startOfTag(loose: LooseStart | null): Buffer | null {
  return loose?.type === 'tag' ? loose.start : null
}
