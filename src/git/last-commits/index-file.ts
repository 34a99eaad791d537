/**
 * The last commits of all paths of one head, in a file beside the commit-graph: what costs a walk through the
 * whole history is found with a few reads, also after a restart. It only says again what the objects say, so it
 * may be deleted at any time. Written by write-index.ts.
 *
 *     records of directories, see index-record.ts
 *     table: SHA-1 of a directory's path -> place of its record
 *     table: id of a first parent of the head -> its place on that line
 *     trailer, see index-trailer.ts
 */
import { createHash } from 'node:crypto'
import { open, type FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import type { ObjectFormat, Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { readAt } from '../objects/read-at.ts'
import type { EntryKey, PathKey } from './entry-key.ts'
import { parseRecord, recordBytes, type DirectoryRecord, type LastTouch } from './index-record.ts'
import { parseTrailer, TRAILER_BYTES, type Trailer } from './index-trailer.ts'
import { findSlot, slotsOf, tableBytes } from './slot-table.ts'

const CHECKED_AT_ONCE = 1024 * 1024
const FIRST_READ_BYTES = 4096

export function indexPath({ path }: Pick<RepoHandle, 'path'>): string {
  return `${path}/objects/info/last-commits`
}

export function pathHash(directory: PathKey): Buffer {
  return createHash('sha1').update(directory, 'latin1').digest()
}

/** @returns `null` where there is none, or one that is cut off, damaged, or of another version; dispose what is returned */
export async function openIndexFile(repo: RepoHandle): Promise<LastCommitsFile | null> {
  const handle = await open(indexPath(repo), 'r').catch(unlessAbsent)
  if (handle === null) return null
  const trailer = await readTrailer(handle, repo.objectFormat).catch(() => null)
  if (trailer !== null) return new LastCommitsFile(handle, repo.objectFormat, trailer)
  await handle.close()
  return null
}

export class LastCommitsFile implements AsyncDisposable {
  readonly #handle: FileHandle
  readonly #format: ObjectFormat
  readonly #trailer: Trailer

  /** Not for direct use: see `openIndexFile`. */
  constructor(handle: FileHandle, format: ObjectFormat, trailer: Trailer) {
    this.#handle = handle
    this.#format = format
    this.#trailer = trailer
  }

  get head(): Oid {
    return this.#trailer.head
  }

  get directoryCount(): number {
    return this.#trailer.directories
  }

  /** How many commits behind the head, by first parents; `null` when it is none of those. Blocking, some µs. */
  depthOf(commit: Oid): number | null {
    if (this.#isClosed) return null
    const { lineAt, commits } = this.#trailer
    return findSlot(this.#handle.fd, { at: lineAt, count: commits }, Buffer.from(commit, 'hex'))
  }

  /** `null`: nothing is known of it. Blocking, as above. */
  touchesIn(directory: PathKey): ReadonlyMap<EntryKey, LastTouch> | null {
    if (this.#isClosed) return null
    const { directoriesAt, directories } = this.#trailer
    const table = { at: directoriesAt, count: directories }
    const at = findSlot(this.#handle.fd, table, pathHash(directory))
    const record = at === null ? null : parseRecord(this.#recordAt(at), this.#format)
    return record?.directory === directory ? record.touches : null
  }

  /** All of them, one after the other. */
  *records(): Generator<DirectoryRecord> {
    for (let at = 0; at < this.#trailer.directoriesAt;) {
      const record = this.#recordAt(at)
      at += record.length
      yield parseRecord(record, this.#format)
    }
  }

  /** The first parents of the head, and it, in no order. `key`: the start of an id. */
  line(): {
    readonly count: number
    readonly slots: Iterable<{ readonly key: Buffer; readonly value: number }>
  } {
    const { lineAt, commits } = this.#trailer
    return { count: commits, slots: slotsOf(readAt(this.#handle.fd, lineAt, tableBytes(commits))) }
  }

  /** Whoever still asks learns nothing. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close()
  }

  /** Node takes the descriptor away in the moment in which it begins to close. */
  get #isClosed(): boolean {
    return this.#handle.fd < 0
  }

  #recordAt(at: number): Buffer {
    const start = readAt(this.#handle.fd, at, FIRST_READ_BYTES)
    const length = recordBytes(start)
    return length <= start.length ? start.subarray(0, length) : readAt(this.#handle.fd, at, length)
  }
}

/** Reads the whole file once, piece by piece: what a crash or a disk has made of it is never believed. */
async function readTrailer(handle: FileHandle, format: ObjectFormat): Promise<Trailer | null> {
  const { size } = await handle.stat()
  const end = size - TRAILER_BYTES
  const trailer = end < 0 ? null : parseTrailer(await readWhole(handle, end, TRAILER_BYTES), format)
  if (trailer === null || trailer.lineAt + tableBytes(trailer.commits) !== end) return null
  if (trailer.directoriesAt + tableBytes(trailer.directories) !== trailer.lineAt) return null
  let checksum = 0
  for (let at = 0; at < end; at += CHECKED_AT_ONCE) {
    checksum = crc32(await readWhole(handle, at, Math.min(CHECKED_AT_ONCE, end - at)), checksum)
  }
  return checksum === trailer.checksum ? trailer : null
}

async function readWhole(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length)
  for (let filled = 0; filled < length;) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, position + filled)
    if (bytesRead === 0) throw new RangeError('the file is shorter than it was')
    filled += bytesRead
  }
  return bytes
}

function unlessAbsent(err: unknown): null {
  if ((err as NodeJS.ErrnoException).code === 'ENOENT') return null
  throw err
}
