/** What a conflicting merge leaves at the paths of files: a text with conflict markers, or one side's version. */
import { parseOid, type Oid } from '../../kernel/ids.ts'
import type { ObjectReader } from '../../kernel/ports.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'
import { entryAt } from '../objects/tree-path.ts'

export interface MergedFile {
  readonly mode: string
  readonly oid: Oid
}

export interface MergedPair {
  readonly repo: RepoHandle
  readonly ours: Oid
  /** Tree, in the quarantine. */
  readonly merged: Oid
}

const DIFF = ['diff-tree', '-r', '-z', '--raw', '--no-renames', '--no-abbrev']
const CHANGED = /^:\d{6} (\d{6}) [0-9a-f]+ ([0-9a-f]+) ([A-Z])/
const DELETED = 'D'

/**
 * By path; `null` where the merged tree holds no file.
 *
 * @throws AppError `GIT_FAILED`, `LAUNCHER_LOST`
 */
export async function mergedFiles(
  objects: Pick<StoredObjects, 'commit' | 'tree'>,
  quarantine: ObjectReader,
  { repo, ours, merged }: MergedPair,
  paths: readonly string[],
): Promise<ReadonlyMap<string, MergedFile | null>> {
  const changed = parseChanges(await quarantine.git([...DIFF, ours, merged]))
  const head = await objects.commit(repo, ours)
  const files = new Map<string, MergedFile | null>()
  for (const path of paths) {
    const entry = head && !changed.has(path) ? await entryAt(objects, repo, head.tree, path) : null
    files.set(path, changed.get(path) ?? (entry?.type === 'tree' ? null : entry))
  }
  return files
}

/** @see git-diff-tree(1), RAW OUTPUT FORMAT */
function parseChanges(raw: string): ReadonlyMap<string, MergedFile | null> {
  const fields = raw.split('\0')
  const changed = new Map<string, MergedFile | null>()
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [, mode = '', oid = '', status] = CHANGED.exec(fields[at] ?? '') ?? []
    changed.set(fields[at + 1] ?? '', status === DELETED ? null : { mode, oid: parseOid(oid) })
  }
  return changed
}
