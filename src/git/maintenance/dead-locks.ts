/** Breaks the locks of a maintenance that was killed: with one of them a ref could never move again. */
import { rm, stat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { RepoHandle } from '../../kernel/repository.ts'
import { filesBelow } from './file-walk.ts'

const LOCKS = [
  'packed-refs.lock',
  'packed-refs.new',
  'objects/pack/multi-pack-index.lock',
  'objects/info/commit-graph.lock',
  'objects/info/commit-graphs/commit-graph-chain.lock',
]
const LOOK_AGAIN_MS = 100

/**
 * A lock of a push is held for a moment: what is older than `patienceMs` is none.
 *
 * @throws the reason of the signal
 */
export async function breakDeadLocks(
  repo: RepoHandle,
  patienceMs: number,
  signal: AbortSignal,
): Promise<void> {
  for (const path of await locksOf(repo)) {
    while ((await ageOf(path)) < patienceMs) await delay(LOOK_AGAIN_MS, undefined, { signal })
    await rm(path, { force: true })
  }
}

async function locksOf(repo: RepoHandle): Promise<string[]> {
  const locks = LOCKS.map((name) => `${repo.path}/${name}`)
  for await (const path of filesBelow(`${repo.path}/refs`)) if (path.endsWith('.lock')) locks.push(path)
  return locks
}

/** Milliseconds; `Infinity`: gone by now. */
function ageOf(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => Infinity,
  )
}
