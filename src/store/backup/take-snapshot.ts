/** The database at one moment: its tables as files, and what else is to be copied to go with them. */
import type { Kysely } from 'kysely'
import type { ObjectFormat, RepoId } from '../../kernel/ids.ts'
import type { DatabaseAddress } from '../database.ts'
import type { RepositoryRow, Schema } from '../schema.ts'
import { exportTables, type TableFile } from './export-tables.ts'
import { readSnapshot } from './snapshot.ts'

export interface SnapshotRepository {
  readonly id: RepoId
  readonly objectFormat: ObjectFormat
  /** Short name. */
  readonly defaultBranch: string
  readonly state: RepositoryRow['state']
  /** Number of its newest pull request; 0: none. */
  readonly lastPull: number
}

export interface TakenSnapshot {
  readonly schemaVersion: number
  /** Sequence of the newest event: the moment of the snapshot. */
  readonly sequence: number
  readonly tables: Readonly<Record<string, TableFile>>
  /** By id. */
  readonly repositories: readonly SnapshotRepository[]
}

/** @throws as `readSnapshot` and `exportTables` */
export async function takeSnapshot(
  address: DatabaseAddress,
  directory: string,
  signal?: AbortSignal,
): Promise<TakenSnapshot> {
  return readSnapshot(address, async (snapshot) => ({
    sequence: await newest(snapshot, 'events', 'sequence'),
    schemaVersion: await newest(snapshot, 'schema_migrations', 'version'),
    repositories: await repositoriesOf(snapshot),
    tables: await exportTables(snapshot, directory, signal),
  }))
}

async function newest(
  snapshot: Kysely<Schema>,
  table: 'events' | 'schema_migrations',
  column: 'sequence' | 'version',
): Promise<number> {
  const row = await snapshot
    .selectFrom(table)
    .select(({ fn, ref }) => fn.max<number | null>(ref(column as never)).as('newest'))
    .executeTakeFirst()
  return row?.newest ?? 0
}

async function repositoriesOf(snapshot: Kysely<Schema>): Promise<SnapshotRepository[]> {
  const rows = await snapshot
    .selectFrom('repositories as r')
    .leftJoin('pull_counters as c', 'c.repo_id', 'r.id')
    .select(['r.id', 'r.object_format', 'r.default_branch', 'r.state', 'c.last_number'])
    .orderBy('r.id')
    .execute()
  return rows.map((row) => ({
    id: row.id as RepoId,
    objectFormat: row.object_format,
    defaultBranch: row.default_branch,
    state: row.state,
    lastPull: row.last_number ?? 0,
  }))
}
