/**
 * Merges the trees of two commits by git's own merge, renames and recursive merge bases included, as it would
 * happen in a work tree.
 *
 * @see git-merge-tree(1)
 */
import type { Oid } from '../../kernel/ids.ts'
import type { ObjectReader } from '../../kernel/ports.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'
import { parseMergeTree, type MergedTree } from './merge-tree-output.ts'
import { attributesAbove, inWorkTreeOf } from './tree-attributes.ts'

export interface TreesToMerge {
  readonly repo: RepoHandle
  readonly ours: Oid
  readonly theirs: Oid
  /** Commit in the repository whose `.gitattributes` count, as those of a work tree do. */
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

/** @throws AppError `GIT_FAILED`, `LAUNCHER_LOST` */
export async function mergeTrees(
  objects: Pick<StoredObjects, 'commit' | 'tree' | 'blob'>,
  quarantine: ObjectReader,
  { repo, ours, theirs, attributesOf }: TreesToMerge,
): Promise<MergedTree> {
  const input = `${ours} ${theirs}\n`
  const merge = async (options: readonly string[]) =>
    parseMergeTree(await quarantine.git([...options, ...CONFIG, ...MERGE], { input }))

  const merged = await merge([])
  // git reads no attributes where there is no work tree, so it is given one that holds nothing else
  const attributes = await attributesAbove(objects, repo, attributesOf, merged.mergedPaths)
  if (attributes.size === 0) return merged
  return inWorkTreeOf(attributes, (directory) => merge(['-C', directory, `--work-tree=${directory}`]))
}
