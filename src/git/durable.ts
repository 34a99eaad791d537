/** Forcing files and directories to disk. @see fsync(2): a new name is only safe once its directory is synced */
import { closeSync, fsync, openSync, write, writeSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { promisify } from 'node:util'

const fsyncAsync = promisify(fsync)
const writeAsync = promisify(write)
/** File descriptors are few: 1,024 in many places. */
const MAX_OPEN = 128
/** The kernel takes that much without waiting for the disk, and sooner than a thread of libuv would begin. */
export const SMALL_BYTES = 64 * 1024

/** Also for directories. A path that is gone by now needs nothing. */
export async function syncPath(path: string): Promise<void> {
  const fd = openIfThere(path)
  if (fd === null) return
  try {
    await fsyncAsync(fd)
  } finally {
    closeSync(fd)
  }
}

/** What is to be synced was written a moment ago: opening it needs no disk, and no thread. */
function openIfThere(path: string): number | null {
  try {
    return openSync(path, 'r')
  } catch (err) {
    const { code } = err as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw err
  }
}

/** Side by side, so that the disk is waited for a few times, however many they are. */
export async function syncPaths(paths: Iterable<string>): Promise<void> {
  const all = [...paths]
  for (let at = 0; at < all.length; at += MAX_OPEN)
    await Promise.all(all.slice(at, at + MAX_OPEN).map(syncPath))
}

/** Makes a read-only file whose bytes are on disk; its name is not until the directory is synced. @throws Error `EEXIST` */
export async function writeSynced(path: string, bytes: Buffer): Promise<void> {
  const fd = openSync(path, 'wx', 0o444)
  try {
    const isSmall = bytes.length <= SMALL_BYTES
    for (let at = 0; at < bytes.length;)
      at += isSmall ? writeSync(fd, bytes, at) : (await writeAsync(fd, bytes, at)).bytesWritten
    await fsyncAsync(fd)
  } finally {
    closeSync(fd)
  }
}

/**
 * Makes a file with content that is on disk; its name is not until the directory is synced. Whole, or not there.
 *
 * @throws Error `EEXIST`
 */
export async function writeNewFile(path: string, content: string): Promise<void> {
  const handle = await open(path, 'wx', 0o644)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } catch (err) {
    await rm(path, { force: true })
    throw err
  } finally {
    await handle.close()
  }
}
