/**
 * Applies the changes of one commit to the tree it is made for. All are seen as done at once: first
 * everything that goes is taken out, then everything that comes is put in, whatever the order of the list.
 */
import { AppError } from '../../kernel/errors.ts'
import type { Change } from './change.ts'
import { isReadByGit } from './dot-git.ts'
import type { EditedTree, TreePath } from './edited-tree.ts'
import type { Entry } from './tree-entries.ts'

const EMPTY_BLOB = {
  sha1: 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391',
  sha256: '473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813',
}

/** All paths that the changes name; the tree must be opened along them. */
export function pathsOf(changes: readonly Change[]): TreePath[] {
  return changes.flatMap((change) =>
    change.action === 'move' ? [treePath(change.from), treePath(change.path)] : [treePath(change.path)],
  )
}

/** @throws AppError `UNPROCESSABLE` with `details` `{reason, path, change}`; `change` is its place in the list */
export function applyChanges(tree: EditedTree, changes: readonly Change[]): void {
  const modes = changes.map((change) => (change.action === 'put' ? tree.at(treePath(change.path)) : null))
  const taken = changes.map((change, i) => takeOut(tree, change, i))
  for (const [i, change] of changes.entries()) {
    if (change.action === 'put') putIn(tree, change.path, fileOf(change, modes[i] ?? null), i)
    else if (change.action === 'move' && taken[i]) moveIn(tree, change.path, taken[i], i)
  }
}

export function treePath(path: string): TreePath {
  return Buffer.from(path).toString('latin1').split('/')
}

function takeOut(tree: EditedTree, change: Change, i: number): Entry | null {
  if (change.action === 'put') return null
  const path = change.action === 'move' ? change.from : change.path
  return tree.take(treePath(path)) ?? impossible('nothing is there', path, i)
}

/** A file keeps its mode; a submodule is no file, and is replaced by one that says so only. */
function fileOf(
  { oid, mode }: Extract<Change, { action: 'put' }>,
  before: Entry | 'directory' | null,
): Entry {
  const kept = before === null || before === 'directory' || !isFile(before) ? '100644' : before.mode
  return { mode: mode ?? kept, oid }
}

function putIn(tree: EditedTree, path: string, entry: Entry, i: number): void {
  if (entry.mode === '120000' && isEmptyBlob(entry)) impossible('a link needs a target', path, i)
  const there = checkAbove(tree, path, i)
  if (there === 'directory' || there?.mode === '40000') impossible('a directory is there', path, i)
  if (there?.mode === '160000' && entry.mode !== '160000') impossible('a submodule is there', path, i)
  tree.place(treePath(path), entry)
}

function moveIn(tree: EditedTree, path: string, entry: Entry, i: number): void {
  if (checkAbove(tree, path, i) !== null) impossible('something is there already', path, i)
  if (entry.mode === '120000' && isReadByGit(path.slice(path.lastIndexOf('/') + 1)))
    impossible('must not be a link: git reads this file itself', path, i)
  tree.place(treePath(path), entry)
}

/** @returns what stands at `path` */
function checkAbove(tree: EditedTree, path: string, i: number): Entry | 'directory' | null {
  const obstacle = tree.obstacle(treePath(path))
  if (obstacle !== null) impossible(`${toText(obstacle)} is no directory`, path, i)
  return tree.at(treePath(path))
}

/** Nobody could check it out. */
function isEmptyBlob({ oid }: Entry): boolean {
  return oid === EMPTY_BLOB.sha1 || oid === EMPTY_BLOB.sha256
}

function isFile({ mode }: Entry): boolean {
  return mode !== '40000' && mode !== '160000'
}

function toText(path: TreePath): string {
  return Buffer.from(path.join('/'), 'latin1').toString()
}

function impossible(reason: string, path: string, change: number): never {
  throw new AppError('UNPROCESSABLE', { details: { reason, path, change } })
}
