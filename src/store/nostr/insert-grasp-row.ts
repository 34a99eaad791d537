/** What only announced and contributed repositories have, written beside their ordinary rows. */
import { sql } from 'kysely'
import type { Trx } from '../database.ts'
import type { GraspRepositoryRow } from '../schema.ts'

/** One that was deleted before is no longer what has this coordinate. */
export async function insertGraspRow(trx: Trx, row: GraspRepositoryRow): Promise<void> {
  const deleted = trx.selectFrom('repositories').select('id').where('state', '=', sql.lit('deleted'))
  await trx
    .deleteFrom('grasp_repositories')
    .where('pubkey', '=', row.pubkey)
    .where('identifier', '=', row.identifier)
    .where('form', '=', row.form)
    .where('repo_id', 'in', deleted)
    .execute()
  await trx.insertInto('grasp_repositories').values(row).execute()
}
