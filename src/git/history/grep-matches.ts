/** The output of `git grep -z -n --column` as matches, parsed as it comes: a line may be as long as a file. */

export interface GrepMatch {
  readonly path: string
  /** The first is 1. */
  readonly line: number
  /** Bytes of the line before the match, and one. */
  readonly column: number
  /** The line, cut at `MAX_TEXT_CHARS`. */
  readonly text: string
}

export const MAX_TEXT_CHARS = 500
/** No character takes more bytes in UTF-8. */
const MAX_TEXT_BYTES = 4 * MAX_TEXT_CHARS
/** Of all fields together: a path may be as long as a pack. */
const MAX_BYTES = 8 * 1024 * 1024
const NUL = 0
const LINE_FEED = 0x0a
/** Path, line and column, each ended by NUL; then the text, ended by a line feed. */
const TEXT_FIELD = 3

export class GrepMatches {
  readonly #limit: number
  readonly #prefix: number
  readonly #matches: GrepMatch[] = []
  /** Fields of the match that is being read. */
  #fields: Buffer[] = []
  #open: Buffer[] = []
  #openBytes = 0
  #bytes = 0

  /** @param prefix bytes before each path: the tree's name and a colon */
  constructor(limit: number, prefix: number) {
    this.#limit = limit
    this.#prefix = prefix
  }

  get found(): readonly GrepMatch[] {
    return this.#matches
  }

  /** @returns `false` when there are more than `limit`, or than fit */
  take(chunk: Buffer): boolean {
    for (let start = 0; start < chunk.length;) {
      if (this.#matches.length === this.#limit || this.#bytes > MAX_BYTES) return false
      const stop = chunk.indexOf(this.#fields.length === TEXT_FIELD ? LINE_FEED : NUL, start)
      this.#keep(chunk.subarray(start, stop < 0 ? chunk.length : stop))
      if (stop < 0) return true
      this.#endField()
      start = stop + 1
    }
    return true
  }

  #keep(bytes: Buffer): void {
    const isText = this.#fields.length === TEXT_FIELD
    const kept = isText ? bytes.subarray(0, Math.max(0, MAX_TEXT_BYTES - this.#openBytes)) : bytes
    if (kept.length === 0) return
    this.#open.push(kept)
    this.#openBytes += kept.length
    this.#bytes += kept.length
  }

  #endField(): void {
    this.#fields.push(Buffer.concat(this.#open))
    this.#open = []
    this.#openBytes = 0
    const [path, line, column, text] = this.#fields
    if (!path || !text) return
    this.#matches.push({
      path: path.toString('utf8', this.#prefix),
      line: Number(line),
      column: Number(column),
      text: Array.from(text.toString()).slice(0, MAX_TEXT_CHARS).join(''),
    })
    this.#fields = []
  }
}
