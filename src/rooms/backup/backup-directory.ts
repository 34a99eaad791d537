/** The directory of the backups that the server makes by itself: their names, and how many are kept. */
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { PARTIAL } from './draft.ts'

const NAME = /^sluice-(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})-(\d{2})-(\d{3})Z$/

/** Sorted, these names are in order of time. @param at milliseconds since 1970 */
export function backupName(at: number): string {
  return `sluice-${new Date(at).toISOString().replace(/[:.]/g, '-')}`
}

/** When the newest backup was begun; `null`: there is none. */
export async function newestBackup(directory: string): Promise<number | null> {
  const newest = (await wholeOnes(directory)).at(-1)
  return newest === undefined ? null : Date.parse(newest.replace(NAME, '$1T$2:$3:$4.$5Z'))
}

/** Removes what was cut off. Only while none is being made here. */
export async function removePartial(directory: string): Promise<void> {
  for (const name of await namesIn(directory))
    if (name.endsWith(PARTIAL) && NAME.test(name.slice(0, -PARTIAL.length)))
      await rm(join(directory, name), { recursive: true, force: true })
}

/** Removes the oldest ones; none is ever half there under its name. */
export async function keepNewest(directory: string, count: number): Promise<void> {
  for (const name of (await wholeOnes(directory)).slice(0, -count)) {
    const path = join(directory, name)
    await rename(path, path + PARTIAL)
    await rm(path + PARTIAL, { recursive: true, force: true })
  }
}

async function wholeOnes(directory: string): Promise<string[]> {
  return (await namesIn(directory)).filter((name) => NAME.test(name)).sort()
}

async function namesIn(directory: string): Promise<string[]> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  return readdir(directory)
}
