/** Moves the objects of a quarantine into the repository, and forces either to disk. */
import { mkdirSync, renameSync } from 'node:fs'
import { mkdir, readdir, rename, rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncPaths } from '../durable.ts'
import { namesIn } from '../names-in.ts'

const FAN_OUT = /^[0-9a-f]{2}$/
const PACK_FILE = /^pack-[0-9a-f]+\.(pack|rev|idx)$/

/** Files of the quarantine and the directories that name them. */
export async function syncObjects(directory: string): Promise<void> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const paths = entries.map((entry) => `${entry.parentPath}/${entry.name}`)
  await syncPaths([directory, ...paths])
}

/**
 * By rename, loose objects first, packs before their index: a reader must never find an index
 * whose pack is missing. What is there already is replaced by the same bytes. May be called again
 * after a crash.
 *
 * @returns directories of the repository that are to be synced
 */
export async function migrateObjects(from: string, to: string): Promise<string[]> {
  const names = await namesIn(from)
  const fanOut = names.filter((name) => FAN_OUT.test(name))
  await Promise.all(fanOut.map((name) => moveFanOut(`${from}/${name}`, `${to}/${name}`)))
  const packs = (await namesIn(`${from}/pack`)).filter((name) => PACK_FILE.test(name)).sort(byKind)
  for (const name of packs) await rename(`${from}/pack/${name}`, `${to}/pack/${name}`)
  if (packs.length > 0) await removeIfEmpty(`${from}/pack`)
  const touched = fanOut.map((name) => `${to}/${name}`)
  if (packs.length > 0) touched.push(`${to}/pack`)
  return touched.length === 0 ? [] : [to, ...touched]
}

/**
 * The same for a few files that this process has stored a moment ago. Blocking: each is a rename.
 *
 * @param files paths below `from`, an index after its pack
 * @returns directories of the repository that are to be synced
 */
export function moveFiles(from: string, to: string, files: readonly string[]): string[] {
  const made = files.map((path) => moveFile(`${from}/${path}`, `${to}/${path}`))
  const touched = [...new Set(files.map((path) => `${to}/${dirname(path)}`))]
  return made.includes('directory made') ? [to, ...touched] : touched
}

/** Blocking; makes the directory that is missing. */
export function moveFile(from: string, to: string): 'moved' | 'directory made' {
  try {
    renameSync(from, to)
    return 'moved'
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code !== 'ENOENT') throw err
    mkdirSync(dirname(to), { recursive: true })
    renameSync(from, to)
    return 'directory made'
  }
}

/** All directories that an earlier, interrupted migration may have touched. */
export async function objectDirectories(to: string): Promise<string[]> {
  const fanOut = (await namesIn(to)).filter((name) => FAN_OUT.test(name))
  return [to, `${to}/pack`, ...fanOut.map((name) => `${to}/${name}`)]
}

/** The whole directory at once where the repository has none of that name. */
async function moveFanOut(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (err) {
    const { code } = err as NodeJS.ErrnoException
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw err
    for (const name of await namesIn(from)) if (isObjectName(name)) await moveInto(to, from, name)
    await removeIfEmpty(from)
  }
}

/** git removes a directory that has become empty, perhaps just now. */
async function moveInto(to: string, from: string, name: string): Promise<void> {
  try {
    await rename(`${from}/${name}`, `${to}/${name}`)
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code !== 'ENOENT') throw err
    await mkdir(to, { recursive: true })
    await rename(`${from}/${name}`, `${to}/${name}`)
  }
}

/** `tmp_obj_*` is what a git that was killed left behind. */
function isObjectName(name: string): boolean {
  return /^[0-9a-f]+$/.test(name)
}

/** So that dropping the quarantine afterwards is one call. */
async function removeIfEmpty(directory: string): Promise<void> {
  await rmdir(directory).catch(() => {})
}

function byKind(a: string, b: string): number {
  return Number(a.endsWith('.idx')) - Number(b.endsWith('.idx'))
}
