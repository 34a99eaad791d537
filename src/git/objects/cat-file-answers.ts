/** Cuts the output of `cat-file --batch-command` into answers, however it is split into chunks. */
import { isObjectType, type ObjectType } from './object-type.ts'

export interface AnswerHeader {
  readonly oid: string
  readonly type: ObjectType
  readonly size: number
}

export interface Answer {
  /** `null`: there is no such object. */
  readonly header: AnswerHeader | null
  /** `null` when none was asked for, or when it was too big. */
  readonly content: Buffer | null
}

const LINE_FEED = 0x0a
const MAX_LINE_BYTES = 64 * 1024
const HEADER = /^([0-9a-f]{40,64}) ([a-z]+) (\d+)$/
/** Also `ambiguous`, and a path that leads nowhere. */
const ABSENT = / (?:missing|ambiguous|dangling|loop|notdir)$/
/** Content and the line feed behind it. */
const TRAILER_BYTES = 1

type State =
  | { readonly kind: 'header'; readonly line: Buffer }
  | { readonly kind: 'content'; readonly header: AnswerHeader; left: number; readonly kept: Buffer[] | null }

export class CatFileAnswers {
  readonly #expected: () => number | null
  readonly #emit: (answer: Answer) => void
  #state: State = { kind: 'header', line: Buffer.alloc(0) }

  /**
   * @param expected how many bytes of content the next answer may have to be kept; `null`: it has none
   * @param emit called once for each answer, in order
   */
  constructor(expected: () => number | null, emit: (answer: Answer) => void) {
    this.#expected = expected
    this.#emit = emit
  }

  /** @throws Error when git does not speak as documented */
  take(chunk: Buffer): void {
    let rest = chunk
    while (rest.length > 0) {
      rest =
        this.#state.kind === 'header'
          ? this.#takeHeader(this.#state, rest)
          : this.#takeContent(this.#state, rest)
    }
  }

  #takeHeader({ line }: State & { kind: 'header' }, bytes: Buffer): Buffer {
    const end = bytes.indexOf(LINE_FEED)
    const whole = Buffer.concat([line, end < 0 ? bytes : bytes.subarray(0, end)])
    if (whole.length > MAX_LINE_BYTES) throw new Error('cat-file: line too long')
    if (end < 0) {
      this.#state = { kind: 'header', line: whole }
      return bytes.subarray(bytes.length)
    }
    this.#begin(whole.toString())
    return bytes.subarray(end + 1)
  }

  #begin(line: string): void {
    const header = parseHeader(line)
    const maxBytes = this.#expected()
    if (header === null || maxBytes === null) return this.#finish({ header, content: null })
    const kept = header.size <= maxBytes ? [] : null
    this.#state = { kind: 'content', header, left: header.size + TRAILER_BYTES, kept }
  }

  #takeContent(state: State & { kind: 'content' }, bytes: Buffer): Buffer {
    const part = bytes.subarray(0, state.left)
    state.kept?.push(part)
    state.left -= part.length
    if (state.left === 0) {
      const content = state.kept && Buffer.concat(state.kept).subarray(0, state.header.size)
      this.#finish({ header: state.header, content })
    }
    return bytes.subarray(part.length)
  }

  #finish(answer: Answer): void {
    this.#state = { kind: 'header', line: Buffer.alloc(0) }
    this.#emit(answer)
  }
}

function parseHeader(line: string): AnswerHeader | null {
  const [, oid, type = '', size] = HEADER.exec(line) ?? []
  if (oid !== undefined && isObjectType(type)) return { oid, type, size: Number(size) }
  if (ABSENT.test(line)) return null
  throw new Error(`cat-file: unexpected answer: ${line.slice(0, 100)}`)
}
