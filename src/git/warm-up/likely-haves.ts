/**
 * What a stock client says it has, that has followed one branch and committed nothing itself: in its first request,
 * the latest commits down from what it has fetched last. @see git's negotiator/default.c, fetch-pack.c
 */
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { CommitHeap } from '../history/commit-heap.ts'
import type { Commit } from '../objects/commit.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'

/** Of the first request. @see git's fetch-pack.c, INITIAL_FLUSH */
const FIRST_HAVES = 16

/**
 * @param tip that it has
 * @param shallow commits whose parents it does not have
 * @returns ascending, as FetchArguments have them
 */
export async function likelyHaves(
  objects: Pick<StoredObjects, 'commit'>,
  repo: RepoHandle,
  tip: Oid,
  shallow: readonly Oid[],
): Promise<readonly Oid[]> {
  const haves = new Set<Oid>()
  const seen = new Set<Oid>()
  const waiting = new CommitHeap()
  const add = async (oid: Oid) => {
    if (seen.has(oid)) return
    seen.add(oid)
    const commit = await objects.commit(repo, oid)
    if (commit !== null) waiting.push(commit)
  }
  await add(tip)
  for (let next = waiting.peek(); next !== null && haves.size < FIRST_HAVES; next = waiting.peek()) {
    waiting.pop()
    haves.add(next.oid)
    if (!shallow.includes(next.oid)) for (const parent of next.parents) await add(parent)
  }
  return [...haves].sort()
}

/** Has a client that said so followed one branch, and nothing else? */
export async function areLikelyHaves(
  objects: Pick<StoredObjects, 'commit'>,
  repo: RepoHandle,
  haves: readonly Oid[],
  shallow: readonly Oid[],
): Promise<boolean> {
  if (haves.length > FIRST_HAVES) return false
  const commits = await Promise.all(haves.map((oid) => objects.commit(repo, oid)))
  const known = commits.filter((commit): commit is Commit => commit !== null)
  const parents = new Set(known.flatMap((commit) => commit.parents))
  const [tip, ...others] = known.filter(({ oid }) => !parents.has(oid))
  if (tip === undefined || others.length > 0) return false
  const likely = await likelyHaves(objects, repo, tip.oid, shallow)
  return likely.length === haves.length && likely.every((oid, at) => oid === haves[at])
}
