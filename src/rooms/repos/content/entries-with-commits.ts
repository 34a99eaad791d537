/** Adds to the entries of a directory the commits that touched them last. */
import { entryKey } from '../../../git/last-commits/entry-key.ts'
import type { LastCommits } from '../../../git/last-commits/last-commits.ts'
import type { ListedEntry } from '../../../git/objects/list-tree.ts'
import type { StoredObjects } from '../../../git/objects/stored-objects.ts'
import { pathNames } from '../../../git/objects/tree-path.ts'
import { commitJson } from '../../../http/git-json.ts'
import type { Oid } from '../../../kernel/ids.ts'
import type { RepoHandle } from '../../../kernel/repository.ts'
import type { DirectoryAt } from './content-at.ts'
import { toTreeEntryJson, type TreeEntryJson } from './tree-json.ts'

/** Of all messages together: one of a few may stand at each of very many entries. */
const MAX_MESSAGE_CHARS = 16 * 1024 * 1024
const AT_ONCE = 1_000

/**
 * @returns not whole when the search took too long: then some entries have `null`; truncated when the
 *   messages are too long for one answer
 */
export async function withLastCommits(
  parts: {
    readonly objects: Pick<StoredObjects, 'commit'>
    readonly lastCommits: Pick<LastCommits, 'of'>
  },
  repo: RepoHandle,
  { oid, path }: Pick<DirectoryAt, 'oid' | 'path'>,
  listed: readonly ListedEntry[],
): Promise<{ readonly entries: TreeEntryJson[]; readonly isWhole: boolean; readonly truncated: boolean }> {
  const { commits, isWhole } = await parts.lastCommits.of(repo, oid, pathNames(path))
  const shown = await readEach(parts.objects, repo, new Set(commits.values()))
  const entries: TreeEntryJson[] = []
  let chars = 0
  for (const entry of listed) {
    const last = commits.get(entryKey(entry.entry))
    const lastCommit = (last && shown.get(last)) ?? null
    chars += lastCommit?.message.length ?? 0
    if (chars > MAX_MESSAGE_CHARS) break
    entries.push({ ...toTreeEntryJson(entry), lastCommit })
  }
  return { entries, isWhole, truncated: entries.length < listed.length }
}

/** Each is read once, and others have their turn in between. */
async function readEach(objects: Pick<StoredObjects, 'commit'>, repo: RepoHandle, wanted: ReadonlySet<Oid>) {
  const oids = [...wanted]
  const shown = new Map<Oid, ReturnType<typeof commitJson>>()
  for (let at = 0; at < oids.length; at += AT_ONCE) {
    const batch = oids.slice(at, at + AT_ONCE)
    for (const commit of await Promise.all(batch.map((oid) => objects.commit(repo, oid)))) {
      if (commit !== null) shown.set(commit.oid, commitJson(commit))
    }
  }
  return shown
}
