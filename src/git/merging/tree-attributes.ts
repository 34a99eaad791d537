/**
 * The `.gitattributes` of a commit that say how files are merged, such as `merge=union`. Drivers of its own
 * nobody can define: those are commands, and stand in a configuration that only the server writes.
 *
 * @see gitattributes(5), "Performing a three-way merge"
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { AppError } from '../../kernel/errors.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'
import { entryAt, pathNames } from '../objects/tree-path.ts'

const FILE = '.gitattributes'
/** A larger one is not honoured, nor what comes after so many or so much of them: one blob can stand in every directory. */
const MAX_FILE_BYTES = 1024 * 1024
const MAX_DIRECTORIES = 2_000
const MAX_ALL_BYTES = 16 * 1024 * 1024
/** What no file system holds is in no work tree either. In bytes, and names of a path. */
const MAX_NAME_BYTES = 255
const MAX_DIRECTORY_BYTES = 3_072
const MAX_DEPTH = 64
/** Nothing else has a part in a merge while files are not renormalised. */
const ABOUT_MERGING = /merge|binary|conflict-marker-size/
const UNSAFE_NAME = /^(?:\.\.?|\.git)$/i

/**
 * Contents by path, of all files that stand above one of `paths`.
 *
 * @returns empty when none of them speaks of merging
 */
export async function attributesAbove(
  objects: Pick<StoredObjects, 'commit' | 'tree' | 'blob'>,
  repo: RepoHandle,
  commit: Oid,
  paths: readonly string[],
): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>()
  const root = paths.length === 0 ? null : await objects.commit(repo, commit)
  if (root === null) return found
  let left = MAX_ALL_BYTES
  for (const directory of directoriesAbove(paths)) {
    const path = join(directory, FILE)
    const content = await readFile(objects, repo, root.tree, path)
    if (content === null || content.length > left) continue
    left -= content.length
    found.set(path, content)
  }
  return [...found.values()].some((content) => ABOUT_MERGING.test(content.toString('latin1')))
    ? found
    : new Map()
}

/** A directory with these files and nothing else, for as long as `use` runs. */
export async function inWorkTreeOf<T>(
  files: ReadonlyMap<string, Buffer>,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-attributes-'))
  try {
    for (const [path, content] of files) {
      await mkdir(join(directory, dirname(path)), { recursive: true })
      await writeFile(join(directory, path), content)
    }
    return await use(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** `''` is the root, and comes first. */
function directoriesAbove(paths: readonly string[]): ReadonlySet<string> {
  const directories = new Set<string>([''])
  for (const path of paths) {
    let above = ''
    for (const name of pathNames(path).slice(0, -1).slice(0, MAX_DEPTH)) {
      above = join(above, name)
      if (!canHold(name, above)) break
      directories.add(above)
      if (directories.size === MAX_DIRECTORIES) return directories
    }
  }
  return directories
}

function canHold(name: string, directory: string): boolean {
  if (UNSAFE_NAME.test(name) || Buffer.byteLength(name) > MAX_NAME_BYTES) return false
  return Buffer.byteLength(directory) <= MAX_DIRECTORY_BYTES
}

async function readFile(
  objects: Pick<StoredObjects, 'tree' | 'blob'>,
  repo: RepoHandle,
  root: Oid,
  path: string,
): Promise<Buffer | null> {
  const entry = await entryAt(objects, repo, root, path)
  if (!entry?.mode.startsWith('100')) return null // git reads none through a symbolic link
  return objects.blob(repo, entry.oid, { maxBytes: MAX_FILE_BYTES }).catch(unlessTooLarge)
}

function unlessTooLarge(err: unknown): null {
  if (err instanceof AppError && err.code === 'PAYLOAD_TOO_LARGE') return null
  throw err
}
