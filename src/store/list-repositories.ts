/** Lists the repositories that somebody may read, newest first. */
import { sql, type Kysely } from 'kysely'
import type { FoundRepository } from '../kernel/directory.ts'
import { isUuid } from '../kernel/ids.ts'
import type { GrantTarget } from '../kernel/grants.ts'
import type { Repository } from '../kernel/repository.ts'
import { withStanding } from './find-repository.ts'
import { parseCursor, toPage, writeCursor, type Page, type PageRequest } from './page.ts'
import { toFound, type StandingRow, type Surroundings } from './repository-rows.ts'
import type { Schema } from './schema.ts'

export interface RepositoryFilter {
  /** Whose roles are told. */
  readonly accountId: string | null
  /** `readable`: public, or the account has a role there. */
  readonly which: 'readable' | 'all'
  /**
   * Of the others than public ones only these; absent: all. Of several lists those that are in each. A
   * page ends at what is shown, never at what is not.
   */
  readonly reach?: readonly (readonly GrantTarget[])[] | undefined
  /** Slug or UUID. */
  readonly org?: string | undefined
  readonly projectId?: string | undefined
  /** Part of the name or slug; the case of ASCII letters does not count. */
  readonly q?: string | undefined
  readonly visibility?: Repository['visibility'] | undefined
  readonly archived?: boolean | undefined
  readonly kind?: Repository['kind'] | undefined
}

/** @throws AppError `VALIDATION_ERROR` for a cursor that is none */
export async function listRepositories(
  kysely: Kysely<Schema>,
  around: Surroundings,
  filter: RepositoryFilter,
  page: PageRequest,
): Promise<Page<FoundRepository>> {
  let query = filtered(kysely, around, filter)
    .orderBy('r.created_at', 'desc')
    .orderBy('r.id', 'desc')
    .limit(page.limit + 1)
  if (page.cursor !== undefined) {
    const { createdAt, id } = parseCursor(page.cursor)
    query = query.where((eb) => eb(eb.refTuple('r.created_at', 'r.id'), '<', eb.tuple(createdAt, id)))
  } else if (page.offset !== undefined) query = query.offset(page.offset)
  return toPage<StandingRow, FoundRepository>(await query.execute(), page.limit, {
    item: (row) => toFound(row, filter.accountId, around),
    cursor: (row) => writeCursor({ createdAt: row.created_at, id: row.id }),
  })
}

function filtered(kysely: Kysely<Schema>, around: Surroundings, filter: RepositoryFilter) {
  const account = filter.accountId ?? ''
  let query = withStanding(kysely, sql.val(account)).where('r.state', '=', sql.lit('active'))
  if (filter.which === 'readable') {
    query = query.where((eb) =>
      eb.or([
        eb('r.visibility', '=', 'public'),
        eb('r.owner_id', '=', account),
        eb('c.role', 'is not', null),
        eb('m.role', 'is not', null),
      ]),
    )
  }
  for (const targets of filter.reach ?? []) {
    query = query.where((eb) =>
      eb.or([eb('r.visibility', '=', 'public'), ...targets.map((target) => isTarget(target, around))]),
    )
  }
  const { org, projectId, q, visibility, archived, kind } = filter
  if (org !== undefined) query = query.where(isUuid(org) ? 'r.org_id' : 'o.slug', '=', org.toLowerCase())
  if (projectId !== undefined) query = query.where('r.project_id', '=', projectId)
  if (visibility !== undefined) query = query.where('r.visibility', '=', visibility)
  if (archived !== undefined) query = query.where('r.archived', '=', archived ? 1 : 0)
  if (kind !== undefined) query = query.where('r.kind', '=', kind)
  if (q !== undefined) query = query.where((eb) => eb.or([contains('r.name', q), contains('r.slug', q)]))
  return query
}

/** The same as kernel/access.ts asks of one repository, in SQL. */
function isTarget(target: GrantTarget, { surfaceOrg }: Surroundings) {
  switch (target.kind) {
    case 'all':
      return sql<boolean>`1 = 1`
    case 'id':
      return sql<boolean>`r.id = ${target.id}`
    case 'path':
      return sql<boolean>`${target.path} in (o.slug || '/' || r.slug, r.org_id || '/' || r.slug)`
    case 'surface':
      return sql<boolean>`o.slug = ${surfaceOrg} and r.slug = ${target.name}`
  }
}

/** Both engines fold ASCII letters only, here by the collation of the column. */
function contains(column: 'r.name' | 'r.slug', part: string) {
  const folded = part.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  const pattern = `%${folded.replace(/[\\%_]/g, '\\$&')}%`
  return sql<boolean>`lower(${sql.ref(column)}) like ${pattern} escape '\\'`
}
