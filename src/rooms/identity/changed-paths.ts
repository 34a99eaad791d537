/**
 * What an update does to the files of a ref, for tokens that may touch some paths only: the paths of
 * the commits that the ref gains, and of those that it loses.
 */
import { branchRef, type Oid } from '../../kernel/ids.ts'
import type { QuarantinedPush } from '../../kernel/policy.ts'
import { isCreate, isDelete, type RefUpdate } from '../../kernel/ref-update.ts'

/**
 * A merge counts with what it holds beyond the merge that git would have made: one that quietly takes
 * one side's files back changes those files.
 *
 * @see git-log(1), --remerge-diff
 */
const LOG = [
  'log',
  '--format=',
  '--name-only',
  '--no-renames',
  '--no-mailmap',
  '--ignore-submodules=none',
  '--root',
  '--remerge-diff',
  '-z',
]

/** @returns `null` when it cannot be told: no commit, or a merge of more than two parents */
export async function changedPaths(push: QuarantinedPush, update: RefUpdate): Promise<string[] | null> {
  for (const oid of valuesOf(update)) if (!(await isCommit(push, oid))) return null
  const commits = await commitsOf(push, update)
  const octopus = await push.objects.git(['rev-list', '--min-parents=3', '--max-count=1', ...commits])
  if (octopus !== '') return null
  const listed = await push.objects.git([...LOG, ...commits])
  return listed.split('\0').filter((path) => path !== '')
}

function valuesOf(update: RefUpdate): Oid[] {
  return [...(isCreate(update) ? [] : [update.oldOid]), ...(isDelete(update) ? [] : [update.newOid])]
}

/** Of an annotated tag: what it points at. */
async function isCommit({ objects }: QuarantinedPush, oid: Oid): Promise<boolean> {
  return (await objects.git(['rev-list', '--max-count=1', oid])) !== ''
}

/**
 * Words for `rev-list`. What the default branch holds has been accepted and may be taken along
 * anywhere; to the default branch itself, what lies on some other branch is as new as anything. A new
 * name for what is there already changes nothing.
 */
async function commitsOf(push: QuarantinedPush, update: RefUpdate): Promise<string[]> {
  const { ref, oldOid, newOid } = update
  const accepted = branchRef(push.repo.defaultBranch)
  if (isCreate(update)) return ref === accepted ? [newOid] : [newOid, '--not', '--all']
  const commits = isDelete(update) ? oldOid : `${oldOid}...${newOid}`
  if (ref === accepted) return [commits]
  const tip = await push.objects.git(['rev-parse', '--verify', '--quiet', accepted], { okCodes: [0, 1] })
  return tip === '' ? [commits] : [commits, `^${tip.trim()}`]
}
