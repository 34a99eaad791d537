/** Puts what git writes to stderr together into lines; git overwrites a line of progress by ending it in CR. */

const LF = 0x0a
const CR = 0x0d
/** A longer line is handed on in pieces, so that what is held stays bounded. */
export const MAX_LINE_BYTES = 4096

export class ProgressLines {
  #partial: Buffer = Buffer.alloc(0)

  /** @returns the lines that `chunk` completes, each with the CR or LF that ends it */
  take(chunk: Buffer): string[] {
    const bytes = Buffer.concat([this.#partial, chunk])
    const lines: string[] = []
    let start = 0
    for (let end = this.#partial.length + 1; end <= bytes.length; end++) {
      const last = bytes[end - 1]
      if (last !== LF && last !== CR && end - start < MAX_LINE_BYTES) continue
      lines.push(bytes.toString('utf8', start, end))
      start = end
    }
    this.#partial = Buffer.from(bytes.subarray(start))
    return lines
  }

  /** What is left at the end: at most one line, ended by LF. */
  end(): string[] {
    const last = this.#partial.toString('utf8')
    this.#partial = Buffer.alloc(0)
    return last === '' ? [] : [`${last}\n`]
  }
}
