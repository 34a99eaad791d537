/** Writes every table into a file of its own, a row a line as JSON: the same from either engine. */
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { sql, type Kysely } from 'kysely'
import type { Schema } from '../schema.ts'
import { toJsonLines } from './json-lines.ts'
import { TABLE_NAMES, TABLES, type TableName } from './tables.ts'

export interface TableFile {
  readonly rows: number
  /** Of the whole file, hex. */
  readonly sha256: string
}

type Row = Readonly<Record<string, unknown>>

const ROWS_AT_ONCE = 500

/** `<table>.jsonl`; exists in a backup for every table that its schema had. */
export function tablePath(directory: string, table: string): string {
  return join(directory, `${table}.jsonl`)
}

/**
 * Rows stand in the order of their primary keys; the files are on disk when it resolves.
 *
 * @param directory exists
 * @throws Error of the file system; the reason of `signal`
 */
export async function exportTables(
  snapshot: Kysely<Schema>,
  directory: string,
  signal?: AbortSignal,
): Promise<Record<string, TableFile>> {
  const files: Record<string, TableFile> = {}
  for (const table of TABLE_NAMES) files[table] = await exportTable(snapshot, directory, table, signal)
  return files
}

async function exportTable(
  snapshot: Kysely<Schema>,
  directory: string,
  table: TableName,
  signal?: AbortSignal,
): Promise<TableFile> {
  const hash = createHash('sha256')
  let rows = 0
  await using file = await open(tablePath(directory, table), 'wx', 0o600)
  for await (const page of pagesOf(snapshot, table)) {
    signal?.throwIfAborted()
    const text = toJsonLines(page)
    hash.update(text)
    await file.appendFile(text)
    rows += page.length
  }
  await file.sync()
  return { rows, sha256: hash.digest('hex') }
}

/** Each page begins behind the key of the last row, so that no row is read twice. */
async function* pagesOf(snapshot: Kysely<Schema>, table: TableName): AsyncGenerator<readonly Row[]> {
  const keys: readonly string[] = TABLES[table]
  const columns = sql.join(keys.map((key) => sql.ref(key)))
  for (let last: Row | undefined, more = true; more;) {
    const behind = last === undefined ? sql`` : sql`where (${columns}) > (${valuesOf(last, keys)})`
    const { rows } = await sql<Row>`
      select * from ${sql.table(table)} ${behind} order by ${columns} limit ${sql.lit(ROWS_AT_ONCE)}`.execute(
      snapshot,
    )
    if (rows.length > 0) yield rows
    last = rows.at(-1)
    more = rows.length === ROWS_AT_ONCE
  }
}

function valuesOf(row: Row, keys: readonly string[]) {
  return sql.join(keys.map((key) => row[key]))
}
