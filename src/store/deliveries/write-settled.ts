/** What came of many deliveries, in one statement. */
import { sql, type Kysely } from 'kysely'
import type { Schema } from '../schema.ts'
import type { Settled } from './delivery.ts'

/** PostgreSQL takes values of a list for text unless told; the names of its columns are the same in both engines. */
export async function writeSettled(
  kysely: Kysely<Schema>,
  settled: readonly Settled[],
  now: number,
): Promise<void> {
  if (settled.length === 0) return
  const rows = settled.map(
    (s) =>
      sql`(${s.id}, ${s.status}, ${s.inLine ? 1 : 0}, ${s.attempts}, ${s.nextAttemptAt}, ${s.responseStatus}, ${s.responseExcerpt}, ${s.error}, ${s.durationMs})`,
  )
  const number = (column: number) => sql<number>`cast(${sql.ref(`v.column${column}`)} as bigint)`
  const text = (column: number) => sql<string>`${sql.ref(`v.column${column}`)}`
  await kysely
    .updateTable('deliveries')
    .from(sql`(values ${sql.join(rows)})`.as('v'))
    .set({
      status: text(2) as never,
      in_line: sql<0 | 1>`cast(${sql.ref('v.column3')} as smallint)`,
      attempts: number(4),
      next_attempt_at: number(5),
      response_status: number(6),
      response_excerpt: text(7),
      error: text(8),
      duration_ms: number(9),
      updated_at: now,
    })
    .where('deliveries.id', '=', text(1))
    .execute()
}
