/** The repositories of this server, as rooms use them. Every change of state writes its event with it. */
import type { FoundRepository } from '../kernel/directory.ts'
import type { RepoId } from '../kernel/ids.ts'
import type { Clock } from '../kernel/ports.ts'
import type { Repository, RepositoryAddress } from '../kernel/repository.ts'
import type { Database } from './database.ts'
import type { Actor, EventLog } from './log/events.ts'
import type { Jobs } from './jobs/jobs.ts'
import { expire, listExpired, purge, purgeableAt } from './ended-repositories.ts'
import { findRepository, type FindByAddress } from './find-repository.ts'
import { insertRepository, type InsertParts, type NewRepository } from './insert-repository.ts'
import { listRepositories, type RepositoryFilter } from './list-repositories.ts'
import { mayCreateIn } from './organizations.ts'
import type { Page, PageRequest } from './page.ts'
import { listProvisional, readNamed, readRepository } from './read-repository.ts'
import { toRepository, type NamedRow, type Surroundings } from './repository-rows.ts'
import { activate, discard, restore, softDelete } from './repository-states.ts'
import { updateRepository, type RepositoryPatch } from './update-repository.ts'

export interface RepositoriesParts extends Surroundings {
  readonly database: Database
  readonly events: EventLog
  readonly jobs: Pick<Jobs, 'enqueue'>
  readonly clock: Clock
  readonly newId: () => string
}

export class Repositories {
  readonly #database: Database
  readonly #around: Surroundings
  readonly #parts: InsertParts
  readonly #find: FindByAddress

  constructor({ database, events, jobs, clock, newId, pathOf, surfaceOrg }: RepositoriesParts) {
    this.#database = database
    this.#around = { pathOf, surfaceOrg: surfaceOrg.toLowerCase() }
    const now = () => clock.now()
    this.#parts = { database, events, jobs, newId, now, surfaceOrg: this.#around.surfaceOrg }
    this.#find = findRepository(database, this.#around)
  }

  /** An active repository with the account's role there; `null` when there is none. */
  find(address: RepositoryAddress, accountId: string | null): Promise<FoundRepository | null> {
    return this.#find(address, accountId)
  }

  /** In any state; `null` when there is none. */
  async byId(id: RepoId): Promise<Repository | null> {
    const row = await readRepository(this.#database.kysely, id)
    return row && this.#toRepository(row)
  }

  /** By the name that it has now, provisional or active. @param org slug or UUID */
  async byName(org: string, slug: string): Promise<Repository | null> {
    const row = await readNamed(this.#database.kysely, org, slug)
    return row && this.#toRepository(row)
  }

  /** @throws AppError `VALIDATION_ERROR` for a cursor that is none */
  list(filter: RepositoryFilter, page: PageRequest): Promise<Page<FoundRepository>> {
    return listRepositories(this.#database.kysely, this.#around, filter, page)
  }

  /** @param org slug or UUID */
  mayCreateIn(org: string, accountId: string): Promise<boolean> {
    return mayCreateIn(this.#database.kysely, org, accountId)
  }

  /** @throws AppError `ALREADY_EXISTS` */
  async insert(wanted: NewRepository, by: Actor): Promise<Repository> {
    return this.#toRepository(await insertRepository(this.#parts, wanted, by))
  }

  /** A new slug leaves a redirect behind. @throws AppError `REPO_NOT_FOUND`, `ALREADY_EXISTS` */
  async update(id: RepoId, patch: RepositoryPatch, by: Actor): Promise<Repository> {
    return this.#toRepository(await updateRepository(this.#parts, id, patch, by))
  }

  /** Hidden at once, its name free at once. @throws AppError `REPO_NOT_FOUND` */
  softDelete(id: RepoId, by: Actor): Promise<void> {
    return softDelete(this.#parts, id, by)
  }

  /** For 30 days after the deletion. @throws AppError `REPO_NOT_FOUND`, `ALREADY_EXISTS` */
  async restore(id: RepoId, by: Actor): Promise<Repository> {
    return this.#toRepository(await restore(this.#parts, id, by))
  }

  /** Shows a provisional repository; does nothing when it is active already. */
  activate(id: RepoId, by: Actor): Promise<void> {
    const { database, events } = this.#parts
    return database.transaction(async (trx) => events.append(trx, await activate(database, trx, id, by)))
  }

  /** Forgets a provisional repository. @returns false when it is not provisional (any more) */
  discard(id: RepoId): Promise<boolean> {
    return discard(this.#parts, id)
  }

  /** Made for a first push at least so long ago, and not waited for by an open intent. */
  async provisional(olderThanMs: number): Promise<readonly Repository[]> {
    const rows = await listProvisional(this.#database.kysely, this.#parts.now() - olderThanMs)
    return rows.map((row) => this.#toRepository(row))
  }

  /** Ids of active ones whose time is over. */
  expired(limit: number): Promise<readonly RepoId[]> {
    return listExpired(this.#database.kysely, this.#parts.now(), limit)
  }

  /** Deletes one of them, as `softDelete` does. @returns false when its time is not over (any more) */
  expire(id: RepoId): Promise<boolean> {
    return expire(this.#parts, id)
  }

  /** From when on nobody can restore it any more; `null` when it is not deleted, or gone. */
  purgeableAt(id: RepoId): Promise<number | null> {
    return purgeableAt(this.#database.kysely, id)
  }

  /** Forgets it then; its git data must be gone by now. @returns false when it is not deleted, or too early */
  purge(id: RepoId): Promise<boolean> {
    return purge(this.#parts, id)
  }

  #toRepository(row: NamedRow): Repository {
    return toRepository(row, this.#around.pathOf)
  }
}
