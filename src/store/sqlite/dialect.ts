/** Kysely on SQLite: the driver of this folder under Kysely's own SQL. */
import { SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, type Dialect } from 'kysely'
import { SqliteDriver } from './driver.ts'
import { openReader, openWriter } from './open-file.ts'

export async function openSqlite(path: string): Promise<Dialect> {
  const writer = await openWriter(path)
  const reader = await openReader(path)
  return {
    createDriver: () => new SqliteDriver({ writer, reader }),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
  }
}
