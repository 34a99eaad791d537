/**
 * One file of a commit-graph: commits by number, their parents by number too. Says nothing of whether an object is
 * there. Not for a chain of such files: see commit-graph.ts.
 *
 * @see gitformat-commit-graph(5)
 */
import { closeSync, fstatSync, openSync } from 'node:fs'
import type { ObjectFormat, Oid } from '../../kernel/ids.ts'
import { readAt } from '../objects/read-at.ts'
import { ChangedPaths, type PathProbe } from './changed-paths.ts'
import { readChunkTable, type Chunk, type ChunkTable, type ReadBytes } from './chunk-table.ts'

export interface GraphRow {
  readonly tree: Oid
  /** Numbers in the whole chain. */
  readonly parents: readonly number[]
  readonly seconds: number
  readonly generation: number
}

/** Read whole into memory up to this size; of a larger one only what is asked for. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024
const FANOUT_BYTES = 256 * 4
const NUMBER_BYTES = 4
/** Of a row, behind the id of the tree: two parents, then generation and time. */
const ROW_NUMBERS_BYTES = 16
const NO_PARENT = 0x7000_0000
/** Of the second parent: there are more than two, listed elsewhere. Of a list: its end. */
const FLAG = 0x8000_0000

interface Chunks {
  readonly fanout: Chunk
  readonly names: Chunk
  readonly rows: Chunk
  readonly edges: Chunk | null
}

export class GraphFile implements Disposable {
  readonly bases: number
  readonly count: number
  readonly #fd: number
  readonly #read: ReadBytes
  readonly #chunks: Chunks
  readonly #changed: ChangedPaths | null
  readonly #oidBytes: number

  private constructor(
    fd: number,
    read: ReadBytes,
    oidBytes: number,
    table: { bases: number; chunks: Chunks; all: ChunkTable['chunks'] },
  ) {
    this.#fd = fd
    this.#read = read
    this.#oidBytes = oidBytes
    this.#chunks = table.chunks
    this.bases = table.bases
    this.count = table.chunks.names.length / oidBytes
    this.#changed = ChangedPaths.open(read, table.all, this.count)
  }

  /** @returns `null` for what is none that can be read. @throws Error `ENOENT` */
  static open(path: string, format: ObjectFormat): GraphFile | null {
    const fd = openSync(path, 'r')
    const { size } = fstatSync(fd)
    const whole = size <= MAX_KEPT_BYTES ? readAt(fd, 0, size) : null
    const read: ReadBytes = (at, length) => whole?.subarray(at, at + length) ?? readAt(fd, at, length)
    const oidBytes = format === 'sha1' ? 20 : 32
    const table = readChunkTable(read, size, format)
    const chunks = table && knownChunks(table.chunks, read, oidBytes)
    if (table !== null && chunks !== null) {
      return new GraphFile(fd, read, oidBytes, { bases: table.bases, chunks, all: table.chunks })
    }
    closeSync(fd)
    return null
  }

  /** Number in this file. `oid` is binary. */
  find(oid: Buffer): number | null {
    const first = oid[0] as number
    let low = first === 0 ? 0 : this.#upTo(first - 1)
    let high = this.#upTo(first)
    const bytes = this.#oidBytes
    const [start, names] = [low, this.#read(this.#chunks.names.at + low * bytes, (high - low) * bytes)]
    while (low < high) {
      const middle = (low + high) >>> 1
      const at = (middle - start) * bytes
      const order = oid.compare(names, at, at + bytes)
      if (order === 0) return middle
      if (order < 0) high = middle
      else low = middle + 1
    }
    return null
  }

  /** @param number below `count` */
  oidAt(number: number): Oid {
    const { at } = this.#chunks.names
    return this.#read(at + number * this.#oidBytes, this.#oidBytes).toString('hex') as Oid
  }

  /** @throws RangeError on what no graph says */
  rowAt(number: number): GraphRow {
    const bytes = this.#oidBytes + ROW_NUMBERS_BYTES
    const row = this.#read(this.#chunks.rows.at + number * bytes, bytes)
    const numbers = row.subarray(this.#oidBytes)
    const high = numbers.readUInt32BE(8)
    return {
      tree: row.toString('hex', 0, this.#oidBytes) as Oid,
      parents: this.#parents(numbers.readUInt32BE(0), numbers.readUInt32BE(4)),
      generation: high >>> 2,
      seconds: (high & 3) * 2 ** 32 + numbers.readUInt32BE(12),
    }
  }

  /** Does the commit perhaps differ from its first parent at one of the paths? `false` is sure. */
  mayHaveChanged(number: number, paths: readonly PathProbe[]): boolean {
    const changed = this.#changed
    return changed === null || paths.some((path) => changed.mayHave(number, path))
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd)
  }

  #parents(first: number, second: number): readonly number[] {
    if (first === NO_PARENT) return []
    if (second === NO_PARENT) return [first]
    if (second < FLAG) return [first, second]
    return [first, ...this.#edges(second - FLAG)]
  }

  *#edges(start: number): Generator<number> {
    const { edges } = this.#chunks
    for (let at = start; ; at++) {
      if (edges === null || (at + 1) * NUMBER_BYTES > edges.length) throw new RangeError('no such edge')
      const edge = this.#read(edges.at + at * NUMBER_BYTES, NUMBER_BYTES).readUInt32BE()
      yield edge < FLAG ? edge : edge - FLAG
      if (edge >= FLAG) return
    }
  }

  /** How many commits have a name whose first byte is at most `first`. */
  #upTo(first: number): number {
    return this.#read(this.#chunks.fanout.at + first * NUMBER_BYTES, NUMBER_BYTES).readUInt32BE()
  }
}

/** @returns `null` where one is missing, or their lengths do not fit each other */
function knownChunks(chunks: ReadonlyMap<string, Chunk>, read: ReadBytes, oidBytes: number): Chunks | null {
  const [fanout, names, rows] = [chunks.get('OIDF'), chunks.get('OIDL'), chunks.get('CDAT')]
  if (fanout?.length !== FANOUT_BYTES || !names || !rows) return null
  const counts = read(fanout.at, FANOUT_BYTES)
  const count = counts.readUInt32BE(FANOUT_BYTES - NUMBER_BYTES)
  for (let at = NUMBER_BYTES; at < FANOUT_BYTES; at += NUMBER_BYTES) {
    if (counts.readUInt32BE(at) < counts.readUInt32BE(at - NUMBER_BYTES)) return null
  }
  if (names.length !== count * oidBytes || rows.length !== count * (oidBytes + ROW_NUMBERS_BYTES)) return null
  return { fanout, names, rows, edges: chunks.get('EDGE') ?? null }
}
