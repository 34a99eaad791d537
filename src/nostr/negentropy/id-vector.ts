/**
 * A set of events in the order of reconciliation, with the sums of their ids: the fingerprint of a range costs the
 * same whatever its length. Does not change; a changed set is a new vector. @see negentropy-protocol-v1
 */
import { hash } from 'node:crypto'
import { FINGERPRINT_BYTES, ID_BYTES, varint, type Bound } from './wire.ts'

export interface Item {
  /** Seconds since 1970. */
  readonly created_at: number
  /** 64 lower-case hex digits. */
  readonly id: string
}

/** Words of 32 bits in an id and in a sum. */
const WORDS = ID_BYTES / 4
const WORD = 2 ** 32

export class IdVector {
  readonly size: number
  readonly #times: Float64Array
  readonly #ids: Buffer
  /** Sum of the ids before each item, and of all: mod 2^256, least significant word first. */
  readonly #sums: Uint32Array

  /** @param items in any order; what is already in ascending order is not sorted again */
  constructor(items: Iterable<Item>) {
    const sorted = inOrder(items)
    this.size = sorted.length
    this.#times = Float64Array.from(sorted, ({ created_at }) => created_at)
    this.#ids = Buffer.alloc(this.size * ID_BYTES)
    sorted.forEach(({ id }, at) => this.#ids.write(id, at * ID_BYTES, 'hex'))
    this.#sums = sumsOf(this.#ids, this.size)
  }

  /** Hex. */
  idAt(at: number): string {
    return this.ids(at, at + 1).toString('hex')
  }

  /** 32 bytes each; shares the memory of the vector. */
  ids(from: number, to: number): Buffer {
    return this.#ids.subarray(from * ID_BYTES, to * ID_BYTES)
  }

  /** @returns 16 bytes */
  fingerprint(from: number, to: number): Buffer {
    const sum = this.#sumOf(from, to)
    return hash('sha256', Buffer.concat([sum, varint(to - from)]), 'buffer').subarray(0, FINGERPRINT_BYTES)
  }

  /** Index of the first item, from `from` on, that is not below the bound. */
  indexOf({ timestamp, prefix }: Bound, from: number): number {
    if (timestamp === Infinity) return this.size
    const bound = Buffer.alloc(ID_BYTES)
    prefix.copy(bound)
    let [low, high] = [from, this.size]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#isBelow(middle, timestamp, bound)) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The shortest that separates an item from the one before it. */
  boundBefore(at: number): Bound {
    const timestamp = this.#times[at] ?? Infinity
    if (timestamp !== this.#times[at - 1]) return { timestamp, prefix: this.ids(at, at) }
    const [before, id] = [this.ids(at - 1, at), this.ids(at, at + 1)]
    const shared = id.findIndex((byte, i) => byte !== before[i])
    return { timestamp, prefix: id.subarray(0, shared + 1) }
  }

  #isBelow(at: number, timestamp: number, id: Buffer): boolean {
    const time = this.#times[at] ?? Infinity
    if (time !== timestamp) return time < timestamp
    return this.#ids.compare(id, 0, ID_BYTES, at * ID_BYTES, (at + 1) * ID_BYTES) < 0
  }

  #sumOf(from: number, to: number): Buffer {
    const sum = Buffer.alloc(ID_BYTES)
    let borrow = 0
    for (let word = 0; word < WORDS; word++) {
      const less = (this.#sums[from * WORDS + word] ?? 0) + borrow
      const difference = (this.#sums[to * WORDS + word] ?? 0) - less
      borrow = difference < 0 ? 1 : 0
      sum.writeUInt32LE(difference + borrow * WORD, word * 4)
    }
    return sum
  }
}

/** Ascending, each once. */
function inOrder(items: Iterable<Item>): readonly Item[] {
  const all = [...items]
  if (all.every((item, at) => at === 0 || compare(all[at - 1] ?? item, item) < 0)) return all
  return all.sort(compare).filter((item, at) => at === 0 || item.id !== all[at - 1]?.id)
}

function compare(a: Item, b: Item): number {
  return a.created_at - b.created_at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

function sumsOf(ids: Buffer, size: number): Uint32Array {
  const sums = new Uint32Array((size + 1) * WORDS)
  const words = new DataView(ids.buffer, ids.byteOffset, ids.length)
  for (let at = 0; at < size; at++) {
    let carry = 0
    for (let word = at * WORDS; word < (at + 1) * WORDS; word++) {
      const sum = (sums[word] ?? 0) + words.getUint32(word * 4, true) + carry
      sums[word + WORDS] = sum
      carry = sum >= WORD ? 1 : 0
    }
  }
  return sums
}
