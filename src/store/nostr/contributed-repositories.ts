/** Repositories that hold tips of pull requests for others: rows that a push makes, and that go with their last tip. @see GRASP-06 */
import type { Clock } from '../../kernel/ports.ts'
import type { Repository } from '../../kernel/repository.ts'
import type { Coordinate } from '../../nostr/nip34/coordinate.ts'
import type { Database } from '../database.ts'
import { insertRepository, type InsertParts } from '../insert-repository.ts'
import type { EventLog } from '../log/events.ts'
import { insertGraspRow } from './insert-grasp-row.ts'

export interface ContributedRepositoriesParts {
  readonly database: Database
  readonly events: EventLog
  readonly clock: Clock
  readonly newId: () => string
}

export class ContributedRepositories {
  readonly #parts: Omit<InsertParts, 'jobs'>

  constructor({ database, events, clock, newId }: ContributedRepositoriesParts) {
    this.#parts = { database, events, newId, now: () => clock.now(), surfaceOrg: '' }
  }

  /**
   * Provisional, until a tip has moved: nobody finds it by its address before.
   *
   * @throws AppError `ALREADY_EXISTS`: another push makes it right now
   */
  async insert(repo: Repository, { owner, identifier }: Coordinate): Promise<void> {
    const wanted = { ...repo, org: repo.orgSlug, state: 'provisional' } as const
    const by = { actorId: repo.ownerId, agentId: null }
    const now = this.#parts.now()
    await insertRepository(this.#parts, wanted, by, (trx) =>
      insertGraspRow(trx, {
        repo_id: repo.id,
        pubkey: owner,
        identifier,
        form: 'contributed',
        status: 'purgatory',
        listed: 1,
        announcement_id: null,
        applied_state_id: null,
        waits_until: null,
        created_at: now,
        updated_at: now,
      }),
    )
  }
}
