/**
 * One time for all servers of a database: leases, and when jobs are due, must not depend on whose clock is wrong.
 * On PostgreSQL it is the database's; a SQLite file has one server, whose own clock does.
 */
import { sql } from 'kysely'
import type { Clock } from '../../kernel/ports.ts'
import type { Database } from '../database.ts'

export interface SharedClock extends Clock {
  /** Asks the database what time it is. Between two questions time goes on by a clock that is never set. */
  adjust(): Promise<void>
}

/** @throws AppError `UNAVAILABLE` */
export async function openSharedClock(
  { engine, kysely }: Pick<Database, 'engine' | 'kysely'>,
  own: Clock,
): Promise<SharedClock> {
  if (engine === 'sqlite') return { now: () => own.now(), adjust: async () => {} }
  let ahead = 0
  const clock = {
    now: () => Math.round(performance.now() + ahead),
    async adjust() {
      const asked = performance.now()
      const { rows } = await question.execute(kysely)
      ahead = (rows[0]?.now ?? 0) - (asked + performance.now()) / 2
    },
  }
  await clock.adjust()
  return clock
}

/** Not `now()`, which is when its transaction began. */
const question = sql<{ now: number }>`select (extract(epoch from clock_timestamp()) * 1000)::bigint as now`
