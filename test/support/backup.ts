/** Restored backups, and what is compared of them: every row and every ref, read past the server's own code. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { restoreServer } from '../../src/compose/backup.ts'
import type { Config } from '../../src/config/config.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { PushData } from '../../src/kernel/events.ts'
import type { RepoId } from '../../src/kernel/ids.ts'
import { repoPath } from '../../src/git/storage.ts'
import { TABLE_NAMES, type TableName } from '../../src/store/backup/tables.ts'
import { openDatabase, type Database } from '../../src/store/database.ts'
import { runGit } from './actor.ts'
import { launcherScript } from './launcher.ts'

export interface Restored extends AsyncDisposable {
  readonly config: Config
  readonly database: Database
}

/** @param url an empty PostgreSQL database; `null`: SQLite. @param settings of the server that it is for */
export async function restored(
  backup: string,
  url: string | null = null,
  settings: Readonly<Record<string, string>> = {},
): Promise<Restored> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-restored-'))
  const config = loadConfig({
    SLUICE_DATA_DIR: join(dir, 'data'),
    SERVER_PORT: '0',
    SLUICE_LOG_LEVEL: 'silent',
    ...(url === null ? {} : { DATABASE_URL: url }),
    ...settings,
  })
  await restoreServer(config, await launcherScript(), { backup, depth: 'content' })
  const database = await openDatabase({ url, path: config.databasePath })
  return {
    config,
    database,
    async [Symbol.asyncDispose]() {
      await database.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** Every table, its rows as sorted text. */
export async function rowsOf({ kysely }: Database): Promise<Record<TableName, string[]>> {
  const tables = TABLE_NAMES.map(async (table) => {
    const { rows } = await sql<object>`select * from ${sql.table(table)}`.execute(kysely)
    return [table, rows.map((row) => JSON.stringify(row)).sort()]
  })
  return Object.fromEntries(await Promise.all(tables)) as Record<TableName, string[]>
}

/** `git for-each-ref` and HEAD of each repository that has data. */
export async function refsOf({ kysely }: Database, root: string): Promise<Record<string, string>> {
  const rows = await kysely.selectFrom('repositories').select('id').orderBy('id').execute()
  const refs = rows.map(async ({ id }) => {
    const cwd = repoPath(root, id as RepoId)
    const [all, head] = [
      await runGit(['for-each-ref'], { cwd }),
      await runGit(['symbolic-ref', 'HEAD'], { cwd }),
    ]
    return [id, all.code === 0 ? all.stdout + head.stdout : 'none']
  })
  return Object.fromEntries(await Promise.all(refs)) as Record<string, string>
}

/** Branches and tags of each repository as its log tells them: the last value of each ref. */
export async function toldRefs({ kysely }: Database): Promise<Map<string, Map<string, string>>> {
  const rows = await kysely
    .selectFrom('events')
    .selectAll()
    .where('type', '=', 'push')
    .orderBy('sequence')
    .execute()
  const told = new Map<string, Map<string, string>>()
  for (const { repo_id, data } of rows) {
    const refs = told.get(repo_id ?? '') ?? new Map<string, string>()
    told.set(repo_id ?? '', refs)
    for (const { ref, newOid } of (JSON.parse(data) as PushData).refs) {
      if (/^0+$/.test(newOid)) refs.delete(ref)
      else refs.set(ref, newOid)
    }
  }
  return told
}

/** The same as git sees them. */
export async function realRefs(root: string, id: string): Promise<Map<string, string>> {
  const cwd = repoPath(root, id as RepoId)
  const { stdout } = await runGit(
    ['for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads', 'refs/tags'],
    {
      cwd,
    },
  )
  const lines = stdout.split('\n').filter((line) => line !== '')
  return new Map(lines.map((line) => line.split(' ') as [string, string]))
}
