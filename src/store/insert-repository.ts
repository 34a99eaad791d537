/** Makes the row of a repository, and its organisation when nobody has named that before. */
import { AppError } from '../kernel/errors.ts'
import type { RepoId } from '../kernel/ids.ts'
import type { Repository } from '../kernel/repository.ts'
import type { Database, Trx } from './database.ts'
import type { Actor, EventLog } from './log/events.ts'
import type { Jobs } from './jobs/jobs.ts'
import { comeWith, ensureOrganization } from './organizations.ts'
import { createdEvents } from './repository-events.ts'
import { endRedirect } from './repository-places.ts'
import type { NamedRow } from './repository-rows.ts'
import type { OrganizationRow, RepositoryRow } from './schema.ts'

type Given = Pick<
  Repository,
  | 'ownerId'
  | 'projectId'
  | 'name'
  | 'slug'
  | 'description'
  | 'visibility'
  | 'defaultBranch'
  | 'objectFormat'
  | 'kind'
  | 'expiresAt'
>

export interface NewRepository extends Given {
  /** Chosen by the caller when the git directory is made first. */
  readonly id: RepoId
  /** Slug or UUID of the organisation. */
  readonly org: string
  readonly state: 'active' | 'provisional'
  /** From the beginning: a copy of what is elsewhere. Default: false. */
  readonly archived?: boolean
}

export interface InsertParts {
  readonly database: Database
  readonly events: EventLog
  readonly jobs: Pick<Jobs, 'enqueue'>
  readonly newId: () => string
  readonly now: () => number
  /** The surface organisation is common ground: whoever comes first does not own it. */
  readonly surfaceOrg: string
}

/**
 * @param along written in the same transaction
 * @throws AppError `ALREADY_EXISTS`: the organisation has a repository of that slug, seen or not
 */
export async function insertRepository(
  parts: Omit<InsertParts, 'jobs'>,
  wanted: NewRepository,
  by: Actor,
  along: (trx: Trx) => Promise<void> = () => Promise.resolve(),
): Promise<NamedRow> {
  const now = parts.now()
  return parts.database.transaction(async (trx) => {
    await parts.database.takeTurn(trx, organizationTurn(wanted.org))
    const org = await ensureOrganization(trx, wanted.org, {
      id: parts.newId(),
      created_by: wanted.org.toLowerCase() === parts.surfaceOrg ? null : wanted.ownerId,
      made_for: wanted.id,
      created_at: now,
    })
    const row = await insertRow(trx, toRow(wanted, org, now))
    await endRedirect(trx, row)
    await along(trx)
    const named = { ...row, org_slug: org.slug }
    if (row.state === 'active')
      await parts.events.append(trx, createdEvents(named, await comeWith(trx, org, row.id), by))
    return named
  })
}

/** Keeps an organisation from being removed while a repository is put into it. */
export function organizationTurn(org: string): string {
  return `organization:${org.toLowerCase()}`
}

async function insertRow(trx: Trx, row: RepositoryRow): Promise<RepositoryRow> {
  const inserted = await trx
    .insertInto('repositories')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
  if (!inserted) throw new AppError('ALREADY_EXISTS', { details: { slug: row.slug } })
  return inserted
}

function toRow(wanted: NewRepository, org: OrganizationRow, now: number): RepositoryRow {
  return {
    id: wanted.id,
    owner_id: wanted.ownerId,
    org_id: org.id,
    project_id: wanted.projectId,
    name: wanted.name,
    slug: wanted.slug.toLowerCase(),
    description: wanted.description,
    visibility: wanted.visibility,
    default_branch: wanted.defaultBranch,
    object_format: wanted.objectFormat,
    archived: wanted.archived ? 1 : 0,
    protected_push: 'refuse',
    kind: wanted.kind,
    state: wanted.state,
    size_bytes: 0,
    pushed_at: null,
    created_at: now,
    updated_at: now,
    expires_at: wanted.expiresAt,
    deleted_at: null,
  }
}
