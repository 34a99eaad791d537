/** Writes a file of last commits: under a temporary name first, so that nobody ever sees half of one. */
import { randomBytes } from 'node:crypto'
import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { indexPath, pathHash } from './index-file.ts'
import { writeRecord, type DirectoryRecord } from './index-record.ts'
import { writeTrailer } from './index-trailer.ts'
import { inSlices } from '../slices.ts'
import { SlotTable } from './slot-table.ts'

export interface IndexContent {
  readonly head: Oid
  /** Each directory once. */
  readonly records: Iterable<DirectoryRecord>
  /** `head` and its first parents: ids, or their beginnings, and how far behind it they are. */
  readonly line: {
    readonly count: number
    readonly slots: Iterable<{ readonly key: Buffer; readonly value: number }>
  }
}

const WRITTEN_AT_ONCE = 256 * 1024

/** Others have their turn meanwhile. @throws the error of the file system: then the old one is still there */
export async function writeIndexFile(repo: RepoHandle, content: IndexContent): Promise<void> {
  const path = indexPath(repo)
  const draft = draftPath(path)
  try {
    const handle = await open(draft, 'wx', 0o644)
    try {
      await writeContent(new CheckedWriter(handle), content)
    } finally {
      await handle.close()
    }
    await rename(draft, path)
  } catch (err) {
    await rm(draft, { force: true })
    throw err
  }
}

/** What a kill leaves is swept with git's own temporary files, which begin so. */
function draftPath(path: string): string {
  return path.replace(/[^/]+$/, (name) => `tmp_${name}_${randomBytes(6).toString('hex')}`)
}

async function writeContent(writer: CheckedWriter, { head, records, line }: IndexContent): Promise<void> {
  const places: { readonly hash: Buffer; readonly at: number }[] = []
  for await (const record of inSlices(records)) {
    places.push({ hash: pathHash(record.directory), at: writer.position })
    await writer.write(writeRecord(record))
  }
  const directoriesAt = writer.position
  const directories = new SlotTable(places.length)
  for (const { hash, at } of places) directories.put(hash, at)
  await writer.write(directories.bytes)
  const lineAt = writer.position
  const commits = new SlotTable(line.count)
  for await (const { key, value } of inSlices(line.slots)) commits.put(key, value)
  await writer.write(commits.bytes)
  await writer.end((checksum) =>
    writeTrailer({
      head,
      ...{ directories: places.length, commits: line.count },
      ...{ directoriesAt, lineAt, checksum },
    }),
  )
}

class CheckedWriter {
  readonly #handle: FileHandle
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #checksum = 0
  position = 0

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  async write(bytes: Buffer): Promise<void> {
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    this.position += bytes.length
    if (this.#waitingBytes >= WRITTEN_AT_ONCE) await this.#flush()
  }

  /** @param trailer of what was written; no part of its own sum */
  async end(trailer: (checksum: number) => Buffer): Promise<void> {
    await this.#flush()
    await this.#handle.appendFile(trailer(this.#checksum))
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#waiting)
    this.#waiting = []
    this.#waitingBytes = 0
    this.#checksum = crc32(bytes, this.#checksum)
    await this.#handle.appendFile(bytes)
  }
}
