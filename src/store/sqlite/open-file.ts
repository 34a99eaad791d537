/** Opens SQLite files: the module that does it, and the settings that make a commit durable. */
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSyncInstance } from '@photostructure/sqlite'

export type SqliteFile = DatabaseSyncInstance

interface SqliteModule {
  readonly DatabaseSync: { new (path: string): SqliteFile; readonly prototype: object }
}

/** SQLite waits for a lock by stopping the thread: only for a moment, then see when-free.ts. */
const BUSY_TIMEOUT_MS = 10

/** Makes the file, readable by its owner only, and its folder when they are missing. */
export async function openFile(path: string): Promise<SqliteFile> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  closeSync(openSync(path, 'a', 0o600)) // the -wal and -shm files take their mode from it
  const { DatabaseSync } = await sqliteModule()
  return new DatabaseSync(path)
}

/** A connection that writes. A commit is on disk when the log is synced: see wal-sync.ts. */
export async function openWriter(path: string): Promise<SqliteFile> {
  const file = await openFile(path)
  file.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`)
  file.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on')
  return file
}

/** A connection that sees what was committed and cannot write. */
export async function openReader(path: string): Promise<SqliteFile> {
  const file = await openFile(path)
  file.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}; pragma query_only = on`)
  return file
}

/** Node's own where it has all that is used here (22.16 on), else the package with the same API. */
async function sqliteModule(): Promise<SqliteModule> {
  const own = process.getBuiltinModule('node:sqlite') as SqliteModule | undefined
  if (own && 'isTransaction' in own.DatabaseSync.prototype) return own
  return import('@photostructure/sqlite')
}
