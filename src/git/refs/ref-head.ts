/** Reads HEAD and says what it stands for. */
import { AppError } from '../../kernel/errors.ts'
import { type FileState, isSettled, readFileState } from './file-state.ts'
import { readRefFile } from './loose-refs.ts'
import type { PeeledObjects } from './peeled-objects.ts'
import { resolveRef } from './ref-resolve.ts'
import type { Head } from './ref-snapshot.ts'
import type { StoredRef } from './stored-ref.ts'

export interface StoredHead {
  readonly path: string
  /** As it was just before the file was read. */
  readonly state: FileState | null
  readonly settled: boolean
  readonly ref: StoredRef
}

/** @throws AppError `REPO_NOT_FOUND` when there is none: git takes no directory without HEAD for a repository */
export function readHead(repo: { readonly path: string; readonly hexLength: number }): StoredHead {
  const path = `${repo.path}/HEAD`
  const readAtMs = Date.now()
  const state = readFileState(path)
  const ref = readRefFile(path, repo.hexLength)
  if (ref === null) throw new AppError('REPO_NOT_FOUND')
  return { path, state, settled: isSettled(state, readAtMs), ref }
}

/** HEAD is shown even when its object is missing, as git does; it only does not peel then. */
export function resolveHead(
  head: StoredRef,
  read: (name: string) => StoredRef | undefined,
  objects: PeeledObjects,
): Head {
  const found = resolveRef('HEAD', head, read)
  if (found.kind === 'broken') return found
  if (found.kind === 'absent') return { kind: 'unborn', target: found.name }
  const target = found.name === 'HEAD' ? null : found.name
  return { kind: 'born', oid: found.oid, peeled: objects.peel(found), target }
}
