/** Approvals of a repository as owners go through them: newest request first. */
import type { Kysely } from 'kysely'
import type { RepoId } from '../../kernel/ids.ts'
import { parseCursor, toPage, writeCursor, type Page, type PageRequest } from '../page.ts'
import type { Schema } from '../schema.ts'
import { toApproval, type Approval } from './approval.ts'

/** @throws AppError `VALIDATION_ERROR` for a cursor that is none */
export async function listApprovals(
  kysely: Kysely<Schema>,
  { repoId, state }: { readonly repoId: RepoId; readonly state?: Approval['state'] | undefined },
  page: PageRequest,
): Promise<Page<Approval>> {
  let query = kysely
    .selectFrom('approvals')
    .selectAll()
    .where('repo_id', '=', repoId)
    .orderBy('requested_at', 'desc')
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
  if (state !== undefined) query = query.where('state', '=', state)
  if (page.cursor !== undefined) {
    const { createdAt, id } = parseCursor(page.cursor)
    query = query.where((eb) => eb(eb.refTuple('requested_at', 'id'), '<', eb.tuple(createdAt, id)))
  } else if (page.offset !== undefined) query = query.offset(page.offset)
  return toPage(await query.execute(), page.limit, {
    item: toApproval,
    cursor: (row) => writeCursor({ createdAt: row.requested_at, id: row.id }),
  })
}
