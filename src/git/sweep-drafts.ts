/** Removes, at the start, half-made and half-removed repositories that a crash left behind; see storage.ts. */
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isDraft } from './storage.ts'

const SHARD = /^[0-9a-f]{2}$/

/**
 * @param root of the repositories
 * @param olderThanMs leaves alone what another server may still be at work on; 0 when there is none
 * @returns names of what was removed
 */
export async function sweepDrafts(root: string, olderThanMs: number): Promise<string[]> {
  const removed: string[] = []
  for (const shard of (await readdir(root)).filter((name) => SHARD.test(name))) {
    for (const name of (await readdir(join(root, shard))).filter(isDraft)) {
      const path = join(root, shard, name)
      if (!(await isOlder(path, olderThanMs))) continue
      await rm(path, { recursive: true, force: true })
      removed.push(name)
    }
  }
  return removed
}

/** What is gone by now is somebody else's work. */
async function isOlder(path: string, ms: number): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).mtimeMs >= ms
  } catch {
    return false
  }
}
