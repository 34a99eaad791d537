/**
 * The parts of a commit-graph file, and whether they can be what they claim.
 *
 * @see gitformat-commit-graph(5), gitformat-chunk(5)
 */
import type { ObjectFormat } from '../../kernel/ids.ts'

/** Reads bytes of the file; fewer at its end. */
export type ReadBytes = (at: number, length: number) => Buffer

export interface Chunk {
  readonly at: number
  readonly length: number
}

export interface ChunkTable {
  /** Graphs that this one stands on. */
  readonly bases: number
  /** By their four letters. */
  readonly chunks: ReadonlyMap<string, Chunk>
}

const MAGIC = 'CGPH'
const VERSION = 1
const HEADER_BYTES = 8
const ROW_BYTES = 12
const HASH_VERSIONS = { sha1: 1, sha256: 2 } as const

/** @returns `null` for what is no graph of that format, or one that does not fit into its file */
export function readChunkTable(read: ReadBytes, size: number, format: ObjectFormat): ChunkTable | null {
  const header = read(0, HEADER_BYTES)
  if (header.length < HEADER_BYTES || header.toString('latin1', 0, 4) !== MAGIC) return null
  const [version, hash, count = 0, bases = 0] = header.subarray(4)
  if (version !== VERSION || hash !== HASH_VERSIONS[format]) return null
  const rows = read(HEADER_BYTES, (count + 1) * ROW_BYTES)
  if (rows.length < (count + 1) * ROW_BYTES) return null
  const chunks = new Map<string, Chunk>()
  for (let row = 0; row < rows.length - ROW_BYTES; row += ROW_BYTES) {
    const at = Number(rows.readBigUInt64BE(row + 4))
    const length = Number(rows.readBigUInt64BE(row + ROW_BYTES + 4)) - at
    if (length < 0 || at + length > size) return null
    chunks.set(rows.toString('latin1', row, row + 4), { at, length })
  }
  return { bases, chunks }
}
