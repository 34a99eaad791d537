/**
 * Finds objects in one pack by its index, version 2. Holds the file open and keeps the parts it has
 * read, so it is opened for one piece of work and closed after it.
 *
 * @see gitformat-pack(5), "Version 2 pack-*.idx files"
 */
import { closeSync, openSync } from 'node:fs'
import { AppError } from '../../kernel/errors.ts'
import { readAt } from './read-at.ts'

const MAGIC = Buffer.from([0xff, 0x74, 0x4f, 0x63, 0, 0, 0, 2])
const FANOUT_ENTRIES = 256
const NAMES_AT = MAGIC.length + 4 * FANOUT_ENTRIES
const CRC_BYTES = 4
const OFFSET_BYTES = 4
const FAR_OFFSET_BYTES = 8
const FAR = 0x8000_0000
/** Names that share a first byte are kept whole up to this size, and read one by one beyond. */
const MAX_KEPT_BYTES = 64 * 1024

export class PackIndex implements Disposable {
  readonly #fd: number
  readonly #hashBytes: number
  readonly #fanout: Buffer
  readonly #kept = new Map<number, Buffer>()

  /**
   * @throws Error `ENOENT` when the pack is gone
   * @throws AppError `GIT_FAILED` for an index of another version
   */
  constructor(path: string, hashBytes: number) {
    this.#fd = openSync(path, 'r')
    this.#hashBytes = hashBytes
    const head = readAt(this.#fd, 0, NAMES_AT)
    this.#fanout = head.subarray(MAGIC.length)
    if (head.length === NAMES_AT && head.subarray(0, MAGIC.length).equals(MAGIC)) return
    this[Symbol.dispose]()
    throw new AppError('GIT_FAILED', { details: { reason: 'pack index of an unknown version' } })
  }

  /** Offset of the object in the pack, or `null`. `oid` is binary. */
  find(oid: Buffer): number | null {
    const first = oid[0] as number
    const start = first === 0 ? 0 : this.#countUpTo(first - 1)
    const end = this.#countUpTo(first)
    const at = this.#search(oid, start, end)
    return at === null ? null : this.#offsetAt(at)
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd)
  }

  /** How many objects have a name whose first byte is at most `first`. */
  #countUpTo(first: number): number {
    return this.#fanout.readUInt32BE(4 * first)
  }

  #search(oid: Buffer, start: number, end: number): number | null {
    const kept = this.#namesBetween(start, end)
    let low = start
    let high = end
    while (low < high) {
      const middle = (low + high) >>> 1
      const order =
        kept === null ? oid.compare(this.#nameAt(middle)) : this.#compareKept(oid, kept, middle - start)
      if (order === 0) return middle
      if (order < 0) high = middle
      else low = middle + 1
    }
    return null
  }

  #compareKept(oid: Buffer, names: Buffer, index: number): number {
    const at = index * this.#hashBytes
    return oid.compare(names, at, at + this.#hashBytes)
  }

  #namesBetween(start: number, end: number): Buffer | null {
    const bytes = (end - start) * this.#hashBytes
    if (bytes > MAX_KEPT_BYTES) return null
    const kept = this.#kept.get(start)
    if (kept && kept.length === bytes) return kept
    const names = readAt(this.#fd, NAMES_AT + start * this.#hashBytes, bytes)
    this.#kept.set(start, names)
    return names
  }

  #nameAt(index: number): Buffer {
    return readAt(this.#fd, NAMES_AT + index * this.#hashBytes, this.#hashBytes)
  }

  #offsetAt(index: number): number {
    const count = this.#countUpTo(FANOUT_ENTRIES - 1)
    const offsetsAt = NAMES_AT + count * (this.#hashBytes + CRC_BYTES)
    const near = readAt(this.#fd, offsetsAt + index * OFFSET_BYTES, OFFSET_BYTES).readUInt32BE()
    if (near < FAR) return near
    const farAt = offsetsAt + count * OFFSET_BYTES + (near - FAR) * FAR_OFFSET_BYTES
    return Number(readAt(this.#fd, farAt, FAR_OFFSET_BYTES).readBigUInt64BE())
  }
}
