/**
 * Bloom filters of the paths that commits change: they say for sure that a commit leaves a path as its first parent
 * has it, or that it may not.
 *
 * @see gitformat-commit-graph(5), BIDX and BDAT; git's bloom.c
 */
import type { Chunk, ReadBytes } from './chunk-table.ts'

/** A path, hashed for all filters. */
export interface PathProbe {
  readonly hashes: readonly [number, number]
}

const SEEDS = [0x293a_e76f, 0x7e64_6e2c] as const
const INDEX_BYTES = 4
/** Version of the hash, number of hashes, bits of a path. */
const HEADER_BYTES = 12
const MAX_HASHES = 64

/** @returns `null` for a path that is not ASCII: the versions of the hash differ there */
export function probePath(path: string): PathProbe | null {
  if (!/^[\x00-\x7f]+$/.test(path)) return null
  const bytes = Buffer.from(path, 'latin1')
  return { hashes: [murmur3(bytes, SEEDS[0]), murmur3(bytes, SEEDS[1])] }
}

export class ChangedPaths {
  readonly #read: ReadBytes
  readonly #index: Chunk
  readonly #data: Chunk
  readonly #hashCount: number

  private constructor(read: ReadBytes, chunks: { index: Chunk; data: Chunk }, hashCount: number) {
    this.#read = read
    this.#index = chunks.index
    this.#data = chunks.data
    this.#hashCount = hashCount
  }

  /** @returns `null` where there are none for so many commits, or of an unknown kind */
  static open(read: ReadBytes, chunks: ReadonlyMap<string, Chunk>, commits: number): ChangedPaths | null {
    const [index, data] = [chunks.get('BIDX'), chunks.get('BDAT')]
    if (!index || !data || index.length !== commits * INDEX_BYTES || data.length < HEADER_BYTES) return null
    const header = read(data.at, HEADER_BYTES)
    const [version, hashCount] = [header.readUInt32BE(0), header.readUInt32BE(4)]
    if ((version !== 1 && version !== 2) || hashCount === 0 || hashCount > MAX_HASHES) return null
    return new ChangedPaths(read, { index, data }, hashCount)
  }

  /** @param number of the commit in its file */
  mayHave(number: number, { hashes: [first, step] }: PathProbe): boolean {
    const filter = this.#filterOf(number)
    if (filter.length === 0) return true // none was made
    const bits = filter.length * 8
    for (let i = 0; i < this.#hashCount; i++) {
      const bit = ((first + Math.imul(i, step)) >>> 0) % bits
      if ((filter[bit >>> 3]! & (1 << (bit & 7))) === 0) return false
    }
    return true
  }

  #filterOf(number: number): Buffer {
    const start = number === 0 ? 0 : this.#endOf(number - 1)
    const end = this.#endOf(number)
    if (start > end || HEADER_BYTES + end > this.#data.length) return Buffer.alloc(0)
    return this.#read(this.#data.at + HEADER_BYTES + start, end - start)
  }

  #endOf(number: number): number {
    return this.#read(this.#index.at + number * INDEX_BYTES, INDEX_BYTES).readUInt32BE()
  }
}

/** @see https://en.wikipedia.org/wiki/MurmurHash#Algorithm, 32 bits */
function murmur3(bytes: Buffer, seed: number): number {
  const blocks = bytes.length >>> 2
  let hash = seed
  for (let block = 0; block < blocks; block++) {
    hash ^= scramble(bytes.readUInt32LE(4 * block))
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe654_6b64) | 0
  }
  let rest = 0
  for (let at = bytes.length - 1; at >= 4 * blocks; at--) rest = (rest << 8) | bytes[at]!
  if (bytes.length % 4 > 0) hash ^= scramble(rest)
  hash ^= bytes.length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

function scramble(block: number): number {
  const mixed = Math.imul(block, 0xcc9e_2d51)
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b87_3593)
}
