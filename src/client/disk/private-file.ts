/** A file that one user alone may read and nobody else can have written. Node.js only. */
import { constants } from 'node:fs'
import { lstat, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

const MAX_BYTES = 1024 * 1024
const OTHERS = 0o077
const OTHERS_WRITE = 0o022

/**
 * `null` for anything that is not to be believed: no file, one that is somebody else's or that others
 * may read or write, a link, a pipe, one too large.
 *
 * @throws what the file system says
 */
export async function readPrivateFile(path: string): Promise<string | null> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
  await using file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  const stat = await file.stat()
  if (!stat.isFile() || !isOurs(stat) || (stat.mode & OTHERS) !== 0 || stat.size > MAX_BYTES) return null
  return await file.readFile('utf8')
}

/**
 * Replaces it whole: whoever reads at the same time sees the old or the new one. For one writer at a time.
 *
 * @throws what the file system says
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const aside = `${path}.new`
  await rm(aside, { force: true }) // of a writer that died
  try {
    await writeNew(aside, text)
    await rename(aside, path)
  } catch (error) {
    await rm(aside, { force: true })
    throw error
  }
}

async function writeNew(path: string, text: string): Promise<void> {
  await using file = await open(path, 'wx', 0o600)
  await file.writeFile(text)
  await file.sync()
}

/** Makes the directory of a file. `false`: others may put files there, so nothing in it can be believed. */
export async function hasPrivateDirectory(path: string): Promise<boolean> {
  const directory = dirname(path)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const stat = await lstat(directory)
  return stat.isDirectory() && isOurs(stat) && (stat.mode & OTHERS_WRITE) === 0
}

/** Windows has no owners and modes of this kind; its profile directories are private. */
function isOurs({ uid }: { readonly uid: number }): boolean {
  return process.getuid === undefined || uid === process.getuid()
}
