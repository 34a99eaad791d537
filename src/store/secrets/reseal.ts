/** Seals everything in the database anew, with another secret. */
import { sql } from 'kysely'
import { AppError } from '../../kernel/errors.ts'
import { TABLES } from '../backup/tables.ts'
import type { Trx } from '../database.ts'
import { SEALED_COLUMNS, type SealedColumn } from './sealed-columns.ts'
import { sealWith } from './seal.ts'

export interface Secrets {
  readonly old: Buffer
  readonly next: Buffer
}

type Row = Readonly<Record<string, string | null>>

/** Of one statement: what is in memory at once. */
const ROWS_AT_ONCE = 500

/**
 * In one transaction, or nothing can be opened.
 *
 * @returns how many values there were
 * @throws AppError `KEY_SECRET_UNUSABLE`: one was sealed with another secret than `old`
 */
export async function resealAll(trx: Trx, secrets: Secrets): Promise<number> {
  let values = 0
  for (const column of SEALED_COLUMNS) values += await resealColumn(trx, column, secrets)
  return values
}

async function resealColumn(trx: Trx, column: SealedColumn, { old, next }: Secrets): Promise<number> {
  const from = sealWith(old, column.purpose)
  const to = sealWith(next, column.purpose)
  let values = 0
  for (let after: string | null = null; ;) {
    const rows = await pageOf(trx, column, after)
    for (const row of rows) {
      const name = column.rowOf(row as never)
      const plain = open(() => from.open(row[column.column] ?? '', name), column)
      await write(trx, column, row, to.seal(plain, name))
    }
    values += rows.length
    if (rows.length < ROWS_AT_ONCE) return values
    after = rows.at(-1)?.[keyOf(column)] ?? null
  }
}

/** Empty ones hold nothing: a key that signs no more, an upstream whose key was revoked. */
async function pageOf(trx: Trx, { table, column }: SealedColumn, after: string | null): Promise<Row[]> {
  const key = sql.ref(keyOf({ table }))
  const value = sql.ref(column)
  const { rows } = await sql<Row>`
    select * from ${sql.table(table)}
    where ${value} is not null and ${value} <> '' and ${key} > ${after ?? ''}
    order by ${key} limit ${sql.lit(ROWS_AT_ONCE)}`.execute(trx)
  return rows
}

async function write(trx: Trx, { table, column }: SealedColumn, row: Row, value: string): Promise<void> {
  const key = keyOf({ table })
  await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${value} where ${sql.ref(key)} = ${row[key]}`.execute(
    trx,
  )
}

/** All of them have one column of text for a key. */
function keyOf({ table }: Pick<SealedColumn, 'table'>): string {
  return TABLES[table][0]
}

function open(work: () => string, { table, column }: SealedColumn): string {
  try {
    return work()
  } catch (cause) {
    const reason = `${table}.${column} was sealed with another secret; restore that one, then rotate`
    throw new AppError('KEY_SECRET_UNUSABLE', { details: { reason }, cause })
  }
}
