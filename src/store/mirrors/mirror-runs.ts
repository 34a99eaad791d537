/** What runs of mirrors have found, and where the refs of their remotes are by our hand. */
import type { Oid, RefName } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Database, Trx } from '../database.ts'
import type { EventLog } from '../log/events.ts'
import { lockRepository } from '../read-repository.ts'
import type { MirrorRow } from '../schema.ts'
import { mirrorEvent, SERVER } from './mirror-events.ts'
import type { Mirror, RefusedRef } from './mirror-rows.ts'

/** The mirror as it was when the run began: what was set meanwhile makes its findings worthless. */
export type RunOf = Pick<Mirror, 'id' | 'repoId' | 'updatedAt'>

export interface RemoteChange {
  readonly ref: RefName
  /** `null`: it is not ours there any more. */
  readonly oid: Oid | null
}

/** How a run has ended; `error` null: every ref is there. */
export interface RunEnd {
  readonly error: string | null
  readonly refusedRefs: readonly RefusedRef[]
}

const ROWS_AT_ONCE = 200
const MAX_SHOWN_REFS = 100

export class MirrorRuns {
  readonly #database: Database
  readonly #events: EventLog
  readonly #clock: Clock

  constructor(parts: { database: Database; events: EventLog; clock: Clock }) {
    this.#database = parts.database
    this.#events = parts.events
    this.#clock = parts.clock
  }

  /** Value of each ref there by our hand; empty: it is ours, and nobody knows where it is. */
  async refsOf(mirrorId: string): Promise<ReadonlyMap<RefName, Oid | ''>> {
    const rows = await this.#database.kysely
      .selectFrom('mirror_refs')
      .select(['ref', 'oid'])
      .where('mirror_id', '=', mirrorId)
      .execute()
    return new Map(rows.map(({ ref, oid }) => [ref as RefName, oid as Oid | '']))
  }

  /** @returns false: it was removed or set anew, and nothing was noted */
  async note(run: RunOf, changes: readonly RemoteChange[]): Promise<boolean> {
    return await this.#database.transaction(async (trx) => {
      if (!(await this.#rowOf(trx, run))) return false
      for (let at = 0; at < changes.length; at += ROWS_AT_ONCE)
        await writeRefs(trx, run.id, changes.slice(at, at + ROWS_AT_ONCE))
      return true
    })
  }

  /**
   * @returns since when it has been failing, in milliseconds since 1970; `null`: it is not, or was removed or
   *   set anew, and nothing was noted
   */
  async end(run: RunOf, { error, refusedRefs }: RunEnd): Promise<number | null> {
    return await this.#database.transaction(async (trx) => {
      const row = await this.#rowOf(trx, run)
      const repo = await lockRepository(this.#database, trx, run.repoId)
      if (!row || !repo) return null
      const now = this.#clock.now()
      const failingSince = error === null ? null : (row.failing_since ?? now)
      await trx
        .updateTable('mirrors')
        .set({
          last_error: error,
          refused_refs: JSON.stringify(refusedRefs.slice(0, MAX_SHOWN_REFS)),
          last_attempt_at: now,
          failing_since: failingSince,
          ...(error === null ? { last_success_at: now } : {}),
        })
        .where('id', '=', run.id)
        .execute()
      if (error !== null && row.failing_since === null)
        await this.#events.append(trx, [mirrorEvent(repo, row, SERVER, 'failed', { error })])
      if (error === null && row.failing_since !== null)
        await this.#events.append(trx, [mirrorEvent(repo, row, SERVER, 'recovered')])
      return failingSince
    })
  }

  /** Nobody sets it until the transaction ends. */
  async #rowOf(trx: Trx, { id, repoId, updatedAt }: RunOf): Promise<MirrorRow | undefined> {
    await lockRepository(this.#database, trx, repoId)
    return await trx
      .selectFrom('mirrors')
      .selectAll()
      .where('id', '=', id)
      .where('updated_at', '=', updatedAt)
      .executeTakeFirst()
  }
}

async function writeRefs(trx: Trx, mirrorId: string, changes: readonly RemoteChange[]): Promise<void> {
  const gone = changes.filter(({ oid }) => oid === null).map(({ ref }) => ref)
  const there = changes.flatMap(({ ref, oid }) => (oid === null ? [] : { mirror_id: mirrorId, ref, oid }))
  if (gone.length > 0)
    await trx.deleteFrom('mirror_refs').where('mirror_id', '=', mirrorId).where('ref', 'in', gone).execute()
  if (there.length > 0)
    await trx
      .insertInto('mirror_refs')
      .values(there)
      .onConflict((conflict) =>
        conflict.columns(['mirror_id', 'ref']).doUpdateSet((eb) => ({ oid: eb.ref('excluded.oid') })),
      )
      .execute()
}
