/**
 * Lock files that a dead process left behind: with one of them stock git can never move that ref
 * again. Only for refs of an interrupted push, before anything else writes to them.
 */
import { rm, stat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { RefName } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'

/** A git whose server was killed ends within this time, and removes its locks itself. */
const PATIENCE_MS = 2_000
const LOOK_AGAIN_MS = 50

/** Waits for dying owners first, and for whoever packs refs; quick when there are no locks. */
export async function breakStaleLocks(repo: RepoHandle, refs: readonly RefName[]): Promise<void> {
  const names = [...refs, 'packed-refs', 'HEAD'].map((name) => `${name}.lock`)
  let locks = [...names, 'packed-refs.new'].map((name) => `${repo.path}/${name}`)
  const until = Date.now() + PATIENCE_MS
  for (;;) {
    locks = await existing(locks)
    if (locks.length === 0) return
    if (Date.now() >= until && !(await isBeingWritten(`${repo.path}/packed-refs.new`))) break
    await delay(LOOK_AGAIN_MS)
  }
  await Promise.all(locks.map((path) => rm(path, { force: true })))
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
