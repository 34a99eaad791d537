/** Who else may do what in a repository. Its owner of record counts as one of the owners. */
import { AppError } from '../kernel/errors.ts'
import type { Role } from '../kernel/grants.ts'
import type { RepoId } from '../kernel/ids.ts'
import type { Clock } from '../kernel/ports.ts'
import type { Database, Trx } from './database.ts'
import type { Actor, EventLog } from './events.ts'
import { lockActive } from './read-repository.ts'
import { repositoryEvent } from './repository-events.ts'
import type { NamedRow } from './repository-rows.ts'
import { writeRow } from './write-repository.ts'

export interface Collaborator {
  readonly accountId: string
  readonly role: Role
}

export class Collaborators {
  readonly #database: Database
  readonly #events: EventLog
  readonly #clock: Clock

  constructor(parts: { database: Database; events: EventLog; clock: Clock }) {
    this.#database = parts.database
    this.#events = parts.events
    this.#clock = parts.clock
  }

  /** The owner of record first, then in the order in which they came. */
  async list(repoId: RepoId): Promise<readonly Collaborator[]> {
    const { kysely } = this.#database
    const owner = await kysely
      .selectFrom('repositories')
      .select('owner_id')
      .where('id', '=', repoId)
      .executeTakeFirst()
    if (!owner) return []
    const rows = await kysely
      .selectFrom('collaborators')
      .select(['account_id as accountId', 'role'])
      .where('repo_id', '=', repoId)
      .where('account_id', '<>', owner.owner_id)
      .orderBy('created_at')
      .orderBy('account_id')
      .execute()
    return [{ accountId: owner.owner_id, role: 'owner' }, ...rows]
  }

  /** @throws AppError `REPO_NOT_FOUND`; `CONFLICT`: that would leave no owner */
  async put(
    repoId: RepoId,
    { accountId, role }: Collaborator,
    by: Actor,
  ): Promise<'added' | 'changed' | 'same'> {
    return this.#change(repoId, async (trx, repo) => {
      const before = await roleOf(trx, repo, accountId)
      if (before === role) return { result: 'same' }
      if (repo.owner_id === accountId) await handOver(trx, repo)
      await this.#write(trx, repoId, { accountId, role })
      const type = before === null ? 'repo.collaborator_added' : 'repo.collaborator_changed'
      const event = { ...repositoryEvent(repo, by, type, { role }), targetId: accountId }
      return { result: before === null ? 'added' : 'changed', event }
    })
  }

  /**
   * @returns false when the account was none
   * @throws AppError `REPO_NOT_FOUND`; `CONFLICT`: that would leave no owner
   */
  async remove(repoId: RepoId, accountId: string, by: Actor): Promise<boolean> {
    return this.#change(repoId, async (trx, repo) => {
      const before = await roleOf(trx, repo, accountId)
      if (before === null) return { result: false }
      if (repo.owner_id === accountId) await handOver(trx, repo)
      await removeRow(trx, repoId, accountId)
      const event = repositoryEvent(repo, by, 'repo.collaborator_removed', { role: before })
      return { result: true, event: { ...event, targetId: accountId } }
    })
  }

  #change<T>(repoId: RepoId, work: Change<T>): Promise<T> {
    return this.#database.transaction(async (trx) => {
      const repo = await lockActive(this.#database, trx, repoId)
      const { result, event } = await work(trx, repo)
      if (event) await this.#events.append(trx, [event])
      return result
    })
  }

  async #write(trx: Trx, repoId: RepoId, { accountId, role }: Collaborator): Promise<void> {
    await trx
      .insertInto('collaborators')
      .values({ repo_id: repoId, account_id: accountId, role, created_at: this.#clock.now() })
      .onConflict((conflict) => conflict.columns(['repo_id', 'account_id']).doUpdateSet({ role }))
      .execute()
  }
}

type Change<T> = (
  trx: Trx,
  repo: NamedRow,
) => Promise<{ result: T; event?: ReturnType<typeof repositoryEvent> }>

async function roleOf(trx: Trx, repo: NamedRow, accountId: string): Promise<Role | null> {
  if (repo.owner_id === accountId) return 'owner'
  const row = await trx
    .selectFrom('collaborators')
    .select('role')
    .where('repo_id', '=', repo.id)
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  return row?.role ?? null
}

/** The owner of record leaves: the longest-standing other owner takes the place. */
async function handOver(trx: Trx, repo: NamedRow): Promise<void> {
  const heir = await trx
    .selectFrom('collaborators')
    .select('account_id')
    .where('repo_id', '=', repo.id)
    .where('account_id', '<>', repo.owner_id)
    .where('role', '=', 'owner')
    .orderBy('created_at')
    .orderBy('account_id')
    .limit(1)
    .executeTakeFirst()
  if (!heir) throw new AppError('CONFLICT', { details: { reason: 'a repository must keep an owner' } })
  await writeRow(trx, { ...repo, owner_id: heir.account_id })
  await removeRow(trx, repo.id as RepoId, heir.account_id)
}

async function removeRow(trx: Trx, repoId: RepoId, accountId: string): Promise<void> {
  await trx
    .deleteFrom('collaborators')
    .where('repo_id', '=', repoId)
    .where('account_id', '=', accountId)
    .execute()
}
