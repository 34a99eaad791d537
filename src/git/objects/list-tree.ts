/** What lies in a directory, or anywhere below it, with the sizes of its files. */
import { AppError } from '../../kernel/errors.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { StoredObjects } from './stored-objects.ts'
import type { TreeEntry } from './tree.ts'

type Objects = Pick<StoredObjects, 'tree' | 'info'>

export interface ListedEntry {
  readonly entry: TreeEntry
  /** From the root. */
  readonly path: string
  /** Bytes of a blob; `null` for what is none. */
  readonly size: number | null
}

export interface Listing {
  readonly entries: readonly ListedEntry[]
  /** There are more. */
  readonly truncated: boolean
}

/** Of all paths together: a few directories with long names in each other make paths of any length. */
const MAX_PATH_CHARS = 32 * 1024 * 1024

/**
 * At most `max` entries of one directory, in git's order.
 *
 * @param path of the directory, from the root; empty for the root itself
 * @throws AppError `GIT_FAILED` when an object is missing
 */
export async function listTree(
  objects: Objects,
  repo: RepoHandle,
  tree: Oid,
  path: string,
  max: number,
): Promise<Listing> {
  const entries = await readTree(objects, repo, tree)
  const found: Located[] = []
  let chars = 0
  for (const located of entries.slice(0, max).map(below(path))) {
    chars += located.path.length
    if (chars > MAX_PATH_CHARS) break
    found.push(located)
  }
  return { entries: await withSizes(objects, repo, found), truncated: found.length < entries.length }
}

/**
 * Files and submodules below a directory, in git's order. Nothing is read behind the `max`th one.
 *
 * @throws as `listTree`
 * @see git-ls-tree(1), -r
 */
export async function listFilesBelow(
  objects: Objects,
  repo: RepoHandle,
  tree: Oid,
  path: string,
  max: number,
): Promise<Listing> {
  const found: Located[] = []
  const left = { entries: max, trees: max, chars: MAX_PATH_CHARS } // a few trees that name each other's like can make billions
  const walk = async (oid: Oid, directory: string): Promise<boolean> => {
    if (left.trees-- === 0) return false
    for (const located of (await readTree(objects, repo, oid)).map(below(directory))) {
      left.chars -= located.path.length
      if (left.chars < 0) return false
      if (located.entry.type === 'tree') {
        if (!(await walk(located.entry.oid, located.path))) return false
      } else {
        if (left.entries-- === 0) return false
        found.push(located)
      }
    }
    return true
  }
  const isWhole = await walk(tree, path)
  return { entries: await withSizes(objects, repo, found), truncated: !isWhole }
}

interface Located {
  readonly entry: TreeEntry
  readonly path: string
}

function below(directory: string): (entry: TreeEntry) => Located {
  return (entry) => ({ entry, path: directory === '' ? entry.name : `${directory}/${entry.name}` })
}

/** @throws AppError `GIT_FAILED` */
async function readTree(objects: Objects, repo: RepoHandle, oid: Oid): Promise<readonly TreeEntry[]> {
  const entries = await objects.tree(repo, oid)
  if (entries === null) throw new AppError('GIT_FAILED', { cause: new Error(`tree ${oid} is missing`) })
  return entries
}

/** Asked for at once: they travel together, and others have their turn in between. */
const AT_ONCE = 1_000

/** Each blob is asked for once, under however many names it stands. */
async function withSizes(
  objects: Objects,
  repo: RepoHandle,
  found: readonly Located[],
): Promise<ListedEntry[]> {
  const blobs = [...new Set(found.filter(({ entry }) => entry.type === 'blob').map(({ entry }) => entry.oid))]
  const sizes = new Map<Oid, number | null>()
  for (let at = 0; at < blobs.length; at += AT_ONCE) {
    const batch = blobs.slice(at, at + AT_ONCE)
    const infos = await Promise.all(batch.map((oid) => objects.info(repo, oid)))
    for (const [n, oid] of batch.entries()) sizes.set(oid, infos[n]?.size ?? null)
  }
  return found.map(({ entry, path }) => ({ entry, path, size: sizes.get(entry.oid) ?? null }))
}
