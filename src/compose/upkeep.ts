/** What a start finishes for the run before it, and what every minute looks for again. */
import { sweepQuarantines } from '../git/sweep.ts'
import { removeRepository } from '../git/storage.ts'
import { recoverIntents } from '../kernel/recover.ts'
import type { ErrorLog } from '../http/error-rendering.ts'
import type { Git } from './git.ts'
import type { Records } from './records.ts'

export interface UpkeepParts {
  readonly records: Records
  readonly git: Git
  readonly root: string
  readonly run: string
  readonly log: ErrorLog
}

const EVERY_MS = 60_000

export interface Upkeep extends Disposable {
  /** The last round worked. */
  readonly healthy: boolean
}

/** Runs one round to its end, then one a minute until disposed. @throws what the first round throws */
export async function startUpkeep(parts: UpkeepParts): Promise<Upkeep> {
  await finishPushes(parts)
  await discardProvisional(parts, parts.records.database.engine === 'sqlite' ? 0 : OTHERS_ARE_DONE_MS)
  await sweepQuarantines(parts.root, parts.run, await parts.records.intents.quarantines())
  let healthy = true
  const round = async () => {
    try {
      await finishPushes(parts)
      await discardProvisional(parts, OTHERS_ARE_DONE_MS)
      await parts.records.idempotency.removeExpired()
      healthy = true
    } catch (err) {
      healthy = false
      parts.log.error({ err }, 'upkeep failed')
    }
  }
  const timer = setInterval(() => void round(), EVERY_MS)
  timer.unref()
  return {
    get healthy() {
      return healthy
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

async function finishPushes({ records, git, log }: UpkeepParts): Promise<void> {
  const { intents, repositories } = records
  const repoOf = (intent: { repoId: Parameters<typeof repositories.byId>[0] }) =>
    repositories.byId(intent.repoId)
  const onFailed = (intent: { id: string }, err: unknown) =>
    log.error({ err, intent: intent.id }, 'recovery failed')
  const outcomes = await recoverIntents({ store: git.store, intents, repoOf, onFailed })
  if (outcomes.length > 0) log.warn({ outcomes }, 'pushes of an earlier run were finished or dropped')
}

/** A first push of another server may still be on its way for this long. */
const OTHERS_ARE_DONE_MS = 6 * 3600_000

/** Repositories made for a first push that never came to its end. */
async function discardProvisional({ records, git }: UpkeepParts, olderThanMs: number): Promise<void> {
  for (const repo of await records.repositories.provisional(olderThanMs)) {
    if (!(await records.repositories.discard(repo.id))) continue
    git.snapshots.forget(repo.id)
    await removeRepository(repo.path)
  }
}
