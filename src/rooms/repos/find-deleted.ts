/** Deleted repositories that can still be restored, by the name or id that they had. */
import { sql } from 'kysely'
import { isUuid } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/ports.ts'
import { subjectOf } from '../../kernel/principal.ts'
import type { Database } from '../../store/database.ts'
import { withStanding } from '../../store/find-repository.ts'
import { toFound, type StandingRow, type Surroundings } from '../../store/repository-rows.ts'
import { RESTORE_WINDOW_MS } from '../../store/restore-window.ts'
import type { FindDeleted } from '../../http/repository-routes.ts'

export interface FindDeletedParts extends Surroundings {
  readonly database: Database
  readonly clock: Clock
}

/** Of several that had the name, the one deleted last. */
export function findDeletedRepository({ database, clock, ...around }: FindDeletedParts): FindDeleted {
  const deletedBy = (account: string) =>
    withStanding(database.kysely, sql.val(account))
      .where('r.state', '=', sql.lit('deleted'))
      .where('r.deleted_at', '>', clock.now() - RESTORE_WINDOW_MS)
      .orderBy('r.deleted_at', 'desc')
      .orderBy('r.id', 'desc')
      .limit(1)

  return async (address, principal) => {
    if (principal.kind === 'anonymous') return null
    const account = subjectOf(principal)
    const deleted = deletedBy(account ?? '')
    let row: StandingRow | undefined
    if (address.kind === 'id') row = await deleted.where('r.id', '=', address.id).executeTakeFirst()
    if (address.kind === 'path') {
      const org = isUuid(address.org) ? 'o.id' : 'o.slug'
      row = await deleted.where('r.slug', '=', address.slug).where(org, '=', address.org).executeTakeFirst()
    }
    return row ? toFound(row, account, around) : null
  }
}
