/** Builds a RefTable by appending refs in order. */
import { RefTable } from './ref-table.ts'
import { HEADER_BYTES } from '../wire/pkt-line.ts'

export class RefTableBuilder {
  readonly #hexLength: number
  #bytes: Buffer
  #end = 0
  readonly #starts: number[] = []
  readonly #peeledAt: number[] = []
  readonly #peeledOids: string[] = []

  /** @param sizeHint bytes that the packets will take, about */
  constructor(hexLength: number, sizeHint: number) {
    this.#hexLength = hexLength
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(sizeHint, 1024))
  }

  /** Names must come in ascending order of bytes. */
  add(oid: string, name: Buffer, peeled: string | null): void {
    const length = HEADER_BYTES + this.#hexLength + 1 + name.length + 1
    this.#reserve(length)
    const start = this.#end
    if (peeled !== null) {
      this.#peeledAt.push(this.#starts.length)
      this.#peeledOids.push(peeled)
    }
    this.#starts.push(start)
    this.#bytes.write(`${length.toString(16).padStart(HEADER_BYTES, '0')}${oid} `, start, 'latin1')
    name.copy(this.#bytes, start + HEADER_BYTES + this.#hexLength + 1)
    this.#end = start + length
    this.#bytes[this.#end - 1] = 0x0a
  }

  build(): RefTable {
    this.#starts.push(this.#end)
    return new RefTable({
      hexLength: this.#hexLength,
      plain: { bytes: this.#bytes.subarray(0, this.#end), starts: Uint32Array.from(this.#starts) },
      peeledAt: Uint32Array.from(this.#peeledAt),
      peeledOids: Buffer.from(this.#peeledOids.join(''), 'latin1'),
    })
  }

  #reserve(length: number): void {
    if (this.#end + length <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(2 * this.#bytes.length + length)
    this.#bytes.copy(larger, 0, 0, this.#end)
    this.#bytes = larger
  }
}
