/**
 * Looks single refs up in packed-refs by binary search, in a file that is kept while its stat
 * stands. For whole lists see ref-snapshot.ts. @see git-pack-refs(1)
 */
import { readFile } from 'node:fs/promises'
import { LRUCache } from 'lru-cache'
import type { RefName } from '../../kernel/ids.ts'
import { isSameState, isSettled, readFileState, type FileState } from './file-state.ts'

const MAX_CACHE_BYTES = 64 * 1024 * 1024
const LINE_FEED = 0x0a
const SPACE = 0x20
const HASH = 0x23
const CARET = 0x5e

interface Entry {
  readonly state: FileState | null
  readonly file: PackedFile
}

export class PackedRefLookup {
  readonly #files = new LRUCache<string, Entry>({
    maxSize: MAX_CACHE_BYTES,
    sizeCalculation: (entry) => entry.file.bytes.length + 256,
  })

  /** The packed-refs of a repository as it is now. */
  async open(repoPath: string): Promise<PackedFile> {
    const path = `${repoPath}/packed-refs`
    const readAtMs = Date.now()
    const state = readFileState(path)
    const kept = this.#files.get(path)
    if (kept && isSameState(kept.state, state)) return kept.file
    const file = new PackedFile(state === null ? Buffer.alloc(0) : await read(path))
    if (isSettled(state, readAtMs)) this.#files.set(path, { state, file })
    return file
  }
}

export class PackedFile {
  readonly bytes: Buffer
  readonly #firstLine: number
  readonly #sorted: boolean

  constructor(bytes: Buffer) {
    this.bytes = bytes
    this.#firstLine = bytes[0] === HASH ? endOfLine(bytes, 0) + 1 : 0
    this.#sorted = `${bytes.toString('latin1', 0, this.#firstLine).trimEnd()} `.includes(' sorted ')
  }

  /** Object id of a ref, or `null`. */
  find(ref: RefName): string | null {
    const name = Buffer.from(ref)
    return this.#sorted ? this.#search(name) : this.#scan(name)
  }

  /** Refs it holds, counted no further than `limit`. */
  count(limit: number): number {
    let count = 0
    for (
      let at = this.#firstLine;
      at < this.bytes.length && count < limit;
      at = endOfLine(this.bytes, at) + 1
    )
      if (this.bytes[at] !== CARET) count++
    return count
  }

  #search(name: Buffer): string | null {
    let low = this.#firstLine
    let high = this.bytes.length
    while (low < high) {
      const at = this.#startOfRecord((low + high) >>> 1)
      const { oid, order, next } = this.#compare(at, name)
      if (order === 0) return oid
      if (order < 0) low = next
      else high = at
    }
    return null
  }

  /** Start of the ref line that `at` is in, or of the one that a `^` line belongs to. */
  #startOfRecord(at: number): number {
    let start = startOfLine(this.bytes, at)
    while (start > this.#firstLine && this.bytes[start] === CARET) start = startOfLine(this.bytes, start - 1)
    return start
  }

  #compare(at: number, name: Buffer): { oid: string; order: number; next: number } {
    const end = endOfLine(this.bytes, at)
    const space = this.bytes.indexOf(SPACE, at)
    let next = end + 1
    while (this.bytes[next] === CARET) next = endOfLine(this.bytes, next) + 1
    const order = this.bytes.compare(name, 0, name.length, space + 1, end)
    return { oid: this.bytes.toString('latin1', at, space), order, next }
  }

  #scan(name: Buffer): string | null {
    for (let at = this.#firstLine; at < this.bytes.length;) {
      const { oid, order, next } = this.#compare(at, name)
      if (order === 0) return oid
      at = next
    }
    return null
  }
}

function endOfLine(file: Buffer, at: number): number {
  const end = file.indexOf(LINE_FEED, at)
  return end < 0 ? file.length : end
}

function startOfLine(file: Buffer, at: number): number {
  return at === 0 ? 0 : file.lastIndexOf(LINE_FEED, at - 1) + 1
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0)
    throw err
  }
}
