/** Reads the output of `git cat-file --batch` from pieces of any size. @see git-cat-file(1), BATCH OUTPUT */

export interface BatchSink {
  begin(oid: string, type: string): void
  /** `last`: the object is complete; each object gets at least one call. */
  data(piece: Buffer, last: boolean): void
}

const NEWLINE = 0x0a
const HEADER = /^((?:[0-9a-f]{40}|[0-9a-f]{64})) (blob|tree|commit|tag) (\d{1,15})$/
const MAX_HEADER = 256
const EMPTY = Buffer.alloc(0)

export class BatchReader {
  readonly #sink: BatchSink
  #header = ''
  /** Of the object, then 1 for the newline behind it; -1 between objects. */
  #left = -1

  constructor(sink: BatchSink) {
    this.#sink = sink
  }

  /** @throws Error: not that format, or an object is missing */
  write(piece: Buffer): void {
    let at = 0
    while (at < piece.length) at = this.#left < 0 ? this.#readHeader(piece, at) : this.#readContent(piece, at)
  }

  /** @throws Error: it ended within an object */
  end(): void {
    if (this.#left >= 0 || this.#header !== '') throw new Error('the objects to be scanned ended early')
  }

  #readHeader(piece: Buffer, from: number): number {
    const newline = piece.indexOf(NEWLINE, from)
    const to = newline < 0 ? piece.length : newline
    this.#header += piece.toString('latin1', from, Math.min(to, from + MAX_HEADER))
    if (this.#header.length > MAX_HEADER) throw new Error('not the output of git cat-file --batch')
    if (newline < 0) return to
    const [, oid, type, bytes] = HEADER.exec(this.#header) ?? []
    if (oid === undefined || type === undefined) {
      throw new Error(`an object cannot be scanned: ${JSON.stringify(this.#header)}`)
    }
    this.#header = ''
    this.#left = Number(bytes) + 1
    this.#sink.begin(oid, type)
    if (this.#left === 1) this.#sink.data(EMPTY, true)
    return to + 1
  }

  #readContent(piece: Buffer, from: number): number {
    const to = Math.min(piece.length, from + this.#left - 1)
    this.#left -= to - from
    if (to > from) this.#sink.data(piece.subarray(from, to), this.#left === 1)
    if (this.#left > 1 || to === piece.length) return to
    if (piece[to] !== NEWLINE) throw new Error('not the output of git cat-file --batch')
    this.#left = -1
    return to + 1
  }
}
