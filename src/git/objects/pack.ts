/**
 * Looks single objects up in one pack: is it there, of which type, what does it say. Not for
 * reading many objects, or large ones.
 */
import { closeSync, openSync } from 'node:fs'
import { applyDelta } from './delta.ts'
import { inflateStart, inflateWhole } from './inflate.ts'
import type { ObjectType } from './object-type.ts'
import { ENTRY_HEADER_BYTES, type PackEntry, parsePackEntry } from './pack-entry.ts'
import { PackIndex } from './pack-index.ts'
import { readAt } from './read-at.ts'
import { TAG_HEADER_BYTES } from './tag-header.ts'

/** A tag that takes more than this to rebuild from deltas counts as damaged. */
const MAX_REBUILT_BYTES = 16 * 1024 * 1024
/** git itself makes chains of at most 4095. */
const MAX_CHAIN = 4096

export class Pack implements Disposable {
  readonly #hashBytes: number
  readonly #index: PackIndex
  readonly #fd: number

  /**
   * Both files are held open: a repack that removes them takes nothing away from who has begun to read.
   *
   * @param path without its ending `.pack` or `.idx`
   * @throws Error `ENOENT`; AppError `GIT_FAILED`: as PackIndex
   */
  constructor(path: string, hashBytes: number) {
    this.#hashBytes = hashBytes
    this.#fd = openSync(`${path}.pack`, 'r')
    try {
      this.#index = new PackIndex(`${path}.idx`, hashBytes)
    } catch (err) {
      closeSync(this.#fd)
      throw err
    }
  }

  /** Offset of the object, or `null`. `oid` is binary. */
  find(oid: Buffer): number | null {
    return this.#index.find(oid)
  }

  /** @throws Error when the entry is damaged */
  typeAt(offset: number): ObjectType {
    return this.#chainAt(offset).whole.type
  }

  /**
   * The whole object at `offset`.
   *
   * @throws Error when an entry is damaged, or it and what it is rebuilt from are more than `maxBytes`
   */
  objectAt(offset: number, maxBytes: number): { readonly type: ObjectType; readonly content: Buffer } {
    const { whole, deltas } = this.#chainAt(offset)
    let left = maxBytes
    const spend = (bytes: number) => {
      left -= bytes
      if (left < 0) throw new Error('object too large to rebuild')
    }
    const inflate = ({ bodyAt, size }: PackEntry) => {
      spend(size)
      return inflateWhole(this.#read(bodyAt, deflateBound(size)), size).content
    }
    const content = deltas.reduceRight((base, delta) => {
      const object = applyDelta(base, inflate(delta), left)
      spend(object.length)
      return object
    }, inflate(whole))
    return { type: whole.type, content }
  }

  /** At least the header of the tag at `offset`. @throws Error when an entry is damaged */
  tagStartAt(offset: number): Buffer {
    const { whole, deltas } = this.#chainAt(offset)
    if (deltas.length === 0) return this.#inflate(whole.bodyAt, TAG_HEADER_BYTES)
    const base = this.#inflate(whole.bodyAt, whole.size)
    return deltas.reduceRight((object, delta) => {
      return applyDelta(object, this.#inflate(delta.bodyAt, delta.size), MAX_REBUILT_BYTES)
    }, base)
  }

  [Symbol.dispose](): void {
    this.#index[Symbol.dispose]()
    closeSync(this.#fd)
  }

  /** The deltas from the object at `offset` down to the whole object that they rest on. */
  #chainAt(offset: number): { whole: PackEntry & { kind: 'whole' }; deltas: PackEntry[] } {
    const deltas: PackEntry[] = []
    let entry = this.#entryAt(offset)
    while (entry.kind === 'delta') {
      if (deltas.push(entry) > MAX_CHAIN) throw new Error('delta chain too long')
      entry = this.#entryAt(this.#offsetOf(entry.base))
    }
    return { whole: entry, deltas }
  }

  #entryAt(offset: number): PackEntry {
    return parsePackEntry(this.#read(offset, ENTRY_HEADER_BYTES), offset, this.#hashBytes)
  }

  #offsetOf(base: number | Buffer): number {
    const offset = typeof base === 'number' ? base : this.#index.find(base)
    if (offset === null) throw new Error('delta base missing')
    return offset
  }

  /** At least `size` bytes of the object, or all of it. */
  #inflate(bodyAt: number, size: number): Buffer {
    if (size > MAX_REBUILT_BYTES) throw new Error('object too large to rebuild')
    return inflateStart(this.#read(bodyAt, deflateBound(size)), MAX_REBUILT_BYTES)
  }

  #read(position: number, length: number): Buffer {
    return readAt(this.#fd, position, length)
  }
}

/** Most bytes that deflate makes of `size`. @see zlib's deflateBound */
function deflateBound(size: number): number {
  return size + (size >> 9) + 512
}
