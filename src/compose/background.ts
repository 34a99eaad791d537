/** What goes on behind the requests: subscribers of the log, each at its own pace, and the jobs of the queue. */
import type { ErrorLog } from '../http/error-rendering.ts'
import type { JobKind } from '../kernel/background.ts'
import { Claims } from '../store/jobs/claims.ts'
import { JobRunner } from '../store/jobs/job-runner.ts'
import { handOver, type Subscriber } from '../store/log/hand-over.ts'
import { Settlements } from '../store/jobs/settlements.ts'
import { LogFollower } from '../store/log/log-follower.ts'
import type { Records } from './records.ts'

export interface BackgroundParts {
  readonly records: Records
  readonly subscribers: readonly Subscriber[]
  readonly kinds: readonly JobKind<never>[]
  /** Followers that are run elsewhere, whose users wait for what this process has appended. */
  readonly followers: readonly LogFollower[]
  /** Names this start of the server. */
  readonly run: string
  readonly log: ErrorLog
}

export interface Background extends AsyncDisposable {
  readonly jobs: JobRunner
  /** How many events of the log each subscriber has not seen yet; by name. */
  readonly lags: () => ReadonlyMap<string, number>
  /** @throws Error that names what does not go on as it should */
  readonly probe: () => Promise<void>
}

/** A queue that was not seen for this long is not reached; it is looked at every 5 s. */
const BLIND_MS = 30_000
/** A job that waits for longer, though it could start, waits too long. */
const OVERDUE_MS = 15 * 60_000
/** Events that a subscriber may be behind. */
const MOST_BEHIND = 10_000
/** Rounds of what recurs that may fail one after the other. */
const MOST_FAILED = 3

/** Begins with what an earlier run has left. Stop `jobs` before it is disposed. @throws AppError `UNAVAILABLE` */
export async function openBackground(parts: BackgroundParts): Promise<Background> {
  const { records, subscribers, kinds, run, log } = parts
  const { database, events, jobs, tail, sharedClock: clock } = records
  const followers = new Map(subscribers.map((each) => [each.name, follow(parts, each)]))
  const listening = events.onAppended((news) => {
    for (const follower of parts.followers) follower.wake(news)
  })
  for (const { type, recurs } of kinds) if (recurs) await jobs.begin(type)
  const runner = await JobRunner.start({
    jobs,
    claims: new Claims({ database, clock, worker: run }),
    settlements: new Settlements({ database, events, clock }),
    clock,
    kinds,
    alone: database.engine === 'sqlite',
    onFailed: (type, err) => log.error({ err, ...(type === null ? {} : { jobType: type }) }, 'a job failed'),
  })
  const lags = () =>
    new Map([...followers].map(([name, { position }]) => [name, tail.position - (position ?? tail.position)]))
  const recurring = kinds.filter(({ recurs }) => recurs).map(({ type }) => type)
  return {
    jobs: runner,
    lags,
    async probe() {
      if (runner.blindMs > BLIND_MS) throw new Error('the queue is not reached')
      if ([...lags().values()].some((lag) => lag > MOST_BEHIND)) throw new Error('a subscriber is behind')
      const overdue = [...(await runner.overdueMs()).values()]
      if (overdue.some((ms) => ms > OVERDUE_MS)) throw new Error('a job is overdue')
      if ((await jobs.failing(recurring, MOST_FAILED)).length > 0) throw new Error('what recurs fails')
    },
    async [Symbol.asyncDispose]() {
      listening[Symbol.dispose]()
      await runner.stop(0)
      await Promise.all([...followers.values()].map((follower) => follower[Symbol.asyncDispose]()))
    },
  }
}

function follow({ records, log }: BackgroundParts, subscriber: Subscriber): LogFollower {
  const { database, tail, cursors } = records
  const { name, from, concerns } = subscriber
  const onPassedOver = (event: { id: string }, err: unknown) =>
    log.error({ err, subscriber: name, event: event.id }, 'an event was passed over')
  return new LogFollower({
    name,
    from,
    tail,
    cursors,
    concerns,
    take: handOver({ database, cursors, subscriber, onPassedOver }),
    onFailed: (err) => log.error({ err, subscriber: name }, 'a subscriber could not follow the log'),
  })
}
