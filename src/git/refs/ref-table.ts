/**
 * A sorted list of refs, kept as the packets that advertise them: 100,000 refs are one Buffer and
 * one array of offsets, no objects. Immutable. Symbolic refs have no place here.
 */
import { type KnownRef, type PeeledForm, writeRef } from './ref-form.ts'
import { HEADER_BYTES } from '../wire/pkt-line.ts'

interface Packets {
  readonly bytes: Buffer
  /** Start of each ref, and the end of the last one. */
  readonly starts: Uint32Array
}

export class RefTable {
  readonly #hexLength: number
  readonly #plain: Packets
  /** Indices of the refs that peel, ascending, and what to. */
  readonly #peeledAt: Uint32Array
  readonly #peeledOids: Buffer
  readonly #forms = new Map<PeeledForm, Packets>()

  constructor(parts: { hexLength: number; plain: Packets; peeledAt: Uint32Array; peeledOids: Buffer }) {
    this.#hexLength = parts.hexLength
    this.#plain = parts.plain
    this.#peeledAt = parts.peeledAt
    this.#peeledOids = parts.peeledOids
  }

  get size(): number {
    return this.#plain.starts.length - 1
  }

  /** Most memory that this table will ever take, in bytes. */
  get maxBytes(): number {
    const forms = this.#peeledAt.length === 0 ? 1 : 3
    return forms * (this.#plain.bytes.length + this.#plain.starts.byteLength) + this.#peeledOids.length
  }

  /** Index of the first ref, from `from` on, whose name is not less than `name`. */
  lowerBound(name: string, from = 0): number {
    const bytes = Buffer.from(name, 'latin1')
    let low = from
    let high = this.size
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#compareName(middle, bytes) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  isNamed(index: number, name: string): boolean {
    return index < this.size && this.#compareName(index, Buffer.from(name, 'latin1')) === 0
  }

  at(index: number): KnownRef {
    const { bytes } = this.#plain
    const oidAt = this.#startOf(index) + HEADER_BYTES
    const oid = bytes.toString('latin1', oidAt, oidAt + this.#hexLength)
    const name = bytes.toString('latin1', oidAt + this.#hexLength + 1, this.#startOf(index + 1) - 1)
    return { name, oid, peeled: this.#peeledOf(index), target: null }
  }

  /** The packets of the refs from index `from` up to, not including, `to`; a view, not a copy. */
  packets(form: PeeledForm, from: number, to: number): Buffer {
    const { bytes, starts } = this.#packetsIn(form)
    return bytes.subarray(starts[from], starts[to])
  }

  #startOf(index: number): number {
    return this.#plain.starts[index] as number
  }

  #compareName(index: number, name: Buffer): number {
    const nameAt = this.#startOf(index) + HEADER_BYTES + this.#hexLength + 1
    return this.#plain.bytes.compare(name, 0, name.length, nameAt, this.#startOf(index + 1) - 1)
  }

  #peeledOf(index: number): string | null {
    let low = 0
    let high = this.#peeledAt.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#peeledAt[middle] as number) < index) low = middle + 1
      else high = middle
    }
    return this.#peeledAt[low] === index ? this.#peeledOid(low) : null
  }

  #peeledOid(nth: number): string {
    return this.#peeledOids.toString('latin1', nth * this.#hexLength, (nth + 1) * this.#hexLength)
  }

  #packetsIn(form: PeeledForm): Packets {
    if (form === 'omit' || this.#peeledAt.length === 0) return this.#plain
    const known = this.#forms.get(form)
    if (known) return known
    const made = this.#peel(form)
    this.#forms.set(form, made)
    return made
  }

  /** Copies what does not peel in long runs and writes the others anew. */
  #peel(form: PeeledForm): Packets {
    const chunks: Buffer[] = []
    const starts = new Uint32Array(this.#plain.starts.length)
    let done = 0
    let grown = 0
    const copyUpTo = (index: number) => {
      if (index > done) chunks.push(this.packets('omit', done, index))
      for (; done < index; done++) starts[done] = this.#startOf(done) + grown
    }
    this.#peeledAt.forEach((index) => {
      copyUpTo(index)
      const packets = writeRef(this.at(index), { peeled: form, symrefs: false })
      chunks.push(packets)
      starts[index] = this.#startOf(index) + grown
      grown += packets.length - (this.#startOf(index + 1) - this.#startOf(index))
      done = index + 1
    })
    copyUpTo(this.size)
    const bytes = Buffer.concat(chunks)
    starts[this.size] = bytes.length
    return { bytes, starts }
  }
}
