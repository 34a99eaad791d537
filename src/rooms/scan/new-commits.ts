/** The commits that a push brings to a repository, and how each differs from its parents. */
import type { Oid } from '../../kernel/ids.ts'
import type { QuarantinedPush } from '../../kernel/policy.ts'
import type { ObjectReader } from '../../kernel/ports.ts'
import { isDelete } from '../../kernel/ref-update.ts'

export interface NewCommit {
  readonly oid: Oid
  readonly tree: Oid
  readonly parents: readonly Oid[]
}

/** A name that a commit gave to an object, seen from one of its parents. */
export interface Change {
  readonly commit: Oid
  readonly path: string
  readonly oid: Oid
  readonly isTree: boolean
  /** What was there before, or at the name that it was renamed from; `null`: nothing, or a submodule. */
  readonly oldOid: Oid | null
  readonly isNewName: boolean
}

/** Whoever pushes waits for it, and only when something was found. */
const WALL_MS = 2 * 60_000
const COMMITS = ['rev-list', '--reverse', '--topo-order', '--no-commit-header', '--format=%H %T %P']
const CHANGES = ['diff-tree', '--stdin', '-r', '-m', '--root', '--raw', '--no-abbrev', '-z', '-M']
/** More of them do not fit on a command line; then all changes are read. */
const MAX_NAMED = 200

/** Parents before children. @throws AppError `GIT_FAILED`, `UNAVAILABLE` */
export async function newCommits({
  objects,
  updates,
}: Pick<QuarantinedPush, 'objects' | 'updates'>): Promise<readonly NewCommit[]> {
  const tips = updates.filter((update) => !isDelete(update)).map(({ newOid }) => newOid)
  if (tips.length === 0) return []
  const args = [...COMMITS, '--stdin', '--not', '--all']
  return commitsOf(await objects.git(args, { input: linesOf(tips), wallMs: WALL_MS }))
}

/** Trees of commits that need not be new. */
export async function treesOf(
  objects: ObjectReader,
  commits: readonly Oid[],
): Promise<ReadonlyMap<Oid, Oid>> {
  if (commits.length === 0) return new Map()
  const args = ['rev-list', '--no-walk', '--no-commit-header', '--format=%H %T', '--stdin']
  const known = commitsOf(await objects.git(args, { input: linesOf(commits), wallMs: WALL_MS }))
  return new Map(known.map(({ oid, tree }) => [oid, tree]))
}

/**
 * Changes in the order of the commits; of a merge, those seen from each parent.
 *
 * @param only changes that have to do with one of these; `null`: all
 * @throws as `newCommits`
 */
export async function changesOf(
  objects: ObjectReader,
  commits: readonly NewCommit[],
  only: readonly Oid[] | null,
): Promise<readonly Change[]> {
  const named = only !== null && only.length <= MAX_NAMED ? only : []
  const args = [...CHANGES, ...(only === null ? [] : ['-t']), ...named.map((oid) => `--find-object=${oid}`)]
  const input = linesOf(commits.map(({ oid }) => oid))
  return parseChanges(await objects.git(args, { input, wallMs: WALL_MS }))
}

/** @see git-diff-tree(1), RAW OUTPUT FORMAT */
function parseChanges(output: string): readonly Change[] {
  const changes: Change[] = []
  const fields = output.split('\0')
  let commit = ''
  for (let at = 0; at < fields.length; at++) {
    const field = fields[at] ?? ''
    if (!field.startsWith(':')) {
      if (field !== '') commit = field
      continue
    }
    const { length, change } = readChange(commit as Oid, fields.slice(at, at + 3))
    at += length - 1
    if (change) changes.push(change)
  }
  return changes
}

const NOTHING = '000000'
const SUBMODULE = '160000'
const TREE = '040000'

/** @returns how many fields it takes; `change` is `null` where nothing is put there that is ours */
function readChange(
  commit: Oid,
  [meta = '', name = '', nextName = '']: readonly string[],
): { readonly length: number; readonly change: Change | null } {
  const [oldMode, mode, oldOid, oid, status = ''] = meta.slice(1).split(' ')
  const hasOldName = /^[RC]/.test(status)
  const length = hasOldName ? 3 : 2
  if (status === 'D' || mode === SUBMODULE) return { length, change: null }
  const change = {
    commit,
    path: hasOldName ? nextName : name,
    oid: oid as Oid,
    isTree: mode === TREE,
    oldOid: oldMode === NOTHING || oldMode === SUBMODULE ? null : (oldOid as Oid),
    isNewName: hasOldName || status === 'A',
  }
  return { length, change }
}

function commitsOf(output: string): readonly NewCommit[] {
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [oid, tree, ...parents] = line.trim().split(' ') as Oid[]
      return { oid: oid as Oid, tree: tree as Oid, parents }
    })
}

function linesOf(oids: readonly Oid[]): string {
  return oids.map((oid) => `${oid}\n`).join('')
}
