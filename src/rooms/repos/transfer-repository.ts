/** Moves the row of a repository to another organisation; its directory is named by its id and stays. */
import type { Actor } from '../../http/actor.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Repository } from '../../kernel/repository.ts'
import type { Database, Trx } from '../../store/database.ts'
import type { EventLog } from '../../store/log/events.ts'
import { organizationTurn } from '../../store/insert-repository.ts'
import { ensureOrganization, findOrganization } from '../../store/organizations.ts'
import { lockActive } from '../../store/read-repository.ts'
import { organizationCreated, repositoryEvent } from '../../store/repository-events.ts'
import { movePlace } from '../../store/repository-places.ts'
import { toRepository, type NamedRow, type Surroundings } from '../../store/repository-rows.ts'
import type { OrganizationRow } from '../../store/schema.ts'
import { writeRow } from '../../store/write-repository.ts'

export interface TransferRepositoryParts {
  readonly database: Database
  readonly events: EventLog
  readonly clock: Clock
  readonly newId: () => string
  readonly pathOf: Surroundings['pathOf']
}

/**
 * The old address leads to the new one. An organisation that nobody knows yet is made, and belongs
 * to the repository's owner.
 *
 * @param name slug or UUID of the organisation
 * @throws AppError `REPO_NOT_FOUND` unless it is active; `ALREADY_EXISTS`: its slug is taken there
 */
export async function transferRepository(
  parts: TransferRepositoryParts,
  id: RepoId,
  name: string,
  by: Actor,
): Promise<Repository> {
  const { database, events } = parts
  const moved = await database.transaction(async (trx) => {
    const before = await lockActive(database, trx, id)
    const { org, isNew } = await target(parts, trx, before, name)
    if (org.id === before.org_id) return before
    const after = { ...before, org_id: org.id, org_slug: org.slug, updated_at: parts.clock.now() }
    await writeRow(trx, after)
    await movePlace(trx, before, after)
    const data = { from: `${before.org_slug}/${before.slug}`, to: `${after.org_slug}/${after.slug}` }
    const made = isNew ? [organizationCreated(org, by)] : []
    await events.append(trx, [...made, repositoryEvent(after, by, 'repo.transferred', data)])
    return after
  })
  return toRepository(moved, parts.pathOf)
}

async function target(
  { database, clock, newId }: TransferRepositoryParts,
  trx: Trx,
  row: NamedRow,
  name: string,
): Promise<{ readonly org: OrganizationRow; readonly isNew: boolean }> {
  await database.takeTurn(trx, organizationTurn(name))
  const known = await findOrganization(trx, name)
  if (known) return { org: known, isNew: false }
  const org = await ensureOrganization(trx, name, {
    id: newId(),
    created_by: row.owner_id,
    made_for: row.id,
    created_at: clock.now(),
  })
  return { org, isNew: true }
}
