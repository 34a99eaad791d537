/** What a start finishes for the run before it, and what every minute looks for again. */
import { sweepDrafts } from '../git/sweep-drafts.ts'
import { sweepQuarantines } from '../git/quarantine/sweep.ts'
import { removeRepository } from '../git/storage.ts'
import type { RepoId } from '../kernel/ids.ts'
import { recoverIntents } from '../kernel/recover.ts'
import type { RepoHandle } from '../kernel/repository.ts'
import type { ErrorLog } from '../http/error-rendering.ts'
import { expireRepositories } from '../rooms/repos/expire-repositories.ts'
import { purgeRepositories } from '../rooms/repos/purge-repositories.ts'
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
/** A first push of another server may still be on its way for this long. */
const OTHERS_ARE_DONE_MS = 6 * 3600_000

export interface Upkeep extends AsyncDisposable {
  /** Everything in the last round worked. */
  readonly healthy: boolean
}

/**
 * Runs one round to its end, then one a minute. Dispose to stop; a running round is waited for.
 *
 * @throws what keeps the start from finishing the run before it
 */
export async function startUpkeep(parts: UpkeepParts): Promise<Upkeep> {
  await finishLastRun(parts)
  const tasks = minutely(parts)
  let healthy = true
  let running = Promise.resolve()
  const round = async () => {
    healthy = await runAll(tasks, parts.log)
  }
  await round()
  let busy = false
  const timer = setInterval(() => {
    if (busy) return // a round that takes longer than a minute is not doubled
    busy = true
    running = round().finally(() => (busy = false))
  }, EVERY_MS)
  timer.unref()
  return {
    get healthy() {
      return healthy
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await running
    },
  }
}

/** On SQLite nobody else shares the data, so whatever is unfinished is of a dead run. */
async function finishLastRun(parts: UpkeepParts): Promise<void> {
  const { records, root, run } = parts
  const isAlone = records.database.engine === 'sqlite'
  await finishPushes(parts)
  await discardProvisional(parts, isAlone ? 0 : OTHERS_ARE_DONE_MS)
  await sweepQuarantines(root, run, await records.intents.quarantines())
  await sweepDrafts(root, isAlone ? 0 : OTHERS_ARE_DONE_MS)
}

type Task = readonly [name: string, run: () => Promise<unknown>]

function minutely(parts: UpkeepParts): readonly Task[] {
  const { records, log } = parts
  const { repositories, idempotency } = records
  const storage = { remove: (repo: RepoHandle) => remove(parts, repo) }
  const onFailed = (id: RepoId, err: unknown) => log.error({ err, repository: id }, 'purge failed')
  return [
    ['finish pushes', () => finishPushes(parts)],
    ['discard provisional repositories', () => discardProvisional(parts, OTHERS_ARE_DONE_MS)],
    ['expire repositories', () => expireRepositories({ repositories })],
    ['purge repositories', () => purgeRepositories({ repositories, storage, onFailed })],
    ['forget idempotency keys', () => idempotency.removeExpired()],
    ['forget revocations', () => records.revocations.prune()],
    ['forget ended logins', () => records.refreshTokens.removeExpired()],
    ['forget logins by device', () => records.deviceLogins.removeExpired()],
    ['forget retired keys', () => records.signingKeys.removeExpired()],
  ]
}

/** One that fails does not keep the others from running. @returns whether all worked */
async function runAll(tasks: readonly Task[], log: ErrorLog): Promise<boolean> {
  let worked = true
  for (const [task, run] of tasks) {
    try {
      await run()
    } catch (err) {
      worked = false
      log.error({ err, task }, 'upkeep failed')
    }
  }
  return worked
}

async function finishPushes({ records, git, log }: UpkeepParts): Promise<void> {
  const { intents, repositories } = records
  const repoOf = (intent: { repoId: RepoId }) => repositories.byId(intent.repoId)
  const onFailed = (intent: { id: string }, err: unknown) =>
    log.error({ err, intent: intent.id }, 'recovery failed')
  const outcomes = await recoverIntents({ store: git.store, intents, repoOf, onFailed })
  if (outcomes.length > 0) log.warn({ outcomes }, 'pushes of an earlier run were finished or dropped')
}

/** Repositories whose making, by a request or by a first push, never came to its end. */
async function discardProvisional(parts: UpkeepParts, olderThanMs: number): Promise<void> {
  const { repositories } = parts.records
  for (const repo of await repositories.provisional(olderThanMs)) {
    if (await repositories.discard(repo.id)) await remove(parts, repo)
  }
}

async function remove({ git }: UpkeepParts, repo: RepoHandle): Promise<void> {
  git.snapshots.forget(repo.id)
  await removeRepository(repo.path)
}
