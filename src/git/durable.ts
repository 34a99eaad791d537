/** Forcing files and directories to disk. @see fsync(2): a new name is only safe once its directory is synced */
import { closeSync, fsync, openSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { promisify } from 'node:util'

const fsyncAsync = promisify(fsync)
/** File descriptors are few: 1,024 in many places. */
const MAX_OPEN = 128

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

/**
 * Makes a file with content that is on disk; its name is not until the directory is synced.
 *
 * @throws Error `EEXIST`
 */
export async function writeNewFile(path: string, content: string): Promise<void> {
  const handle = await open(path, 'wx', 0o644)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
}
