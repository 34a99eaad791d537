/** Searches objects in the output format of `cat-file --batch` for fixed bytes, without holding an object whole. */
import type { Oid } from '../../kernel/ids.ts'

const LINE_FEED = 0x0a
const MAX_LINE_BYTES = 1024
const HEADER = /^([0-9a-f]{40,64}) [a-z]+ (\d+)$/
const MISSING = / missing$/

interface Needle {
  readonly secret: string
  readonly bytes: Buffer
}

interface Searched {
  readonly oid: Oid
  /** Bytes that are still to come, and the line feed behind them. */
  left: number
  needles: readonly Needle[]
  /** The end of what was searched, where a needle may begin. */
  tail: Buffer
}

export class BatchSearch {
  /** Which of the secrets each object holds. */
  readonly found = new Map<Oid, Set<string>>()
  readonly #wanted: ReadonlyMap<Oid, ReadonlySet<string>>
  #line = Buffer.alloc(0)
  #object: Searched | null = null

  /** @param wanted by object: texts with one character for each byte, none of them empty */
  constructor(wanted: ReadonlyMap<Oid, ReadonlySet<string>>) {
    this.#wanted = wanted
  }

  /** @throws Error when that is not the format */
  take(piece: Buffer): void {
    let rest = piece
    while (rest.length > 0) rest = this.#object ? this.#search(this.#object, rest) : this.#readLine(rest)
  }

  #readLine(bytes: Buffer): Buffer {
    const end = bytes.indexOf(LINE_FEED)
    this.#line = Buffer.concat([this.#line, end < 0 ? bytes : bytes.subarray(0, end)])
    if (this.#line.length > MAX_LINE_BYTES) throw new Error('cat-file: line too long')
    if (end < 0) return bytes.subarray(bytes.length)
    const line = this.#line.toString('latin1')
    this.#line = Buffer.alloc(0)
    if (!MISSING.test(line)) this.#begin(line)
    return bytes.subarray(end + 1)
  }

  #begin(line: string): void {
    const [, oid, size] = HEADER.exec(line) ?? []
    if (oid === undefined) throw new Error('cat-file: unexpected line')
    const needles = [...(this.#wanted.get(oid as Oid) ?? [])].map((secret) => {
      return { secret, bytes: Buffer.from(secret, 'latin1') }
    })
    this.#object = { oid: oid as Oid, left: Number(size) + 1, needles, tail: Buffer.alloc(0) }
  }

  #search(object: Searched, bytes: Buffer): Buffer {
    const part = bytes.subarray(0, object.left)
    object.left -= part.length
    const window = Buffer.concat([object.tail, part])
    object.needles = object.needles.filter(({ secret, bytes: needle }) => {
      if (!window.includes(needle)) return true
      this.found.set(object.oid, (this.found.get(object.oid) ?? new Set()).add(secret))
      return false
    })
    const longest = Math.max(0, ...object.needles.map(({ bytes: needle }) => needle.length - 1))
    object.tail = longest === 0 ? Buffer.alloc(0) : Buffer.from(window.subarray(-longest))
    if (object.left === 0) this.#object = null
    return bytes.subarray(part.length)
  }
}
