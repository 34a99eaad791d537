/** Kysely on SQLite: the driver of this folder under Kysely's own SQL. */
import { SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, type Dialect } from 'kysely'
import { SqliteDriver } from './driver.ts'
import { openReader, openWriter, type SqliteFile } from './open-file.ts'

export interface Sqlite {
  readonly dialect: Dialect
  /** Changes with every commit, of this process or another. @see https://sqlite.org/pragma.html#pragma_data_version */
  readonly version: () => number
}

export async function openSqlite(path: string): Promise<Sqlite> {
  const writer = await openWriter(path)
  const reader = await openReader(path)
  const dataVersion = reader.prepare('pragma data_version')
  const version = () => (dataVersion.get() as { data_version: number }).data_version
  return { dialect: dialectOn({ writer, reader }), version }
}

function dialectOn({ writer, reader }: { writer: SqliteFile; reader: SqliteFile }): Dialect {
  return {
    createDriver: () => new SqliteDriver({ writer, reader }),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
  }
}
