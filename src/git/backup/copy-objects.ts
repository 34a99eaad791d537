/**
 * Copies the objects of a repository while pushes and repacks go on. Whatever was reachable when it began is
 * in the copy: an object may go from file to file meanwhile, but git takes none away before its new place
 * is there. What git can make again (commit-graph, multi-pack-index) is left out.
 *
 * @see gitrepository-layout(5); git-repack(1)
 */
import { constants } from 'node:fs'
import { copyFile, link, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../kernel/errors.ts'
import { syncPath, syncPaths } from '../durable.ts'

/** `link`: the files of both are one where the file system can do that; git never writes to them again. */
export type CopyMode = 'link' | 'copy'

export const LOOSE_DIRECTORY = /^[0-9a-f]{2}$/
const LOOSE = /^[0-9a-f]{38}(?:[0-9a-f]{24})?$/
const PACK_FILE = /^(pack-[0-9a-f]+)\.(?:pack|idx|rev|bitmap|mtimes|promisor)$/
/** A pack is there for git as soon as its index is. */
const INDEX = '.idx'
const MAX_ROUNDS = 20

/**
 * On disk when it resolves.
 *
 * @param from an object directory; @param to one that has `pack`, and nothing else yet
 * @throws AppError `UNAVAILABLE`: it was repacked all the time; Error `ENOENT`: the repository is gone;
 *   `ENOSPC` and others of the file system; the reason of `signal`
 */
export async function copyObjects(
  from: string,
  to: string,
  mode: CopyMode,
  signal?: AbortSignal,
): Promise<void> {
  const loose = new Set<string>()
  for (let round = 0; round < MAX_ROUNDS; round++) {
    await copyLoose(from, to, mode, { done: loose, signal })
    // packs after loose objects: that is the way in which objects go
    if (await copyPacks(from, to, mode, signal)) return await syncDirectories(to, loose)
  }
  const reason = 'the repository was repacked all the time'
  throw new AppError('UNAVAILABLE', { details: { reason } })
}

async function copyLoose(
  from: string,
  to: string,
  mode: CopyMode,
  { done, signal }: { done: Set<string>; signal: AbortSignal | undefined },
): Promise<void> {
  for (const directory of (await readdir(from)).filter((name) => LOOSE_DIRECTORY.test(name))) {
    signal?.throwIfAborted()
    const names = await readdir(join(from, directory)).catch(nothingIfGone)
    const paths = names.filter((name) => LOOSE.test(name)).map((name) => join(directory, name))
    const wanted = paths.filter((path) => !done.has(path))
    if (wanted.length > 0) await mkdir(join(to, directory), { recursive: true })
    await Promise.all(
      wanted.map(async (path) => {
        await placeFile(join(from, path), join(to, path), mode).catch(nothingIfGone)
        done.add(path)
      }),
    )
  }
}

/** @returns `false`: packs have gone meanwhile, and their objects may have become loose ones */
async function copyPacks(from: string, to: string, mode: CopyMode, signal?: AbortSignal): Promise<boolean> {
  const directory = join(from, 'pack')
  const done = new Set(packsOf(await readdir(join(to, 'pack'))).keys())
  const seen = new Set<string>()
  // a listing that is made while names change may lack both the old and the new one: hence two that agree
  for (let quiet = 0; quiet < 2; quiet++) {
    const packs = packsOf(await readdir(directory))
    if ([...seen].some((pack) => !packs.has(pack))) return false
    for (const [pack, files] of packs) {
      signal?.throwIfAborted()
      seen.add(pack)
      if (done.has(pack)) continue
      if (!(await copyPack(directory, join(to, 'pack'), files, mode))) return false
      done.add(pack)
      quiet = -1
    }
  }
  return true
}

/** The files of each pack that has an index, the index last. */
function packsOf(names: readonly string[]): Map<string, string[]> {
  const packs = new Map<string, string[]>()
  for (const name of names) {
    const pack = PACK_FILE.exec(name)?.[1]
    if (pack !== undefined) packs.set(pack, [...(packs.get(pack) ?? []), name])
  }
  for (const [pack, files] of packs) {
    if (!files.includes(pack + INDEX) || !files.includes(`${pack}.pack`)) packs.delete(pack)
    else files.sort((a, b) => Number(a.endsWith(INDEX)) - Number(b.endsWith(INDEX)))
  }
  return packs
}

/** @returns `false`, and leaves nothing of it, when it has gone meanwhile */
async function copyPack(
  from: string,
  to: string,
  files: readonly string[],
  mode: CopyMode,
): Promise<boolean> {
  try {
    for (const name of files) await placeFile(join(from, name), join(to, name), mode)
    return true
  } catch (err) {
    if (!isGone(err)) throw err
    for (const name of files) await rm(join(to, name), { force: true })
    return false
  }
}

/** File systems that know no links, or not between these two places. */
const NO_LINK = new Set(['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

async function placeFile(from: string, to: string, mode: CopyMode): Promise<void> {
  if (mode === 'link') {
    try {
      return await link(from, to)
    } catch (err) {
      if (!NO_LINK.has((err as NodeJS.ErrnoException).code ?? '')) throw err
    }
  }
  await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
  await syncPath(to)
}

async function syncDirectories(to: string, loose: ReadonlySet<string>): Promise<void> {
  const directories = new Set([...loose].map((path) => path.slice(0, 2)))
  await syncPaths(['.', 'pack', ...directories].map((name) => join(to, name)))
}

function isGone(err: unknown): boolean {
  return (err as NodeJS.ErrnoException).code === 'ENOENT'
}

function nothingIfGone(err: unknown): [] {
  if (isGone(err)) return []
  throw err
}
