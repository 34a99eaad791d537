/** Pull requests: rows, and the events about them. What their branches hold is git's business. */
import { AppError } from '../kernel/errors.ts'
import type { RepoId } from '../kernel/ids.ts'
import type { Clock } from '../kernel/ports.ts'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { isUniqueViolation } from './engine-errors.ts'
import type { Actor, EventLog } from './log/events.ts'
import type { Page, PageRequest } from './page.ts'
import { prepareQuery } from './prepared-query.ts'
import {
  changePull,
  closed,
  patched,
  reopened,
  type PullKey,
  type PullPatch,
  type Tips,
} from './pulls-change.ts'
import { followPulls, type Followed } from './pulls-follow.ts'
import { listPulls, type PullFilter } from './pulls-list.ts'
import { insertPull, nextNumber, type NewPull, type PullParts } from './pulls-open.ts'
import { listPushed, type PushedBy } from './pulls-pushed.ts'
import {
  OPEN_PULL,
  toOpenPull,
  toPull,
  type OpenPull,
  type OpenPullRow,
  type PullRequest,
} from './pulls-rows.ts'

/** Between two branches there is one open pull request at most. */
interface Pair {
  readonly repoId: RepoId
  readonly sourceBranch: string | null
  readonly targetBranch: string
}

export class PullRequests {
  readonly #parts: PullParts
  /** Asked after every push, so it is compiled once. */
  readonly #openOnes: (values: { repoId: string }) => Promise<readonly OpenPullRow[]>

  constructor(parts: { database: Database; events: EventLog; clock: Clock; newId: () => string }) {
    const { clock, ...rest } = parts
    this.#parts = { ...rest, now: () => clock.now() }
    const { kysely } = parts.database
    this.#openOnes = prepareQuery<OpenPullRow, { repoId: string }>(
      kysely,
      (slot) =>
        kysely
          .selectFrom('pull_requests')
          .select(OPEN_PULL)
          .where('repo_id', '=', slot('repoId'))
          .where('status', '=', sql.lit('open'))
          .orderBy('source_branch'), // as the index of open ones has it: without a look at those that were closed
    )
  }

  /** @throws AppError `REPO_NOT_FOUND`, `REPO_ARCHIVED`; `ALREADY_EXISTS` with the `id` and `number` of the open one */
  open(wanted: NewPull, by: Actor): Promise<PullRequest> {
    return this.#unlessOpen(wanted, async () => toPull(await insertPull(this.#parts, wanted, by)))
  }

  /** @param which UUID or number */
  async find(repoId: RepoId, which: string | number): Promise<PullRequest | null> {
    const row = await this.#parts.database.kysely
      .selectFrom('pull_requests')
      .selectAll()
      .where('repo_id', '=', repoId)
      .where(typeof which === 'number' ? 'number' : 'id', '=', which)
      .executeTakeFirst()
    return row ? toPull(row) : null
  }

  /** Taken for good, whether or not a pull request comes of it. */
  allotNumber(repoId: RepoId): Promise<number> {
    return this.#parts.database.transaction((trx) => nextNumber(trx, repoId))
  }

  /** The newest open ones that somebody's pushes to a branch have opened, newest first. */
  async pushedBy(who: PushedBy): Promise<PullRequest[]> {
    return (await listPushed(this.#parts.database.kysely, who)).map(toPull)
  }

  /** Newest first. @throws AppError `VALIDATION_ERROR` for a cursor that is none */
  list(filter: PullFilter, page: PageRequest): Promise<Page<PullRequest>> {
    return listPulls(this.#parts.database.kysely, filter, page)
  }

  /** All that are open, oldest first. */
  async openOnes(repoId: RepoId): Promise<OpenPull[]> {
    const open = (await this.#openOnes({ repoId })).map(toOpenPull)
    return open.sort((a, b) => a.number - b.number)
  }

  /** Which of these repositories have any. */
  async repositoriesWithOpenOnes(repoIds: readonly RepoId[]): Promise<ReadonlySet<RepoId>> {
    const rows = await this.#parts.database.kysely
      .selectFrom('pull_requests')
      .select('repo_id')
      .distinct()
      .where('repo_id', 'in', [...new Set(repoIds)])
      .where('status', '=', sql.lit('open'))
      .execute()
    return new Set(rows.map(({ repo_id }) => repo_id as RepoId))
  }

  /** @throws as `open`; `UNPROCESSABLE` for another target of one that is not open */
  update(pull: PullRequest, patch: PullPatch, by: Actor): Promise<PullRequest> {
    const pair = { ...pull, targetBranch: patch.target?.branch ?? pull.targetBranch }
    return this.#unlessOpen(pair, async () =>
      toPull(await changePull(this.#parts, pull, by, (row) => patched(row, patch))),
    )
  }

  /** @throws AppError `CONFLICT` unless it is open; `REPO_NOT_FOUND`, `REPO_ARCHIVED` */
  async close(pull: PullKey, by: Actor): Promise<PullRequest> {
    return toPull(await changePull(this.#parts, pull, by, closed))
  }

  /** @throws as `open`; `CONFLICT` unless it was closed without being merged */
  reopen(pull: PullRequest, tips: Tips, by: Actor): Promise<PullRequest> {
    return this.#unlessOpen(pull, async () =>
      toPull(await changePull(this.#parts, pull, by, (row) => reopened(row, tips))),
    )
  }

  /** Takes over what a push did. @throws AppError `REPO_NOT_FOUND` */
  follow(repoId: RepoId, followed: readonly Followed[], by: Actor): Promise<void> {
    return followPulls(this.#parts, repoId, followed, by)
  }

  /** The index decides, so two at once cannot both be open. */
  async #unlessOpen<T>(pair: Pair, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (cause) {
      if (!isUniqueViolation(cause)) throw cause
      throw new AppError('ALREADY_EXISTS', { details: await this.#openBetween(pair), cause })
    }
  }

  async #openBetween({ repoId, sourceBranch, targetBranch }: Pair): Promise<object> {
    const row = await this.#parts.database.kysely
      .selectFrom('pull_requests')
      .select(['id', 'number'])
      .where('repo_id', '=', repoId)
      .where('source_branch', '=', sourceBranch)
      .where('target_branch', '=', targetBranch)
      .where('status', '=', 'open')
      .executeTakeFirst()
    return { reason: 'a pull request of these branches is open already', ...row }
  }
}
