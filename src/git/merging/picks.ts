/** Which commits a rebase carries over, as `git rebase` chooses them. @see git-rebase(1), --reapply-cherry-picks */
import { AppError } from '../../kernel/errors.ts'
import { parseOid, type Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { emptyTree } from '../history/empty-tree.ts'
import type { CatFile } from '../objects/cat-file.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'
import { historyLines, type HistoryParts } from './history-reader.ts'
import { lineAbove } from './line.ts'
import { parseRawCommit, type RawCommit } from './raw-commit.ts'
import type { Pair } from './merge-bases.ts'

export interface Picked {
  readonly oid: Oid
  readonly commit: RawCommit
  /** It changes no file, and was made so. */
  readonly isEmpty: boolean
}

/** `limit`: there are more. */
export type Picks = readonly Picked[] | { readonly limit: number }

/** Each may cost a process; a longer branch can be merged or squashed. */
const MAX_PICKS = 500
const MAX_COMMIT_BYTES = 64 * 1024 * 1024
/** `=` marks what the target has as another commit with the same patch, `+` all others. */
const LIST = ['rev-list', '--cherry-mark', '--right-only', '--no-merges', '--topo-order', '--reverse']
const EQUIVALENT = '='

export interface PickParts extends HistoryParts {
  readonly objects: Pick<StoredObjects, 'commit'>
  readonly files: Pick<CatFile, 'read'>
}

/**
 * Commits of the source that the target lacks, oldest first: no merges, and none whose patch the target has.
 *
 * @param bases merge bases of the two
 * @throws AppError `GIT_FAILED`, `LAUNCHER_LOST`
 */
export async function listPicks(parts: PickParts, pair: Pair, bases: readonly Oid[]): Promise<Picks> {
  const { repo, target, source } = pair
  // where the target has nothing that the source lacks, there is no patch to be found again
  const line = bases[0] === target ? await lineAbove(parts.objects, repo, target, source) : null
  if (line) return Promise.all(line.map(({ oid }) => readPick(parts, repo, oid)))
  return listByGit(parts, pair)
}

async function listByGit(parts: PickParts, { repo, target, source }: Pair): Promise<Picks> {
  const args = [...LIST, `--max-count=${MAX_PICKS + 1}`, `${target}...${source}`]
  const lines = await historyLines(parts, repo, args)
  if (lines.length > MAX_PICKS) return { limit: MAX_PICKS }
  const picks = await Promise.all(lines.map((line) => readPick(parts, repo, parseOid(line.slice(1)))))
  // one empty commit is as good as the other, yet git keeps them all
  return picks.filter((pick, i) => pick.isEmpty || !lines[i]?.startsWith(EQUIVALENT))
}

async function readPick({ objects, files }: PickParts, repo: RepoHandle, oid: Oid): Promise<Picked> {
  const object = await files.read(repo, oid, { maxBytes: MAX_COMMIT_BYTES })
  if (object === null) throw new AppError('GIT_FAILED', { cause: new Error(`commit ${oid} is missing`) })
  const commit = parseRawCommit(object.content)
  const [parent] = commit.parents
  const before = parent === undefined ? null : await objects.commit(repo, parent)
  return { oid, commit, isEmpty: commit.tree === (before?.tree ?? emptyTree(repo.objectFormat)) }
}
