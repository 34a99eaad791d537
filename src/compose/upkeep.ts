/** What a start finishes for the run before it, and pushes that are finished every minute; the rest is in jobs. */
import { sweepDrafts } from '../git/sweep-drafts.ts'
import { showAlive, sweepQuarantines } from '../git/quarantine/sweep.ts'
import type { RepoId } from '../kernel/ids.ts'
import type { Intent } from '../kernel/ports.ts'
import { recoverIntents } from '../kernel/recover.ts'
import { gateRefresh } from '../rooms/gate/refresh/refresh-job.ts'
import type { ErrorLog } from '../http/error-rendering.ts'
import type { Git } from './git.ts'
import { discardProvisional, OTHERS_ARE_DONE_MS } from './purges.ts'
import type { Records } from './records.ts'

export interface UpkeepParts {
  readonly records: Records
  readonly git: Git
  readonly root: string
  readonly run: string
  readonly log: ErrorLog
}

const EVERY_MS = 60_000

export interface Upkeep extends AsyncDisposable {
  /** The last round worked. */
  readonly healthy: boolean
}

/**
 * Finishes the run before this one, then looks for unfinished pushes once a minute: those of this server are its
 * own business, so this is no job. Dispose to stop; a running round is waited for.
 *
 * @throws what keeps the start from finishing the run before it
 */
export async function startUpkeep(parts: UpkeepParts): Promise<Upkeep> {
  await finishLastRun(parts)
  let healthy = true
  let running: Promise<void> | null = null
  const round = () =>
    finishPushes(parts)
      .finally(() => showAlive(parts.root, parts.run))
      .then(
        () => (healthy = true),
        (err: unknown) => {
          healthy = false
          parts.log.error(
            { err },
            'unfinished pushes could not be looked for, or the sign of life not be given',
          )
        },
      )
      .then(() => void (running = null))
  const timer = setInterval(() => (running ??= round()), EVERY_MS)
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

async function finishPushes({ records, git, log }: UpkeepParts): Promise<void> {
  const { intents, repositories } = records
  const gates = new Set<RepoId>()
  const repoOf = async (intent: Intent) => {
    const repo = await repositories.byId(intent.repoId)
    if (repo?.kind === 'gate' && intent.state === 'prepared') gates.add(repo.id)
    return repo
  }
  const onFailed = (intent: { id: string }, err: unknown) =>
    log.error({ err, intent: intent.id }, 'recovery failed')
  const outcomes = await recoverIntents({ store: git.store, intents, repoOf, onFailed })
  if (outcomes.length > 0) log.warn({ outcomes }, 'pushes of an earlier run were finished or dropped')
  if (gates.size > 0) await refreshLater(records, gates)
}

/** Their upstreams may have taken what was dropped here. Whoever reads before that refreshes them as well. */
async function refreshLater({ database, jobs }: Records, gates: ReadonlySet<RepoId>): Promise<void> {
  await database.transaction((trx) => jobs.enqueueAll(trx, [...gates].map(gateRefresh)))
}
