/** Reads the packed-refs file into a RefTable. @see git-pack-refs(1); git's refs/packed-backend.c for the format */
import { readFile } from 'node:fs/promises'
import { type FileState, isSameState, isSettled, readFileState } from './file-state.ts'
import type { ObjectProbe } from '../objects/object-probe.ts'
import type { ScanPace } from './ref-scan-pace.ts'
import { RefTableBuilder } from './ref-table-builder.ts'
import type { RefTable } from './ref-table.ts'

export interface PackedRefs {
  readonly path: string
  /** As it was just before the file was read. */
  readonly state: FileState | null
  readonly settled: boolean
  readonly table: RefTable
}

interface PackedRecord {
  readonly oid: string
  readonly name: Buffer
  /** `undefined`: the file does not say. */
  readonly peeled: string | null | undefined
}

const LINE_FEED = 0x0a
const HASH = 0x23
const CARET = 0x5e

/**
 * @param before what an earlier call returned; returned again when nothing has changed
 * @throws Error of the file system
 */
export async function readPackedRefs(
  repo: { readonly path: string; readonly hexLength: number },
  before: PackedRefs | null,
  objects: ObjectProbe,
  pace: ScanPace,
): Promise<PackedRefs> {
  const path = `${repo.path}/packed-refs`
  const readAtMs = Date.now()
  const state = readFileState(path)
  if (before?.settled === true && isSameState(before.state, state)) return before
  const table = await readTable(
    state === null ? Buffer.alloc(0) : await read(path),
    repo.hexLength,
    objects,
    pace,
  )
  return { path, state, settled: isSettled(state, readAtMs), table }
}

async function readTable(
  file: Buffer,
  hexLength: number,
  objects: ObjectProbe,
  pace: ScanPace,
): Promise<RefTable> {
  const builder = new RefTableBuilder(hexLength, file.length + (file.length >> 3))
  for (const { oid, name, peeled } of inOrder(file, hexLength)) {
    if (pace.isOver()) await pace.rest()
    builder.add(oid, name, peeled === undefined ? objects.peel(oid) : peeled)
  }
  return builder.build()
}

function inOrder(file: Buffer, hexLength: number): Iterable<PackedRecord> {
  const records = packedRecords(file, hexLength)
  if (headerOf(file).includes(' sorted ')) return records
  return [...records].sort((a, b) => a.name.compare(b.name))
}

/** `# pack-refs with: peeled fully-peeled sorted `, its words between spaces, or an empty string. */
function headerOf(file: Buffer): string {
  if (file[0] !== HASH) return ''
  return `${file.toString('latin1', 0, endOfLine(file, 0))} `
}

/** Names are views into `file`. */
function* packedRecords(file: Buffer, hexLength: number): Generator<PackedRecord> {
  const unpeeled = defaultPeeled(headerOf(file))
  let at = file[0] === HASH ? endOfLine(file, 0) + 1 : 0
  while (at < file.length) {
    const end = endOfLine(file, at)
    const oid = file.toString('latin1', at, at + hexLength)
    const name = file.subarray(at + hexLength + 1, end)
    at = end + 1
    if (file[at] === CARET) {
      yield { oid, name, peeled: file.toString('latin1', at + 1, at + 1 + hexLength) }
      at = endOfLine(file, at) + 1
    } else yield { oid, name, peeled: unpeeled(name) }
  }
}

const TAGS = Buffer.from('refs/tags/')

/** What it means that no `^` line follows a ref: that it does not peel, or nothing. */
function defaultPeeled(header: string): (name: Buffer) => null | undefined {
  if (header.includes(' fully-peeled ')) return () => null
  if (!header.includes(' peeled ')) return () => undefined
  return (name) => (name.subarray(0, TAGS.length).equals(TAGS) ? null : undefined)
}

function endOfLine(file: Buffer, at: number): number {
  const end = file.indexOf(LINE_FEED, at)
  return end < 0 ? file.length : end
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0)
    throw err
  }
}
