/** HEAD: which branch a repository is on. Written by us, under git's own lock file. */
import { rename } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../../kernel/errors.ts'
import { isRefName, type RefName } from '../../kernel/ids.ts'
import { isBranch } from '../../kernel/ref-update.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { readStoredRef, type CurrentRefs } from './current-refs.ts'
import { syncPath, writeNewFile } from '../durable.ts'

const LOCK_PATIENCE_MS = 1_000
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
  await replaceHead(repo, branch)
  await syncPath(repo.path)
}

/**
 * Points HEAD at the first created branch when the branch it points at does not exist. The
 * directory is synced by `syncRefs`.
 *
 * @returns the new short name, or `null` for no change
 */
export async function followHead(
  refs: CurrentRefs,
  repo: RepoHandle,
  created: readonly RefName[],
): Promise<string | null> {
  const branches = created.filter(isBranch)
  if (branches.length === 0) return null
  const head = await readHead(repo)
  if (head === null) return null
  const existing = await refs.read(repo, [head, ...branches])
  const first = branches.find((branch) => existing.has(branch))
  if (first === undefined || existing.has(head)) return null
  await replaceHead(repo, first)
  return first.slice('refs/heads/'.length)
}

async function replaceHead(repo: RepoHandle, branch: RefName): Promise<void> {
  const lock = `${repo.path}/HEAD.lock`
  await writeLock(lock, `ref: ${branch}\n`)
  await rename(lock, `${repo.path}/HEAD`)
}

/** git holds this lock for a moment while it moves the branch that HEAD points at. */
async function writeLock(lock: string, content: string): Promise<void> {
  const until = Date.now() + LOCK_PATIENCE_MS
  for (;;) {
    try {
      return await writeNewFile(lock, content)
    } catch (err) {
      if ((err as NodeJS.ErrnoException).code !== 'EEXIST') throw err
      if (Date.now() >= until) throw new AppError('CONFLICT', { cause: err })
    }
    await delay(LOCK_RETRY_MS)
  }
}
