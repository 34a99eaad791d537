/** Reads one repository by its id, whatever its state; for clients' names see find-repository.ts. */
import { sql, type Kysely } from 'kysely'
import { AppError } from '../kernel/errors.ts'
import { isUuid, type RepoId } from '../kernel/ids.ts'
import type { Database, Trx } from './database.ts'
import { REPOSITORY_COLUMNS, type NamedRow } from './repository-rows.ts'
import type { Schema } from './schema.ts'

export async function readRepository(kysely: Kysely<Schema>, id: RepoId): Promise<NamedRow | null> {
  const row = await kysely
    .selectFrom('repositories as r')
    .innerJoin('organizations as o', 'o.id', 'r.org_id')
    .select([...REPOSITORY_COLUMNS, 'o.slug as org_slug'])
    .where('r.id', '=', id)
    .executeTakeFirst()
  return row ?? null
}

/** By the name that it has now, unless it is deleted. @param org slug or UUID */
export async function readNamed(kysely: Kysely<Schema>, org: string, slug: string): Promise<NamedRow | null> {
  const name = org.toLowerCase()
  const row = await kysely
    .selectFrom('repositories as r')
    .innerJoin('organizations as o', 'o.id', 'r.org_id')
    .select([...REPOSITORY_COLUMNS, 'o.slug as org_slug'])
    .where(isUuid(name) ? 'o.id' : 'o.slug', '=', name)
    .where('r.slug', '=', slug.toLowerCase())
    .where('r.state', '<>', sql.lit('deleted'))
    .executeTakeFirst()
  return row ?? null
}

/** Reads it so that it stays as it is until the transaction ends. */
export async function lockRepository(database: Database, trx: Trx, id: RepoId): Promise<NamedRow | null> {
  await takeRepositoryTurn(database, trx, id)
  return readRepository(trx, id)
}

/** For who changes it without looking at it. */
export async function takeRepositoryTurn(database: Database, trx: Trx, id: RepoId): Promise<void> {
  await database.takeTurn(trx, `repository:${id}`)
}

/** @throws AppError `REPO_NOT_FOUND` unless it is active */
export async function lockActive(database: Database, trx: Trx, id: RepoId): Promise<NamedRow> {
  const row = await lockRepository(database, trx, id)
  if (row?.state !== 'active') throw new AppError('REPO_NOT_FOUND')
  return row
}

/** @throws AppError `REPO_NOT_FOUND` unless it is active; `REPO_ARCHIVED` */
export async function lockWritable(database: Database, trx: Trx, id: RepoId): Promise<NamedRow> {
  const row = await lockActive(database, trx, id)
  if (row.archived === 1) throw new AppError('REPO_ARCHIVED', { details: { reason: 'archived' } })
  return row
}

/** Provisional ones made before `before`, unless an open intent is about to show them. */
export async function listProvisional(kysely: Kysely<Schema>, before: number): Promise<NamedRow[]> {
  return kysely
    .selectFrom('repositories as r')
    .innerJoin('organizations as o', 'o.id', 'r.org_id')
    .select([...REPOSITORY_COLUMNS, 'o.slug as org_slug'])
    .where('r.state', '=', 'provisional')
    .where('r.created_at', '<=', before)
    .where('r.id', 'not in', (eb) => eb.selectFrom('intents').select('repo_id'))
    .execute()
}
