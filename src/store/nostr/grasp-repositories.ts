/**
 * Repositories that signed events announce. Their ordinary rows are made and deleted here with what only they
 * have, in one transaction; their git data is somebody else's business.
 */
import { sql } from 'kysely'
import type { RepoId } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/ports.ts'
import { KIND } from '../../nostr/kinds.ts'
import type { Database, Trx } from '../database.ts'
import { insertRepository, type InsertParts, type NewRepository } from '../insert-repository.ts'
import type { Actor, EventLog } from '../log/events.ts'
import { lockActive, lockRepository } from '../read-repository.ts'
import { repositoryEvent } from '../repository-events.ts'
import { REPOSITORY_COLUMNS, type NamedRow, type Surroundings } from '../repository-rows.ts'
import type { GraspRepositoryRow } from '../schema.ts'
import { writeRow } from '../write-repository.ts'
import { GRASP_COLUMNS, toGraspRepository, type GraspRepository } from './grasp-repository.ts'
import { insertGraspRow } from './insert-grasp-row.ts'

export type { GraspRepository } from './grasp-repository.ts'

export interface GraspRepositoriesParts extends Pick<Surroundings, 'pathOf'> {
  readonly database: Database
  readonly events: EventLog
  readonly clock: Clock
  readonly newId: () => string
}

export type NewGraspRepository = Pick<
  GraspRepository,
  'owner' | 'identifier' | 'form' | 'status' | 'listed' | 'announcementId' | 'waitsUntil'
> & { readonly repo: Omit<NewRepository, 'state' | 'kind'> }

/** What is absent stays as it is. */
export type GraspPatch = Partial<
  Pick<GraspRepository, 'status' | 'listed' | 'announcementId' | 'appliedStateId' | 'waitsUntil'> & {
    readonly name: string
    readonly description: string | null
  }
>

/** Nobody in particular: time did it. */
const TIME: Actor = { actorId: null, agentId: null }

export class GraspRepositories {
  readonly #parts: Omit<InsertParts, 'jobs'> & Pick<GraspRepositoriesParts, 'pathOf'>

  constructor({ database, events, clock, newId, pathOf }: GraspRepositoriesParts) {
    this.#parts = { database, events, newId, now: () => clock.now(), surfaceOrg: '', pathOf }
  }

  /** `null` when there is none, or it is deleted. */
  async of(
    owner: string,
    identifier: string,
    form: GraspRepository['form'],
  ): Promise<GraspRepository | null> {
    const rows = await this.#active()
      .where('g.pubkey', '=', owner)
      .where('g.identifier', '=', identifier)
      .where('g.form', '=', form)
      .execute()
    return this.#all(rows)[0] ?? null
  }

  async byRepoId(id: RepoId): Promise<GraspRepository | null> {
    return this.#all(await this.#active().where('r.id', '=', id).execute())[0] ?? null
  }

  /** All owners' of that identifier, the oldest first. */
  async ofIdentifier(
    identifier: string,
    form: GraspRepository['form'] = 'announced',
  ): Promise<readonly GraspRepository[]> {
    const rows = await this.#active()
      .where('g.identifier', '=', identifier)
      .where('g.form', '=', form)
      .orderBy('r.id')
      .execute()
    return this.#all(rows)
  }

  /** Everything that is hosted, by id, from `after` on: for what is done to all of them, a page at a time. */
  async list(after: RepoId | null, limit: number): Promise<readonly GraspRepository[]> {
    const rows = await this.#active()
      .$if(after !== null, (query) => query.where('r.id', '>', after ?? ''))
      .orderBy('r.id')
      .limit(limit)
      .execute()
    return this.#all(rows)
  }

