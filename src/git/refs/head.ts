/** HEAD: which branch a repository is on. Written by us, under git's own lock file. */
import { rename, rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../../kernel/errors.ts'
import { isRefName, type RefName } from '../../kernel/ids.ts'
import { isBranch } from '../../kernel/ref-update.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { readStoredRef, type CurrentRefs } from './current-refs.ts'
import { syncPath, writeNewFile } from '../durable.ts'

const LOCK_PATIENCE_MS = 1_000
/** The refs of a push have moved by then, and it cannot be refused any more. */
const FOLLOWER_PATIENCE_MS = 10_000
const LOCK_RETRY_MS = 10

/** `null` when HEAD is detached, or broken. */
export async function readHead(repo: RepoHandle): Promise<RefName | null> {
  const stored = readStoredRef(repo, 'HEAD')
  return stored?.kind === 'symbolic' && isRefName(stored.target) ? stored.target : null
}

/**
 * Points HEAD at a branch, which need not exist. On disk when it resolves.
 *
 * @throws AppError `CONFLICT` when somebody else keeps HEAD locked
 */
export async function setHead(repo: RepoHandle, branch: RefName): Promise<void> {
  await replaceHead(repo, LOCK_PATIENCE_MS, async () => branch)
  await syncPath(repo.path)
}

/**
 * Points HEAD at the first created branch when the branch it points at does not exist. The
 * directory is synced by `syncRefs`.
 *
 * @returns the new short name, or `null` for no change
 * @throws AppError `CONFLICT` as `setHead`
 */
export async function followHead(
  refs: CurrentRefs,
  repo: RepoHandle,
  created: readonly RefName[],
): Promise<string | null> {
  const branches = created.filter(isBranch)
  if (branches.length === 0) return null
  const followed = await replaceHead(repo, FOLLOWER_PATIENCE_MS, () => firstToFollow(refs, repo, branches))
  return followed && followed.slice('refs/heads/'.length)
}

/** `null`: HEAD stays where it is. */
async function firstToFollow(
  refs: CurrentRefs,
  repo: RepoHandle,
  branches: readonly RefName[],
): Promise<RefName | null> {
  const head = await readHead(repo)
  if (head === null) return null
  const existing = await refs.read(repo, [head, ...branches])
  const first = branches.find((branch) => existing.has(branch))
  return first === undefined || existing.has(head) ? null : first
}

/**
 * Many may want to at once, as the first pushes of a repository do: who waits looks again, and most need not then.
 *
 * @param choose asked before each attempt, and under the lock; `null`: nothing is to be done
 */
async function replaceHead(
  repo: RepoHandle,
  patienceMs: number,
  choose: () => Promise<RefName | null>,
): Promise<RefName | null> {
  const lock = `${repo.path}/HEAD.lock`
  const until = Date.now() + patienceMs
  for (;;) {
    const branch = await choose()
    if (branch === null) return null
    const fault = await writeLock(lock, `ref: ${branch}\n`)
    if (fault === null)
      return (await moveLock(repo, lock, async () => (await choose()) === branch)) ? branch : null
    if (Date.now() >= until) throw new AppError('CONFLICT', { cause: fault })
    await delay(LOCK_RETRY_MS)
  }
}

/** git holds this lock for a moment while it moves the branch that HEAD points at. @returns why it is held by others */
async function writeLock(lock: string, content: string): Promise<Error | null> {
  try {
    await writeNewFile(lock, content)
    return null
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code !== 'EEXIST') throw err
    return err as Error
  }
}

/** @returns `false`: it is not wanted any more */
async function moveLock(repo: RepoHandle, lock: string, isWanted: () => Promise<boolean>): Promise<boolean> {
  try {
    const wanted = await isWanted()
    await (wanted ? rename(lock, `${repo.path}/HEAD`) : rm(lock))
    return wanted
  } catch (err) {
    await rm(lock, { force: true })
    throw err
  }
}
