/** What has happened to each repository since it was last looked after. When that is too much is said elsewhere. */
import type { RepoId } from '../kernel/ids.ts'
import type { Clock } from '../kernel/ports.ts'
import type { Database, Trx } from './database.ts'
import type { RepositoryUpkeepRow } from './schema.ts'

export interface UpkeepCounts {
  /** Points; see rooms/maintenance/wear.ts. */
  readonly wear: number
  /** Refs that were deleted or forced since it was last repacked whole. */
  readonly dropped: number
  readonly fetches: number
  /** Milliseconds since 1970; `null`: never. */
  readonly maintainedAt: number | null
  readonly repackedAt: number | null
}

export type Added = Partial<Pick<UpkeepCounts, 'wear' | 'dropped' | 'fetches'>>

const NOTHING: UpkeepCounts = { wear: 0, dropped: 0, fetches: 0, maintainedAt: null, repackedAt: null }

export class RepositoryUpkeep {
  readonly #database: Database
  readonly #clock: Clock

  constructor(parts: { database: Database; clock: Clock }) {
    this.#database = parts.database
    this.#clock = parts.clock
  }

  async of(repoId: RepoId): Promise<UpkeepCounts> {
    const row = await this.#database.kysely
      .selectFrom('repository_upkeep')
      .selectAll()
      .where('repo_id', '=', repoId)
      .executeTakeFirst()
    return row ? toCounts(row) : NOTHING
  }

  /** @returns what it comes to now; `null`: there is no such repository any more */
  async add(trx: Trx, repoId: RepoId, added: Added): Promise<UpkeepCounts | null> {
    const { wear = 0, dropped = 0, fetches = 0 } = added
    const repository = await trx
      .selectFrom('repositories')
      .select('id')
      .where('id', '=', repoId)
      .executeTakeFirst()
    if (!repository) return null
    const row = await trx
      .insertInto('repository_upkeep')
      .values({ repo_id: repoId, wear, dropped, fetches, maintained_at: null, repacked_at: null })
      .onConflict((conflict) =>
        conflict.column('repo_id').doUpdateSet((eb) => ({
          wear: eb('repository_upkeep.wear', '+', wear),
          dropped: eb('repository_upkeep.dropped', '+', dropped),
          fetches: eb('repository_upkeep.fetches', '+', fetches),
        })),
      )
      .returningAll()
      .executeTakeFirstOrThrow()
    return toCounts(row)
  }

  /**
   * It was looked after: what was known of it when that began is settled. Half of its fetches are
   * remembered, so that who is cloned now and then stays known for it.
   *
   * @returns what has come since; `null`: there is no such repository any more
   */
  async settle(
    trx: Trx,
    repoId: RepoId,
    seen: UpkeepCounts,
    { whole }: { whole: boolean },
  ): Promise<UpkeepCounts | null> {
    const settled = { wear: -seen.wear, fetches: -Math.ceil(seen.fetches / 2) }
    const counts = await this.add(trx, repoId, whole ? { ...settled, dropped: -seen.dropped } : settled)
    if (counts === null) return null
    const now = this.#clock.now()
    const change = { maintained_at: now, ...(whole ? { repacked_at: now } : {}) }
    await trx.updateTable('repository_upkeep').set(change).where('repo_id', '=', repoId).execute()
    return counts
  }

  /**
   * Active ones that were not looked after since `before`, or never; the longest neglected first. Not those
   * that have a job of this type, done ones apart: who could not be looked after would always be the first.
   */
  async neglected(jobType: string, before: number, limit: number): Promise<readonly RepoId[]> {
    const rows = await this.#database.kysely
      .selectFrom('repositories as r')
      .leftJoin('repository_upkeep as u', 'u.repo_id', 'r.id')
      .select('r.id')
      .where('r.state', '=', 'active')
      .where('r.created_at', '<', before)
      .where((eb) => eb.or([eb('u.maintained_at', 'is', null), eb('u.maintained_at', '<', before)]))
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('jobs as j')
              .select('j.id')
              .where('j.type', '=', jobType)
              .whereRef('j.key', '=', 'r.id')
              .where('j.status', '<>', 'done'),
          ),
        ),
      )
      .orderBy((eb) => eb.fn.coalesce('u.maintained_at', 'r.created_at'))
      .limit(limit)
      .execute()
    return rows.map(({ id }) => id as RepoId)
  }
}

function toCounts(row: RepositoryUpkeepRow): UpkeepCounts {
  return {
    wear: row.wear,
    dropped: row.dropped,
    fetches: row.fetches,
    maintainedAt: row.maintained_at,
    repackedAt: row.repacked_at,
  }
}
