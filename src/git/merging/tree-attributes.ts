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
/** A larger one is not honoured. */
const MAX_FILE_BYTES = 1024 * 1024
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
  for (const directory of directoriesAbove(paths)) {
    const path = join(directory, FILE)
    const content = await readFile(objects, repo, root.tree, path)
    if (content !== null) found.set(path, content)
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

/** `''` is the root. */
function directoriesAbove(paths: readonly string[]): Set<string> {
  const directories = new Set<string>()
  for (const path of paths) {
    const names = pathNames(path).slice(0, -1)
    if (names.some((name) => UNSAFE_NAME.test(name))) continue
    for (let depth = 0; depth <= names.length; depth++) directories.add(names.slice(0, depth).join('/'))
  }
  return directories
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
