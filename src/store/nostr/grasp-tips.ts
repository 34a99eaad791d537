/** Tips of pull requests, which stand under `refs/nostr/<event>`: whether their events have been seen to. No git here. */
import type { RepoId } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Database } from '../database.ts'

/** What is pushed under the id of an event. */
export interface Tip {
  readonly repoId: RepoId
  /** Id of the event, whether or not it has come. */
  readonly eventId: string
}

/** A tip that is not as it should stay: its event waits for it, has not come, or is gone. */
export interface UnsettledTip extends Tip {
  /** When it is dropped unless its event comes, in milliseconds since 1970; `null`: its event was here before. */
  readonly waitsUntil: number | null
}

/** SQLite takes 32,766 values in a statement. */
const MAX_ROWS = 1_000

export class GraspTips {
  readonly #database: Database
  readonly #clock: Clock

  constructor(parts: { readonly database: Database; readonly clock: Clock }) {
    this.#database = parts.database
    this.#clock = parts.clock
  }

  /**
   * Before the refs move: a tip that is not there in the end is forgotten in time.
   *
   * @param address of whoever pushes; `null`: the server itself
   */
  async expect(tips: readonly Tip[], waitsUntil: number, address: string | null): Promise<void> {
    const value = { waits_until: waitsUntil, address }
    for (let at = 0; at < tips.length; at += MAX_ROWS) {
      const rows = tips.slice(at, at + MAX_ROWS).map(({ repoId, eventId }) => {
        return { repo_id: repoId, event_id: eventId, created_at: this.#clock.now(), ...value }
      })
      await this.#database.kysely
        .insertInto('grasp_tips')
        .values(rows)
        .onConflict((conflict) => conflict.columns(['event_id', 'repo_id']).doUpdateSet(value))
        .execute()
    }
  }

  /** How many wait, and how many of them for whoever pushes from `address`. */
  async waiting(address: string): Promise<{ readonly all: number; readonly ofAddress: number }> {
    const { kysely } = this.#database
    const { all } = await kysely
      .selectFrom('grasp_tips')
      .select((eb) => eb.fn.countAll<number | string>().as('all'))
      .where('waits_until', 'is not', null)
      .executeTakeFirstOrThrow()
    const { own } = await kysely
      .selectFrom('grasp_tips')
      .select((eb) => eb.fn.countAll<number | string>().as('own'))
      .where('address', '=', address)
      .executeTakeFirstOrThrow()
    return { all: Number(all), ofAddress: Number(own) }
  }

  /** Of these repositories, with what waits for its time. */
  async unsettled(repoIds: readonly RepoId[]): Promise<readonly UnsettledTip[]> {
    if (repoIds.length === 0) return []
    const rows = await this.#database.kysely
      .selectFrom('grasp_tips as t')
      .leftJoin('nostr_events as e', 'e.id', 't.event_id')
      .select(['t.repo_id', 't.event_id', 't.waits_until'])
      .where('t.repo_id', 'in', repoIds)
      .where((eb) =>
        eb.or([
          eb('t.waits_until', 'is not', null),
          eb('e.status', 'is', null),
          eb('e.status', '<>', 'served'),
        ]),
      )
      .orderBy('t.created_at')
      .orderBy('t.event_id')
      .execute()
    return rows.map((row) => {
      return { repoId: row.repo_id as RepoId, eventId: row.event_id, waitsUntil: row.waits_until }
    })
  }

  /** Their events are served. */
  async settle(tips: readonly Tip[]): Promise<void> {
    for (const { repoId, eventId } of tips) {
      await this.#database.kysely
        .insertInto('grasp_tips')
        .values({
          repo_id: repoId,
          event_id: eventId,
          waits_until: null,
          address: null,
          created_at: this.#clock.now(),
        })
        .onConflict((conflict) =>
          conflict.columns(['event_id', 'repo_id']).doUpdateSet({ waits_until: null, address: null }),
        )
        .execute()
    }
  }

  /** They are gone. */
  async forget(tips: readonly Tip[]): Promise<void> {
    for (const { repoId, eventId } of tips) {
      await this.#database.kysely
        .deleteFrom('grasp_tips')
        .where('repo_id', '=', repoId)
        .where('event_id', '=', eventId)
        .execute()
    }
  }

  /** Identifiers of repositories in which the time of a tip is over. */
  async overdue(): Promise<readonly string[]> {
    const rows = await this.#database.kysely
      .selectFrom('grasp_tips as t')
      .innerJoin('grasp_repositories as g', 'g.repo_id', 't.repo_id')
      .select('g.identifier')
      .distinct()
      .where('t.waits_until', '<=', this.#clock.now())
      .execute()
    return rows.map(({ identifier }) => identifier)
  }
}
