/** What `{ref}/{*path}` leads to: the commit, and in it a directory or a file. */
import type { StoredObjects } from '../../../git/objects/stored-objects.ts'
import { entryAt } from '../../../git/objects/tree-path.ts'
import type { TreeEntry } from '../../../git/objects/tree.ts'
import type { Revisions, RevisionWithPath } from '../../../git/revisions.ts'
import { AppError } from '../../../kernel/errors.ts'
import type { Oid } from '../../../kernel/ids.ts'
import type { RepoHandle } from '../../../kernel/repository.ts'

export interface ContentParts {
  readonly revisions: Pick<Revisions, 'withPath'>
  readonly objects: Pick<StoredObjects, 'commit' | 'tree'>
}

export interface DirectoryAt extends RevisionWithPath {
  /** Of the directory. */
  readonly tree: Oid
}

export interface FileAt extends RevisionWithPath {
  readonly entry: TreeEntry
}

/** @throws AppError `NOT_FOUND` with the reason; as `Revisions.withPath` */
export async function directoryAt(
  parts: ContentParts,
  repo: RepoHandle,
  refAndPath: string,
): Promise<DirectoryAt> {
  const at = await parts.revisions.withPath(repo, refAndPath)
  const root = await rootOf(parts, repo, at)
  if (at.path === '') return { ...at, tree: root }
  const entry = await entryIn(parts, repo, root, at)
  if (entry.type !== 'tree') throw absent(at, `it is a ${WORDS[entry.type]}, not a directory`)
  return { ...at, tree: entry.oid }
}

/** @throws as `directoryAt` */
export async function fileAt(parts: ContentParts, repo: RepoHandle, refAndPath: string): Promise<FileAt> {
  const at = await parts.revisions.withPath(repo, refAndPath)
  if (at.path === '') throw absent(at, 'it is a directory, not a file')
  const entry = await entryIn(parts, repo, await rootOf(parts, repo, at), at)
  if (entry.type !== 'blob') throw absent(at, `it is a ${WORDS[entry.type]}, not a file`)
  return { ...at, entry }
}

const WORDS = { blob: 'file', tree: 'directory', commit: 'submodule' } as const

async function rootOf({ objects }: ContentParts, repo: RepoHandle, at: RevisionWithPath): Promise<Oid> {
  const commit = await objects.commit(repo, at.oid)
  if (commit === null) throw absent(at, 'no such commit')
  return commit.tree
}

async function entryIn(
  { objects }: ContentParts,
  repo: RepoHandle,
  root: Oid,
  at: RevisionWithPath,
): Promise<TreeEntry> {
  const entry = await entryAt(objects, repo, root, at.path)
  if (entry === null) throw absent(at, 'no such path')
  return entry
}

function absent({ ref, path }: RevisionWithPath, reason: string): AppError {
  return new AppError('NOT_FOUND', { details: { reason, ref, path } })
}
