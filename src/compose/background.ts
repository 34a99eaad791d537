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
}

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
  return {
    jobs: runner,
    lags: () =>
      new Map(
        [...followers].map(([name, { position }]) => [name, tail.position - (position ?? tail.position)]),
      ),
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
