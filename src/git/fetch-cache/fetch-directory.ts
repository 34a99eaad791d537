/** Where answers lie while a server runs. Nothing in it outlives that server; what one leaves is swept. */
import { mkdir, readdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { mayBeRunning } from '../quarantine/instance.ts'

/** What other things on the disk must be left, before an answer may take any of it. */
const MIN_FREE_BYTES = 256 * 1024 * 1024

/**
 * Makes the directory of this server, mode 0700, and removes those of servers that are gone.
 *
 * @param root of the repositories
 * @param instance name of this server
 */
export async function openFetchDirectory(root: string, instance: string): Promise<string> {
  const all = join(root, '.fetches')
  const own = join(all, instance)
  await mkdir(own, { recursive: true, mode: 0o700 })
  for (const other of await readdir(all)) {
    if (!mayBeRunning(other, instance)) await rm(join(all, other), { recursive: true, force: true })
  }
  return own
}

export async function hasRoomFor(directory: string, bytes: number): Promise<boolean> {
  const { bavail, bsize } = await statfs(directory)
  return bavail * bsize - bytes >= MIN_FREE_BYTES
}
