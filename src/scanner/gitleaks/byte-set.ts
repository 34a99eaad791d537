/** A character class as a set of bytes: what an expression on bytes can tell apart. */

export class ByteSet {
  readonly #has = new Uint8Array(256)

  /** What lies beyond ASCII is several bytes of UTF-8; any of those counts. */
  add(from: number, to: number = from): void {
    this.#has.fill(1, Math.min(from, 0x80), Math.min(to, 0x7f) + 1)
    if (to > 0x7f) this.#has.fill(1, 0x80)
  }

  addAll(other: ByteSet): void {
    other.#has.forEach((has, byte) => {
      if (has) this.#has[byte] = 1
    })
  }

  has(byte: number): boolean {
    return this.#has[byte] === 1
  }

  complement(): ByteSet {
    const other = new ByteSet()
    this.#has.forEach((has, byte) => (other.#has[byte] = 1 - has))
    return other
  }

  /** With both cases of its letters. */
  folded(): ByteSet {
    const both = new ByteSet()
    both.addAll(this)
    for (let upper = 0x41; upper <= 0x5a; upper++) {
      if (this.has(upper)) both.add(upper + 0x20)
      if (this.has(upper + 0x20)) both.add(upper)
    }
    return both
  }

  /** As a class of JavaScript. */
  toString(): string {
    const full = this.#has.every((has) => has === 1)
    return full ? '[^]' : `[${this.#ranges().join('')}]`
  }

  #ranges(): string[] {
    const ranges: string[] = []
    for (let from = 0; from < 256; from++) {
      if (!this.has(from)) continue
      let to = from
      while (to < 255 && this.has(to + 1)) to++
      ranges.push(to === from ? hex(from) : `${hex(from)}-${hex(to)}`)
      from = to
    }
    return ranges
  }
}

/** One byte, in an expression. */
export function hex(byte: number): string {
  const char = String.fromCharCode(byte)
  return /[0-9A-Za-z]/.test(char) ? char : `\\x${byte.toString(16).padStart(2, '0')}`
}
