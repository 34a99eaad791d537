/** The names in a tree object, as text: each behind the other on a line. */

const NUL = 0
const SPACE = 0x20
const NEWLINE = 0x0a

/** Entries are `<mode> <name>\0<object id>`; pieces of any size. @see gitformat-pack(5), tree objects */
export class TreeNames {
  readonly #oidBytes: number
  #part: 'mode' | 'name' | 'oid' = 'mode'
  #oidLeft = 0

  /** @param oidDigits 40 or 64 */
  constructor(oidDigits: number) {
    this.#oidBytes = oidDigits / 2
  }

  namesIn(piece: Buffer): Buffer {
    const names = Buffer.allocUnsafe(piece.length)
    let length = 0
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at] as number
      if (this.#part === 'oid') {
        if (--this.#oidLeft === 0) this.#part = 'mode'
      } else if (this.#part === 'mode') {
        if (byte === SPACE) this.#part = 'name'
      } else {
        names[length++] = byte === NUL ? NEWLINE : byte
        if (byte === NUL) this.#beginOid()
      }
    }
    return names.subarray(0, length)
  }

  #beginOid(): void {
    this.#part = 'oid'
    this.#oidLeft = this.#oidBytes
  }
}
