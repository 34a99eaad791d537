/** Writes a changed row of a repository back. */
import { AppError } from '../kernel/errors.ts'
import type { Trx } from './database.ts'
import { isUniqueViolation } from './engine-errors.ts'
import type { NamedRow } from './repository-rows.ts'
import type { RepositoryRow } from './schema.ts'

/** @throws AppError `ALREADY_EXISTS`: another repository has its name */
export async function writeRow(trx: Trx, row: NamedRow & Partial<RepositoryRow>): Promise<void> {
  const { org_slug: _joined, id, ...columns } = row
  try {
    await trx.updateTable('repositories').set(columns).where('id', '=', id).execute()
  } catch (cause) {
    if (isUniqueViolation(cause)) throw new AppError('ALREADY_EXISTS', { details: { slug: row.slug }, cause })
    throw cause
  }
}
