/**
 * Reads all refs of a repository from disk in git's order, starting no process. What has not changed
 * since an earlier scan is taken from it, so that a moved branch costs one directory.
 */
import { oidLength } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { isSameState, readFileState } from './file-state.ts'
import { type ReadRef, resolveLooseRefs } from './loose-overlay.ts'
import { type LooseDirectories, readLooseDirectories } from './loose-refs.ts'
import { ObjectProbe } from '../objects/object-probe.ts'
import { type PackedRefs, readPackedRefs } from './packed-refs.ts'
import { PeeledObjects, type PeeledValues } from './peeled-objects.ts'
import { readHead, resolveHead, type StoredHead } from './ref-head.ts'
import { ScanPace } from './ref-scan-pace.ts'
import { RefSnapshot } from './ref-snapshot.ts'
import type { RefTable } from './ref-table.ts'
import { isSameStoredRef, type StoredRef } from './stored-ref.ts'

interface RefFiles {
  readonly head: StoredHead
  readonly directories: LooseDirectories
  readonly packed: PackedRefs
}

export interface RefScan extends RefFiles {
  readonly snapshot: RefSnapshot
  readonly peeled: PeeledValues
}

/**
 * @param before an earlier scan of the same repository; its snapshot is kept if nothing has changed
 * @throws AppError `REPO_NOT_FOUND` when there is no repository at the path
 */
export async function scanRefs(repo: RepoHandle, before: RefScan | null): Promise<RefScan> {
  const place = { path: repo.path, hexLength: oidLength(repo.objectFormat) }
  const pace = new ScanPace()
  using probe = new ObjectProbe(repo)
  const head = readHead(place)
  // Loose before packed: a ref that is packed meanwhile is then found twice, not missed.
  const directories = await readLooseDirectories(place, before?.directories ?? new Map(), pace)
  const packed = await readPackedRefs(place, before?.packed ?? null, probe, pace)
  const files = { head, directories, packed }
  if (before && isSameContent(before, files)) return { ...before, ...files }

  const objects = new PeeledObjects(probe, before?.peeled ?? new Map())
  const read = readerOf(directories, packed.table)
  const loose = await resolveLooseRefs(directories, repo.objectFormat, read, objects, pace)
  const snapshot = new RefSnapshot({
    objectFormat: repo.objectFormat,
    head: resolveHead(head.ref, read, objects),
    table: packed.table,
    loose,
  })
  return { ...files, snapshot, peeled: objects.values }
}

/** May unchanged files be taken for unchanged refs? Not if one was touched just before it was read. */
export function isScanSettled({ head, directories, packed }: RefScan): boolean {
  if (!head.settled || !packed.settled) return false
  for (const { settled } of directories.values()) if (!settled) return false
  return true
}

/** Are all files as they were? Blocking, about a microsecond for each directory under refs/. */
export function areFilesUnchanged({ head, directories, packed }: RefScan): boolean {
  if (!isUnchanged(packed) || !isUnchanged(head)) return false
  for (const directory of directories.values()) if (!isUnchanged(directory)) return false
  return true
}

function isUnchanged({
  path,
  state,
}: StoredHead | PackedRefs | { path: Buffer; state: StoredHead['state'] }) {
  return isSameState(state, readFileState(path))
}

function isSameContent(before: RefFiles, now: RefFiles): boolean {
  if (before.packed.table !== now.packed.table || !isSameStoredRef(before.head.ref, now.head.ref))
    return false
  if (before.directories.size !== now.directories.size) return false
  for (const [name, { refs }] of now.directories)
    if (before.directories.get(name)?.refs !== refs) return false
  return true
}

/** Loose refs hide packed ones. */
function readerOf(directories: LooseDirectories, table: RefTable): ReadRef {
  return (name) => {
    const loose = directories.get(name.slice(0, name.lastIndexOf('/')))?.refs.get(name)
    return loose ?? readPacked(table, name)
  }
}

function readPacked(table: RefTable, name: string): StoredRef | undefined {
  const index = table.lowerBound(name)
  return table.isNamed(index, name) ? { kind: 'direct', oid: table.at(index).oid } : undefined
}
