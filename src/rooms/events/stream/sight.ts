/** Whom events are shown to, by what is so now: repositories move, hide and end after an event was written. */
import { isAllPowerful, judge } from '../../../kernel/access.ts'
import type { FindRepository, FoundRepository } from '../../../kernel/directory.ts'
import { actionToSee } from '../../../kernel/event-sight.ts'
import type { StoredEvent } from '../../../kernel/events.ts'
import type { RepoId } from '../../../kernel/ids.ts'
import type { Principal } from '../../../kernel/principal.ts'
import type { FindDeleted } from '../../../http/repository-routes.ts'

export interface SightParts {
  readonly find: FindRepository
  readonly findDeleted: FindDeleted
}

/** What one principal may see at one moment: a repository is looked up once. Make another for the next batch. */
export class Sight {
  readonly #principal: Principal
  readonly #parts: SightParts
  readonly #known = new Map<RepoId, FoundRepository | null>()

  constructor(principal: Principal, parts: SightParts) {
    this.#principal = principal
    this.#parts = parts
  }

  /** Events of what is gone for good, and of no repository at all, are for administrators only. */
  async sees({ repoId, type }: StoredEvent): Promise<boolean> {
    if (isAllPowerful(this.#principal)) return true
    const found = repoId === null ? null : await this.#find(repoId)
    if (found === null) return false
    const action = found.repo.state === 'active' ? actionToSee(type) : 'admin'
    return judge(this.#principal, action, found.resource) === 'allow'
  }

  /** May the principal go on reading this repository? */
  async reads(id: RepoId): Promise<boolean> {
    const found = await this.#find(id)
    return found?.repo.state === 'active' && judge(this.#principal, 'read', found.resource) === 'allow'
  }

  async #find(id: RepoId): Promise<FoundRepository | null> {
    const known = this.#known.get(id)
    if (known !== undefined) return known
    const found = await this.#look(id)
    this.#known.set(id, found)
    return found
  }

  async #look(id: RepoId): Promise<FoundRepository | null> {
    const address = { kind: 'id', id } as const
    const { find, findDeleted } = this.#parts
    return (await find(address, this.#principal)) ?? (await findDeleted(address, this.#principal, 'admin'))
  }
}
