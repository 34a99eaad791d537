/**
 * Merges the trees of two commits, renames and recursive merge bases included, as it would happen in a work
 * tree: in this process where that is simple, else by git's own merge.
 *
 * @see git-merge-tree(1)
 */
import { AppError } from '../../kernel/errors.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { Aborted } from '../launcher/launcher.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'
import type { WrittenTree } from '../writing/edited-tree.ts'
import { entriesOf } from '../writing/tree-entries.ts'
import { mergeDisjoint } from './disjoint-merge.ts'
import type { MergeSpace } from './in-time.ts'
import { parseMergeTree, type MergedTree } from './merge-tree-output.ts'
import { refusedFiles, type RefusedFiles } from './refused-files.ts'
import { attributesAbove, inWorkTreeOf } from './tree-attributes.ts'

export type Objects = Pick<StoredObjects, 'commit' | 'tree' | 'blob'>

export interface CommitsToMerge {
  readonly repo: RepoHandle
  /** Merge bases of the other two. */
  readonly bases: readonly Oid[]
  /** Its `.gitattributes` count, as those of a work tree do. */
  readonly ours: Oid
  readonly theirs: Oid
}

export interface CheckedTree extends MergedTree {
  /** Such a push would be refused, so this is not clean; `null` for all that is, and for conflicts. */
  readonly refused: RefusedFiles | null
}

export interface MergedCommits extends CheckedTree {
  /** What the quarantine still lacks of the merged tree. */
  readonly unwritten: readonly WrittenTree[]
}

/** @throws AppError `GIT_FAILED`, `UNAVAILABLE` (too slow), `UNPROCESSABLE` (git aborts), `LAUNCHER_LOST` */
export async function mergeCommits(
  objects: Objects,
  quarantine: MergeSpace,
  { repo, bases, ours, theirs }: CommitsToMerge,
): Promise<MergedCommits> {
  const [base, ...others] = bases
  const simple = others.length === 0 && base && (await mergeInMemory(objects, repo, { base, ours, theirs }))
  if (simple) return { ...CLEAN, tree: simple.tree, unwritten: simple.written }
  const merged = await mergeByGit(objects, quarantine, { repo, ours, theirs, attributesOf: ours })
  return { ...merged, unwritten: [] }
}

const CLEAN = { isClean: true, staged: [], notes: [], mergedPaths: [], refused: null } as const

async function mergeInMemory(
  objects: Objects,
  repo: RepoHandle,
  commits: { readonly base: Oid; readonly ours: Oid; readonly theirs: Oid },
) {
  const treeOf = async (oid: Oid) => (await objects.commit(repo, oid))?.tree
  const ids = [commits.base, commits.ours, commits.theirs].map(treeOf)
  const [base, ours, theirs] = await Promise.all(ids)
  if (!base || !ours || !theirs) return null
  const load = async (tree: Oid) => {
    const entries = await objects.tree(repo, tree)
    return entries && entriesOf(entries)
  }
  return mergeDisjoint(load, repo.objectFormat, { base, ours, theirs })
}

export interface CommitsForGit {
  readonly repo: RepoHandle
  readonly ours: Oid
  readonly theirs: Oid
  /** Commit in the repository whose `.gitattributes` count. */
  readonly attributesOf: Oid
}

/** git's defaults, so that no file can change what a merge makes. @see git-config(1), merge.* */
const CONFIG = [
  'merge.renames=true',
  'merge.renameLimit=0',
  'merge.directoryRenames=conflict',
  'merge.renormalize=false',
  'merge.conflictStyle=merge',
].flatMap((setting) => ['-c', setting])

/** Of unrelated histories the caller thinks for itself; git would only fail. */
const MERGE = ['merge-tree', '--write-tree', '--stdin', '-z', '--messages', '--allow-unrelated-histories']

/** @throws AppError `GIT_FAILED`, `UNAVAILABLE` (too slow), `UNPROCESSABLE` (git aborts), `LAUNCHER_LOST` */
export async function mergeByGit(
  objects: Objects,
  quarantine: MergeSpace,
  commits: CommitsForGit,
): Promise<CheckedTree> {
  const merged = await mergeUnchecked(objects, quarantine, commits)
  if (!merged.isClean) return { ...merged, refused: null }
  const { repo, ours, theirs } = commits
  const refused = await refusedFiles(quarantine, repo.objectFormat, { ours, theirs, merged: merged.tree })
  return { ...merged, isClean: refused === null, refused }
}

async function mergeUnchecked(
  objects: Objects,
  quarantine: MergeSpace,
  { repo, ours, theirs, attributesOf }: CommitsForGit,
): Promise<MergedTree> {
  const input = `${ours} ${theirs}\n`
  const merge = async (options: readonly string[]) =>
    parseMergeTree(await quarantine.git([...options, ...CONFIG, ...MERGE], { input }).catch(unlessAborted))

  const merged = await merge([])
  // git reads no attributes where there is no work tree, so it is given one that holds nothing else
  const attributes = await attributesAbove(objects, repo, attributesOf, merged.mergedPaths)
  if (attributes.size === 0) return merged
  return inWorkTreeOf(attributes, (directory) => merge(['-C', directory, `--work-tree=${directory}`]))
}

/** Trees on which git 2.39 fails are known: directories that are renamed while files and directories change places. */
function unlessAborted(err: unknown): never {
  if (!(err instanceof AppError && err.cause instanceof Aborted)) throw err
  const hint = 'merge the target into the source with your own git, and push that'
  const details = { reason: 'the git of this server fails at this merge', hint }
  throw new AppError('UNPROCESSABLE', { details, cause: err })
}
