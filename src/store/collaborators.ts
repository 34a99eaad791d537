/** Who else may do what in a repository. Its owner of record counts as one of the owners. */
import { AppError } from '../kernel/errors.ts'
import type { Role } from '../kernel/grants.ts'
import type { RepoId } from '../kernel/ids.ts'
import type { Clock } from '../kernel/ports.ts'
import type { Database, Trx } from './database.ts'
import type { Actor, EventLog } from './log/events.ts'
import { lockWritable } from './read-repository.ts'
import { repositoryEvent } from './repository-events.ts'
import type { NamedRow } from './repository-rows.ts'
import { writeRow } from './write-repository.ts'

export interface Collaborator {
  readonly accountId: string
  readonly role: Role
}

export interface NamedCollaborator extends Collaborator {
  /** `null`: no credential of the account has been seen yet. */
  readonly displayName: string | null
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
  async list(repoId: RepoId): Promise<readonly NamedCollaborator[]> {
    const { kysely } = this.#database
    const owner = await kysely
      .selectFrom('repositories as r')
      .leftJoin('accounts as a', 'a.id', 'r.owner_id')
      .select(['r.owner_id as accountId', 'a.display_name as displayName'])
      .where('r.id', '=', repoId)
      .executeTakeFirst()
    if (!owner) return []
    const rows = await kysely
      .selectFrom('collaborators as c')
      .leftJoin('accounts as a', 'a.id', 'c.account_id')
      .select(['c.account_id as accountId', 'c.role', 'a.display_name as displayName'])
      .where('c.repo_id', '=', repoId)
      .where('c.account_id', '<>', owner.accountId)
      .orderBy('c.created_at')
      .orderBy('c.account_id')
      .execute()
    return [{ ...owner, role: 'owner' }, ...rows]
  }

  /** `null` when the account has no role of its own there. */
  async find(repoId: RepoId, accountId: string): Promise<NamedCollaborator | null> {
    const all = await this.list(repoId)
    return all.find((collaborator) => collaborator.accountId === accountId) ?? null
  }

  /** @throws AppError `REPO_NOT_FOUND`, `REPO_ARCHIVED`; `CONFLICT`: that would leave no owner */
  async put(
    repoId: RepoId,
    { accountId, role }: Collaborator,
    by: Actor,
  ): Promise<'added' | 'changed' | 'same'> {
    return this.#change(repoId, async (trx, repo) => {
      const before = await roleOf(trx, repo, accountId)
      if (before === role) return { result: 'same' }
      const heir = repo.owner_id === accountId ? await handOver(trx, repo) : {}
      await this.#write(trx, repoId, { accountId, role })
      const type = before === null ? 'repo.collaborator_added' : 'repo.collaborator_changed'
      const event = { ...repositoryEvent(repo, by, type, { role, ...heir }), targetId: accountId }
      return { result: before === null ? 'added' : 'changed', event }
    })
  }

  /**
   * @returns false when the account was none
   * @throws AppError `REPO_NOT_FOUND`, `REPO_ARCHIVED`; `CONFLICT`: that would leave no owner
   */
  async remove(repoId: RepoId, accountId: string, by: Actor): Promise<boolean> {
    return this.#change(repoId, async (trx, repo) => {
      const before = await roleOf(trx, repo, accountId)
      if (before === null) return { result: false }
      const heir = repo.owner_id === accountId ? await handOver(trx, repo) : {}
      await removeRow(trx, repoId, accountId)
      const event = repositoryEvent(repo, by, 'repo.collaborator_removed', { role: before, ...heir })
      return { result: true, event: { ...event, targetId: accountId } }
    })
  }

  #change<T>(repoId: RepoId, work: Change<T>): Promise<T> {
    return this.#database.transaction(async (trx) => {
      const repo = await lockWritable(this.#database, trx, repoId)
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
async function handOver(trx: Trx, repo: NamedRow): Promise<{ readonly ownerId: string }> {
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
  return { ownerId: heir.account_id }
}

async function removeRow(trx: Trx, repoId: RepoId, accountId: string): Promise<void> {
  await trx
    .deleteFrom('collaborators')
    .where('repo_id', '=', repoId)
    .where('account_id', '=', accountId)
    .execute()
}
