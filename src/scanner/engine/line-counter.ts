/** Lines and columns of offsets in an object of which only a part is held. */

const NEWLINE = 0x0a

interface Position {
  /** Offset in the object. */
  readonly at: number
  readonly newlines: number
  readonly lineStart: number
}

export class LineCounter {
  /** Where what is held begins. */
  #passed: Position = { at: 0, newlines: 0, lineStart: 0 }
  /** What was located last: findings come nearly in order. */
  #last: Position = this.#passed

  /**
   * Line and column of an offset, both from 1.
   *
   * @param bytes what is held of the object, from its offset `base` on
   */
  locate(bytes: Buffer, base: number, offset: number): { line: number; column: number } {
    this.#last = count(bytes, base, offset >= this.#last.at ? this.#last : this.#passed, offset)
    return { line: this.#last.newlines + 1, column: offset - this.#last.lineStart + 1 }
  }

  /** Before what is held up to there is given up. */
  pass(bytes: Buffer, base: number, offset: number): void {
    this.#passed = count(bytes, base, this.#passed, offset)
    if (this.#last.at < offset) this.#last = this.#passed
  }
}

function count(bytes: Buffer, base: number, from: Position, offset: number): Position {
  let { newlines, lineStart } = from
  for (let i = from.at - base; i < offset - base; i++) {
    if (bytes[i] !== NEWLINE) continue
    newlines++
    lineStart = base + i + 1
  }
  return { at: offset, newlines, lineStart }
}
