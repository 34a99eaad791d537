/** A query that is built and compiled once, then run with new values: for what every request asks. */
import { sql, type Compilable, type Expression, type Kysely } from 'kysely'
import type { Trx } from './database.ts'
import type { Schema } from './schema.ts'

/** Stands in a compiled query for a value of a later call. */
class Slot {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

export type SlotFor<Values> = <K extends keyof Values & string>(name: K) => Expression<Values[K]>

/**
 * @param build makes the query, with `slot(name)` where a value of each call belongs
 * @returns runs it, in a transaction if one is given; the rows that it answers, or returns
 */
export function prepareQuery<Row, Values extends Record<string, unknown>>(
  kysely: Kysely<Schema>,
  build: (slot: SlotFor<Values>) => Compilable<Row>,
): (values: Values, trx?: Trx) => Promise<readonly Row[]> {
  const compiled = build((name) => sql`${new Slot(name)}`).compile()
  return async (values, trx) => {
    const parameters = compiled.parameters.map((p) => (p instanceof Slot ? values[p.name] : p))
    return (await (trx ?? kysely).executeQuery<Row>({ ...compiled, parameters })).rows
  }
}
