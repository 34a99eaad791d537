/** Kysely on SQLite: the driver of this folder under Kysely's own SQL. */
import { SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, type Dialect } from 'kysely'
import { DataVersion } from './data-version.ts'
import { SqliteDriver } from './driver.ts'
import { openReader, openWriter } from './open-file.ts'
import { WalSync } from './wal-sync.ts'

export interface Sqlite {
  readonly dialect: Dialect
  /** Changes with every commit to one of the tables by this process, and with every one by another. */
  readonly version: (tables: readonly string[]) => string
  /** Resolves when all that can be read is on disk. */
  readonly synced: () => Promise<void>
}

export async function openSqlite(path: string): Promise<Sqlite> {
  const writer = await openWriter(path)
  const reader = await openReader(path)
  const version = new DataVersion(writer)
  const wal = new WalSync(`${path}-wal`)
  const dialect: Dialect = {
    createDriver: () =>
      new SqliteDriver({ writer, reader, wal, onCommit: (changed) => version.bump(changed) }),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
  }
  return { dialect, version: (tables) => version.get(tables), synced: () => wal.synced() }
}
