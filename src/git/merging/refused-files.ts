/**
 * Files that git acts on wherever they are checked out, such as `.gitmodules`, as a merge puts them together:
 * one side moves a file there, the other changes what it says. Neither side was pushed so, so git looks at them
 * now, by the rules by which it looks at a push.
 */
import { AppError } from '../../kernel/errors.ts'
import type { ObjectFormat, Oid } from '../../kernel/ids.ts'
import type { Quarantine } from '../../kernel/ports.ts'
import { hashObject, type HashedObject } from '../quarantine/hashed-object.ts'
import { isCheckedByGit } from '../writing/dot-git.ts'
import { takeThroughGit } from '../writing/take-through-git.ts'
import { writeTree, type FileMode } from '../writing/tree-entries.ts'
import { changedFiles, type ChangedFile } from './changed-files.ts'

export interface MergedOids {
  /** Commits or trees. */
  readonly ours: Oid
  readonly theirs: Oid
  /** Tree, in the quarantine. */
  readonly merged: Oid
}

export interface RefusedFiles {
  /** git's. */
  readonly reason: string
  /** Those that were looked at, of which at least one is at fault. */
  readonly paths: readonly string[]
}

/** All names that could be taken for one of those, short names of NTFS included, and few others. */
const MAY_BE_CHECKED = [':(glob,icase)**/*g*i*', ':(glob)**/*~*']

/**
 * Asks git once when the merge has touched no such file.
 *
 * @returns `null` when git takes them
 * @throws AppError `GIT_FAILED`, `UNAVAILABLE`, `LAUNCHER_LOST`
 */
export async function refusedFiles(
  quarantine: Pick<Quarantine, 'git' | 'receive'>,
  format: ObjectFormat,
  oids: MergedOids,
): Promise<RefusedFiles | null> {
  const files = await mixedFiles(quarantine, oids)
  if (files.size === 0) return null
  const trees = Array.from(files, ([path, file]) => treeNaming(path, file, format))
  try {
    await takeThroughGit(quarantine, trees, format)
    return null
  } catch (err) {
    if (!(err instanceof AppError && err.code === 'UNPROCESSABLE')) throw err
    const { reason } = err.details as { reason: string }
    return { reason, paths: [...files.keys()] }
  }
}

/** Those that neither side has as they are. */
async function mixedFiles(
  quarantine: Pick<Quarantine, 'git'>,
  { ours, theirs, merged }: MergedOids,
): Promise<ReadonlyMap<string, ChangedFile>> {
  const isNew = await changedFrom(quarantine, ours, merged)
  if (isNew.size === 0) return isNew
  const isTheirs = await changedFrom(quarantine, theirs, merged)
  return new Map([...isNew].filter(([path]) => isTheirs.has(path)))
}

async function changedFrom(
  quarantine: Pick<Quarantine, 'git'>,
  side: Oid,
  merged: Oid,
): Promise<ReadonlyMap<string, ChangedFile>> {
  const changed = await changedFiles(quarantine, { before: side, after: merged }, MAY_BE_CHECKED)
  const files = new Map<string, ChangedFile>()
  for (const [path, file] of changed) if (file && isCheckedByGit(nameOf(path))) files.set(path, file)
  return files
}

/** git reads the content by itself. Nothing reaches the tree, so it goes with the next garbage collection. */
function treeNaming(path: string, { mode, oid }: ChangedFile, format: ObjectFormat): HashedObject {
  const name = Buffer.from(nameOf(path)).toString('latin1')
  const content = writeTree(new Map([[name, { mode: mode as FileMode, oid }]]))
  return hashObject({ type: 'tree', content }, format)
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
