/**
 * The part of a diff that holds the patches, parted by file as it comes. Within a hunk every line begins
 * with a blank, `+`, `-` or `\`, and names are quoted, so a line `diff --git …` begins a section.
 *
 * @see git-diff-tree(1), GENERATING PATCH TEXT WITH -P
 */

export interface PatchLimits {
  /** Bytes kept of one file, and of all together. */
  readonly maxFileBytes: number
  readonly maxBytes: number
}

export interface PatchText {
  readonly text: string
  readonly truncated: boolean
}

interface Kept {
  readonly chunks: Buffer[]
  bytes: number
  truncated: boolean
}

const SECTION = Buffer.from('\ndiff --git ')
const LINE_FEED = 0x0a

export class PatchTexts {
  readonly #limits: PatchLimits
  /** One for each file, in order. */
  readonly #kept: readonly Kept[]
  /** The file of each section that is to come, the next one last. */
  readonly #sections: Kept[]
  #current: Kept | null = null
  /** What may be the beginning of `SECTION`. The first section begins a line, too. */
  #rest = Buffer.from('\n')
  #first = true
  #bytes = 0

  /** @param sections how many each file has, in git's order */
  constructor(sections: readonly number[], limits: PatchLimits) {
    this.#limits = limits
    this.#kept = sections.map(() => ({ chunks: [], bytes: 0, truncated: false }))
    this.#sections = sections.flatMap((count, i) => Array<Kept>(count).fill(this.#kept[i] as Kept)).reverse()
  }

  /** @returns `false` when no more is wanted */
  take(chunk: Buffer): boolean {
    const bytes = Buffer.concat([this.#rest, chunk])
    let start = 0
    for (let at = bytes.indexOf(SECTION); at >= 0; at = bytes.indexOf(SECTION, at + 1)) {
      this.#keep(bytes.subarray(start, at + 1))
      this.#current = this.#sections.pop() ?? null
      start = at + 1
    }
    const end = Math.max(start, bytes.length - SECTION.length + 1)
    this.#keep(bytes.subarray(start, end))
    this.#rest = bytes.subarray(end)
    return this.#bytes < this.#limits.maxBytes
  }

  /**
   * One for each file.
   *
   * @param whole git has said all: then no section may be missing
   */
  end(whole: boolean): readonly PatchText[] {
    this.#keep(this.#rest)
    if (whole && this.#sections.length > 0) throw new Error('a file of the diff has no patch')
    if (!whole) for (const kept of [...this.#sections, this.#current]) if (kept) kept.truncated = true
    return this.#kept.map((kept) => ({ text: textOf(kept), truncated: kept.truncated }))
  }

  #keep(bytes: Buffer): void {
    if (this.#first && bytes.length > 0) {
      this.#first = false
      return this.#keep(bytes.subarray(1)) // the line feed of ours
    }
    const kept = this.#current
    if (kept === null || bytes.length === 0) return
    const { maxFileBytes, maxBytes } = this.#limits
    const room = kept.truncated ? 0 : Math.min(maxFileBytes - kept.bytes, maxBytes - this.#bytes)
    const taken = bytes.subarray(0, room)
    if (taken.length < bytes.length) kept.truncated = true
    if (taken.length > 0) kept.chunks.push(taken)
    kept.bytes += taken.length
    this.#bytes += taken.length
  }
}

/** What was cut ends with its last whole line, or else its last whole character. */
function textOf({ chunks, truncated }: Kept): string {
  const bytes = Buffer.concat(chunks)
  if (!truncated) return bytes.toString()
  const line = bytes.lastIndexOf(LINE_FEED) + 1
  return line > 0 ? bytes.toString('utf8', 0, line) : bytes.toString().replace(/\ufffd$/, '')
}
