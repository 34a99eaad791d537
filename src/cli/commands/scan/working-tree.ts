/** Files as they lie in a work tree, tracked or not, but for ignored ones. Links are read, not followed. */
import { constants } from 'node:fs'
import { lstat, open, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { records } from './records.ts'
import type { Git } from './repository.ts'
import type { Batch, Source } from './source.ts'

interface TreeFile {
  readonly path: string
  /** Names it in the scan; no id that git knows. */
  readonly oid: string
  readonly bytes: number
  readonly link: boolean
}

const BATCH_FILES = 1_024

/** @param top of the work tree, where git runs */
export async function workingTreeSource(git: Git, top: string): Promise<Source> {
  const listed = await records(git(['ls-files', '-z', '--cached', '--others', '--exclude-standard']), '\0')
  const paths = [...new Set(listed)]
  const files = (await Promise.all(paths.map((path, i) => fileAt(top, path, i)))).flat()
  return {
    size: () =>
      Promise.resolve({ objects: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) }),
    batches: () => batchesOf(top, files),
    types: (oids) => Promise.resolve(new Map(oids.map((oid) => [oid, 'blob']))),
    async *paths() {
      yield files.map(({ path, oid }) => ({ path, oid, commit: null }))
    },
  }
}

/** @returns nothing where there is no file: deleted, or a submodule */
async function fileAt(top: string, path: string, number: number): Promise<TreeFile[]> {
  const found = await lstat(join(top, path)).catch(() => null)
  const link = found?.isSymbolicLink() ?? false
  if (!found || (!found.isFile() && !link)) return []
  return [{ path, oid: number.toString(16).padStart(40, '0'), bytes: found.size, link }]
}

async function* batchesOf(top: string, files: readonly TreeFile[]): AsyncGenerator<Batch> {
  for (let at = 0; at < files.length; at += BATCH_FILES) {
    const some = files.slice(at, at + BATCH_FILES)
    yield { objects: some.length, contents: () => contentsOf(top, some) }
  }
}

async function* contentsOf(top: string, files: readonly TreeFile[]): AsyncGenerator<Buffer> {
  for (const file of files) {
    yield Buffer.from(`${file.oid} blob ${file.bytes}\n`)
    yield* file.link ? linkText(top, file) : fileText(top, file)
    yield Buffer.from('\n')
  }
}

async function* linkText(top: string, { path, bytes }: TreeFile): AsyncGenerator<Buffer> {
  const text = Buffer.from(await readlink(join(top, path)).catch(() => ''))
  yield Buffer.concat([text, Buffer.alloc(bytes)], bytes)
}

/** As many bytes as were announced: a file may change, or go, while it is read. */
async function* fileText(top: string, { path, bytes }: TreeFile): AsyncGenerator<Buffer> {
  const file = await open(join(top, path), constants.O_RDONLY | constants.O_NOFOLLOW).catch(failUnlessGone)
  let left = bytes
  if (file !== null && left > 0) {
    for await (const chunk of file.createReadStream({ end: left - 1 }) as AsyncIterable<Buffer>) {
      left -= chunk.length
      yield chunk
    }
  } else await file?.close()
  for (; left > 0; left -= FILLING.length) yield FILLING.subarray(0, left)
}

const FILLING = Buffer.alloc(65_536)

/** What cannot be read was not scanned, and must not pass for clean. */
function failUnlessGone(err: NodeJS.ErrnoException): null {
  if (err.code === 'ENOENT' || err.code === 'ELOOP') return null
  throw err
}
