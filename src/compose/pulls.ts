/** Pull requests: what their routes are made of, and the subscriber that lets them follow pushes. */
import type { ErrorLog } from '../http/error-rendering.ts'
import type { FindDeleted } from '../http/repository-routes.ts'
import { conflictsOf } from '../git/merging/conflicts.ts'
import { Mergeability } from '../git/merging/mergeability.ts'
import type { Reader } from '../git/git-reader.ts'
import type { Door } from '../kernel/door.ts'
import type { RepoId } from '../kernel/ids.ts'
import { AppError, type ErrorCode } from '../kernel/errors.ts'
import type { StoredEvent } from '../kernel/events.ts'
import type { Clock } from '../kernel/ports.ts'
import { RefQueue } from '../kernel/ref-queue.ts'
import { LogFollower } from '../store/log/log-follower.ts'
import type { PullRequests } from '../store/pulls.ts'
import { followEvent } from '../rooms/pulls/follow-event.ts'
import { KeptMerges } from '../rooms/pulls/keep-merges.ts'
import type { PullRoutesParts } from '../rooms/pulls/routes.ts'
import type { Git } from './git.ts'
import type { Records } from './records.ts'

export interface PullsParts {
  readonly records: Records
  readonly pulls: PullRequests
  readonly git: Git
  readonly door: Door
  readonly clock: Clock
  readonly log: ErrorLog
  readonly findDeleted: FindDeleted
}

export interface Pulls extends AsyncDisposable {
  readonly routes: PullRoutesParts
  readonly follower: LogFollower
}

/** Pushes, and pull requests whose branches were read before they were written down. */
const CONCERNED = new Set(['push', 'pr.opened', 'pr.reopened', 'pr.updated'])

/** Faults of the server as a whole. A history of which git cannot tell in time is as long the next time. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['OVERLOADED', 'LAUNCHER_LOST'])

/** Begins with what an earlier run has left in the log. Dispose before the door's ports. */
export function openPulls(parts: PullsParts): Pulls {
  const { pulls, git, door, clock, findDeleted } = parts
  const follower = openFollower(parts)

  const merging = { launcher: git.launcher, objects: git.objects, files: git.files, store: door.store }
  const mergeability = new Mergeability(merging)
  const admit = (reader: Reader) => git.reader.place(reader)
  const keptMerges = new KeptMerges({
    door,
    objects: git.objects,
    merging,
    admit,
    clock,
    onFailed: (err) => noteFailure(parts.log, err),
  })
  const routes: PullRoutesParts = {
    keptMerges,
    pulls,
    follower,
    door,
    git: git.reader,
    log: git.log,
    diffs: git.diffs,
    turns: new RefQueue(),
    merging,
    admit,
    mergeability: async (reader, target, source) => {
      const known = mergeability.known(reader.repo, target, source)
      if (known) return known
      using _place = await admit(reader)
      return await mergeability.of(reader.repo, target, source)
    },
    conflictsOf: async (reader, { target, source }, opts) => {
      using _place = await admit(reader)
      return await conflictsOf(merging, reader.repo, target, source, opts)
    },
    clock,
    findDeleted,
  }
  return {
    routes,
    follower,
    async [Symbol.asyncDispose]() {
      await keptMerges.idle()
      await follower[Symbol.asyncDispose]()
    },
  }
}

function openFollower({ records, pulls, git, door, log }: PullsParts): LogFollower {
  const following = {
    pulls,
    repositories: records.repositories,
    door,
    git: git.reader,
    onRefused: (repo: { id: RepoId }, refusal: object) =>
      log.warn({ repository: repo.id, refusal }, 'the commits of a pull request could not be kept'),
  }
  const follow = (event: StoredEvent) =>
    followEvent(following, event).catch((err: unknown) => {
      if (err instanceof AppError && PASSING.has(err.code)) throw err // it may go well later
      noteFailure(log, err, event.id) // and the rest of the log must not wait for it
    })
  return new LogFollower({
    name: 'pull-requests',
    from: 'beginning',
    tail: records.tail,
    cursors: records.cursors,
    concerns: (type) => CONCERNED.has(type),
    take: async (events) => {
      const withOpenOnes = await pulls.repositoriesWithOpenOnes(events.flatMap(({ repoId }) => repoId ?? []))
      for (const event of events) {
        if (event.repoId !== null && withOpenOnes.has(event.repoId)) await follow(event)
      }
    },
    onFailed: (err) => noteFailure(log, err),
  })
}

function noteFailure(log: ErrorLog, err: unknown, event?: string): void {
  log.error({ err, ...(event === undefined ? {} : { event }) }, 'pull requests could not follow')
}