  /** Those whose time is over, the most overdue first. */
  async overdue(limit: number): Promise<readonly GraspRepository[]> {
    const rows = await this.#active()
      .where('g.waits_until', '<=', this.#parts.now())
      .orderBy('g.waits_until')
      .limit(limit)
      .execute()
    return this.#all(rows)
  }

  /** Announced ones without an announcement that is served or in purgatory, unless that is known and their time runs. */
  async unannounced(updatedBefore: number, limit: number): Promise<readonly GraspRepository[]> {
    const rows = await this.#active()
      .where('g.form', '=', 'announced')
      .where((eb) => eb.or([eb('g.status', '<>', 'archived'), eb('g.waits_until', 'is', null)]))
      .where('g.updated_at', '<=', updatedBefore)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('nostr_events as e')
              .select('e.id')
              .where('e.kind', '=', KIND.announcement)
              .whereRef('e.pubkey', '=', 'g.pubkey')
              .whereRef('e.identifier', '=', 'g.identifier')
              .where('e.status', '<>', 'expired'),
          ),
        ),
      )
      .limit(limit)
      .execute()
    return this.#all(rows)
  }

  /** How many repositories it announces here, in purgatory or not. Tips are pushed by anybody, and count for nobody. */
  async countOf(owner: string): Promise<number> {
    const row = await this.#parts.database.kysely
      .selectFrom('grasp_repositories as g')
      .innerJoin('repositories as r', 'r.id', 'g.repo_id')
      .select((eb) => eb.fn.countAll<number | string>().as('count'))
      .where('g.pubkey', '=', owner)
      .where('g.form', '=', 'announced')
      .where('r.state', '=', sql.lit('active'))
      .executeTakeFirstOrThrow()
    return Number(row.count)
  }

  /**
   * Its git directory must be there already. One that was deleted before is no longer what is announced.
   *
   * @throws AppError `ALREADY_EXISTS`
   */
  async insert(wanted: NewGraspRepository, by: Actor): Promise<GraspRepository> {
    const { repo } = wanted
    const archived = wanted.status === 'archived'
    await insertRepository(this.#parts, { ...repo, kind: 'grasp', state: 'active', archived }, by, (trx) =>
      insertGraspRow(trx, toRow(wanted, this.#parts.now())),
    )
    return (await this.byRepoId(repo.id)) ?? fail(`repository ${repo.id} was not inserted`)
  }

  /**
   * An archive is one for every other road, too: the ordinary row says so with it.
   *
   * @throws AppError `REPO_NOT_FOUND` unless it is active
   */
  async update(id: RepoId, patch: GraspPatch, by: Actor = TIME): Promise<void> {
    const { database, events, now } = this.#parts
    await database.transaction(async (trx) => {
      const before = await lockActive(database, trx, id)
      const after = patched(before, patch)
      await writeGrasp(trx, id, patch, now())
      const changed = (['name', 'description'] as const).filter((field) => after[field] !== before[field])
      const isArchived = after.archived !== before.archived
      if (changed.length > 0 || isArchived) await writeRow(trx, { ...after, updated_at: now() })
      const archived = after.archived === 1 ? 'repo.archived' : 'repo.unarchived'
      await events.append(trx, [
        ...(isArchived ? [repositoryEvent(after, by, archived, {})] : []),
        ...(changed.length > 0 ? [repositoryEvent(after, by, 'repo.updated', { changed })] : []),
      ])
    })
  }

  /**
   * Forgets one without git data, for good; its directory must be removed after it has been deleted.
   *
   * @returns false, and does nothing, unless it is deleted, and was in purgatory or an archive that stayed empty
   */
  async forget(id: RepoId): Promise<boolean> {
    const { database, events } = this.#parts
    return await database.transaction(async (trx) => {
      const row = await lockRepository(database, trx, id)
      const status = await statusOf(trx, id)
      const isEmpty = status === 'purgatory' || (status === 'archived' && row?.pushed_at === null)
      if (row?.state !== 'deleted' || !isEmpty) return false
      await trx.deleteFrom('repositories').where('id', '=', id).execute()
      const data = { slug: row.slug, orgSlug: row.org_slug }
      await events.append(trx, [repositoryEvent(row, TIME, 'repo.purged', data)])
      return true
    })
  }

  #active() {
    return this.#parts.database.kysely
      .selectFrom('repositories as r')
      .innerJoin('organizations as o', 'o.id', 'r.org_id')
      .innerJoin('grasp_repositories as g', 'g.repo_id', 'r.id')
      .select([...REPOSITORY_COLUMNS, 'o.slug as org_slug', ...GRASP_COLUMNS])
      .where('r.state', '=', sql.lit('active'))
  }

  #all(rows: readonly Parameters<typeof toGraspRepository>[0][]): GraspRepository[] {
    return rows.map((row) => toGraspRepository(row, this.#parts.pathOf))
  }
}

function toRow(wanted: NewGraspRepository, now: number): GraspRepositoryRow {
  return {
    repo_id: wanted.repo.id,
    pubkey: wanted.owner,
    identifier: wanted.identifier,
    form: wanted.form,
    status: wanted.status,
    listed: wanted.listed ? 1 : 0,
    announcement_id: wanted.announcementId,
    applied_state_id: null,
    waits_until: wanted.waitsUntil,
    created_at: now,
    updated_at: now,
  }
}

function patched(before: NamedRow, { name, description, status }: GraspPatch): NamedRow {
  return {
    ...before,
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(status === undefined ? {} : { archived: status === 'archived' ? 1 : 0 }),
  }
}

async function writeGrasp(trx: Trx, id: RepoId, patch: GraspPatch, now: number): Promise<void> {
  const { status, listed, announcementId, appliedStateId, waitsUntil } = patch
  await trx
    .updateTable('grasp_repositories')
    .set({
      updated_at: now,
      ...(status === undefined ? {} : { status }),
      ...(listed === undefined ? {} : { listed: listed ? (1 as const) : (0 as const) }),
      ...(announcementId === undefined ? {} : { announcement_id: announcementId }),
      ...(appliedStateId === undefined ? {} : { applied_state_id: appliedStateId }),
      ...(waitsUntil === undefined ? {} : { waits_until: waitsUntil }),
    })
    .where('repo_id', '=', id)
    .execute()
}

async function statusOf(trx: Trx, id: RepoId): Promise<GraspRepository['status'] | null> {
  const row = await trx
    .selectFrom('grasp_repositories')
    .select('status')
    .where('repo_id', '=', id)
    .executeTakeFirst()
  return row?.status ?? null
}

function fail(message: string): never {
  throw new Error(message)
}
