/** Adds to the entries of a directory the commits that touched them last. */
import { entryKey } from '../../../git/objects/entry-key.ts'
import type { LastCommits } from '../../../git/objects/last-commits.ts'
import type { ListedEntry } from '../../../git/objects/list-tree.ts'
import type { StoredObjects } from '../../../git/objects/stored-objects.ts'
import { pathNames } from '../../../git/objects/tree-path.ts'
import { commitJson } from '../../../http/git-json.ts'
import type { RepoHandle } from '../../../kernel/repository.ts'
import type { DirectoryAt } from './content-at.ts'
import { toTreeEntryJson, type TreeEntryJson } from './tree-json.ts'

/** @returns not whole when the search took too long: then some entries have `null` */
export async function withLastCommits(
  parts: {
    readonly objects: Pick<StoredObjects, 'commit'>
    readonly lastCommits: Pick<LastCommits, 'of'>
  },
  repo: RepoHandle,
  { oid, path }: Pick<DirectoryAt, 'oid' | 'path'>,
  listed: readonly ListedEntry[],
): Promise<{ readonly entries: TreeEntryJson[]; readonly isWhole: boolean }> {
  const { commits, isWhole } = await parts.lastCommits.of(repo, oid, pathNames(path))
  const entries = listed.map(async (entry) => {
    const last = commits.get(entryKey(entry.entry))
    const commit = last === undefined ? null : await parts.objects.commit(repo, last)
    return { ...toTreeEntryJson(entry), lastCommit: commit && commitJson(commit) }
  })
  return { entries: await Promise.all(entries), isWhole }
}
