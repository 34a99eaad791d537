/** Lock files that a dead process left behind: with one of them git can never move that ref again. */
import { rmSync, statSync } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { RefName } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'

/** A git whose server was killed ends within this time, and removes its locks itself. */
const PATIENCE_MS = 2_000
const LOOK_AGAIN_MS = 50

/**
 * For refs of an interrupted push, before anything else writes to them. Waits for dying owners first, and for whoever
 * packs refs; quick when there are no locks.
 */
export async function breakStaleLocks(repo: RepoHandle, refs: readonly RefName[]): Promise<void> {
  let locks = locksOf(repo, refs)
  const until = Date.now() + PATIENCE_MS
  for (;;) {
    locks = await existing(locks)
    if (locks.length === 0) return
    if (Date.now() >= until && !(await isBeingWritten(`${repo.path}/packed-refs.new`))) break
    await delay(LOOK_AGAIN_MS)
  }
  await Promise.all(locks.map((path) => rm(path, { force: true })))
}

/**
 * Of these refs, HEAD and packed-refs: git and its server may have died together, before an intent told of the push.
 *
 * @param olderThanMs longer than any push holds its locks
 * @returns whether there were any
 */
export async function breakAbandonedLocks(
  repo: RepoHandle,
  refs: readonly RefName[],
  olderThanMs: number,
): Promise<boolean> {
  if (await isBeingWritten(`${repo.path}/packed-refs.new`)) return false
  return locksOf(repo, refs).filter((path) => removeIfOlder(path, olderThanMs)).length > 0
}

function locksOf({ path }: RepoHandle, refs: readonly RefName[]): string[] {
  const names = [...refs, 'packed-refs', 'HEAD'].map((name) => `${name}.lock`)
  return [...names, 'packed-refs.new'].map((name) => `${path}/${name}`)
}

/** Blocking, so that it is still the file that was looked at. */
function removeIfOlder(path: string, ms: number): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined || Date.now() - found.mtimeMs < ms) return false
  rmSync(path, { force: true })
  return true
}

/** Maintenance packs many refs, and its lock is not stale. */
function isBeingWritten(path: string): Promise<boolean> {
  return stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs < PATIENCE_MS,
    () => false,
  )
}

async function existing(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        () => path,
        () => null,
      ),
    ),
  )
  return found.filter((path) => path !== null)
}
