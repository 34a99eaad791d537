/** Walks the bytes of a tree, entry by entry, without making a value of each. @see git's tree-walk.c, decode_tree_entry */

const NUL = 0
const SPACE = 0x20
const ZERO = 0x30
const SLASH = 0x2f
const BACKSLASH = 0x5c
const TILDE = 0x7e
/** No mode that git writes is longer. */
const MAX_MODE_DIGITS = 6

export class EntryCursor {
  readonly #bytes: Buffer
  readonly #oidBytes: number
  #next = 0

  /** Bits of the mode; `-1` where it is written as git never does. */
  mode = 0
  /** Of the name, which ends before `nameEnd`. */
  nameStart = 0
  nameEnd = 0
  hasSlash = false
  /** A backslash or a tilde. */
  hasNtfsSign = false

  constructor(content: Buffer, oidBytes: number) {
    this.#bytes = content
    this.#oidBytes = oidBytes
  }

  /** Of the id, in bytes. */
  get oidStart(): number {
    return this.nameEnd + 1
  }

  get isAtEnd(): boolean {
    return this.#next === this.#bytes.length
  }

  /** @returns whether there is a whole entry */
  advance(): boolean {
    return this.#readMode() && this.#readName()
  }

  #readMode(): boolean {
    const bytes = this.#bytes
    const start = this.#next
    let at = start
    let mode = 0
    for (; at < bytes.length && bytes[at] !== SPACE; at++) {
      const digit = (bytes[at] as number) - ZERO
      if (digit < 0 || digit > 7) return false
      if (at - start < MAX_MODE_DIGITS) mode = mode * 8 + digit
    }
    this.mode = bytes[start] === ZERO || at - start > MAX_MODE_DIGITS ? -1 : mode
    this.nameStart = at + 1
    return at > start && at < bytes.length
  }

  #readName(): boolean {
    const bytes = this.#bytes
    let hasSlash = false
    let hasNtfsSign = false
    let at = this.nameStart
    for (; at < bytes.length && bytes[at] !== NUL; at++) {
      const byte = bytes[at]
      if (byte === SLASH) hasSlash = true
      else if (byte === BACKSLASH || byte === TILDE) hasNtfsSign = true
    }
    this.hasSlash = hasSlash
    this.hasNtfsSign = hasNtfsSign
    this.nameEnd = at
    this.#next = at + 1 + this.#oidBytes
    return at > this.nameStart && this.#next <= bytes.length
  }
}
