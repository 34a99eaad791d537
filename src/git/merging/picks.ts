/** Which commits a rebase carries over, as `git rebase` chooses them. @see git-rebase(1), --reapply-cherry-picks */
import { AppError } from '../../kernel/errors.ts'
import { parseOid, type Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { emptyTree } from '../history/empty-tree.ts'
import type { CatFile } from '../objects/cat-file.ts'
import type { Commit } from '../objects/commit.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'
import { historyLines, type HistoryParts } from './history-reader.ts'
import { lineAbove } from './line.ts'
import { parseRawCommit, type RawCommit } from './raw-commit.ts'
import { mayBeSamePatch } from './same-patch.ts'
import { nearHistory, type Pair } from './merge-bases.ts'

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
  readonly objects: Pick<StoredObjects, 'commit' | 'tree' | 'lineage'>
  readonly files: Pick<CatFile, 'read'>
}

/**
 * Commits of the source that the target lacks, oldest first: no merges, and none whose patch the target has.
 *
 * @throws AppError `GIT_FAILED`, `LAUNCHER_LOST`
 */
export async function listPicks(parts: PickParts, pair: Pair): Promise<Picks> {
  const line = await newLine(parts.objects, pair)
  if (line === null) return listByGit(parts, pair)
  return Promise.all(line.map(({ oid }) => readPick(parts, pair.repo, oid)))
}

/** Comparing more commits takes longer than asking git. */
const MAX_COMPARED = 64

/** The source as a short line of commits, none of which the target can have as another; `null` if that is not seen. */
async function newLine(objects: PickParts['objects'], pair: Pair): Promise<readonly Commit[] | null> {
  const { repo, source } = pair
  const near = await nearHistory(objects, pair)
  if (near === null) return null
  const line = await lineAbove(objects, repo, near.base, source)
  if (line === null) return null
  const others = near.onlyInTarget.filter(({ parents }) => parents.length < 2)
  if (line.length * others.length > MAX_COMPARED) return null
  for (const commit of line)
    for (const other of others) if (await mayBeSamePatch(objects, repo, commit, other)) return null
  return line
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
