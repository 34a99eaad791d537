/** Turns rows of repositories into what the rooms see, and back. */
import type { Resource } from '../kernel/access.ts'
import type { FoundRepository } from '../kernel/directory.ts'
import type { Role } from '../kernel/grants.ts'
import type { RepoId } from '../kernel/ids.ts'
import type { Repository } from '../kernel/repository.ts'
import type { RepositoryRow } from './schema.ts'

/** Columns of a repository, for queries that join it as `r`. */
export const REPOSITORY_COLUMNS = [
  'r.id',
  'r.owner_id',
  'r.org_id',
  'r.project_id',
  'r.name',
  'r.slug',
  'r.description',
  'r.visibility',
  'r.default_branch',
  'r.object_format',
  'r.archived',
  'r.protected_push',
  'r.kind',
  'r.state',
  'r.size_bytes',
  'r.pushed_at',
  'r.created_at',
  'r.updated_at',
  'r.expires_at',
] as const

export type NamedRow = Omit<RepositoryRow, 'deleted_at'> & { readonly org_slug: string }

/** A repository with the standing of one account: its roles there and in the organisation. */
export interface StandingRow extends NamedRow {
  readonly collaborator_role: Role | null
  readonly member_role: Role | null
}

/** What a row does not know of itself. */
export interface Surroundings {
  /** Absolute path of the git directory of a repository. */
  readonly pathOf: (id: RepoId) => string
  /** Slug of the organisation whose repositories are also served under `/git/<name>`. */
  readonly surfaceOrg: string
}

export function toRepository(row: NamedRow, pathOf: Surroundings['pathOf']): Repository {
  const id = row.id as RepoId
  return {
    id,
    path: pathOf(id),
    objectFormat: row.object_format,
    ownerId: row.owner_id,
    orgId: row.org_id,
    orgSlug: row.org_slug,
    projectId: row.project_id,
    name: row.name,
    slug: row.slug,
    description: row.description,
    visibility: row.visibility,
    defaultBranch: row.default_branch,
    archived: row.archived === 1,
    protectedPush: row.protected_push,
    kind: row.kind,
    sizeBytes: row.size_bytes,
    pushedAt: row.pushed_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    expiresAt: row.expires_at,
    state: row.state,
  }
}

/** @param accountId the account whose roles the row holds; `null` for none */
export function toFound(row: StandingRow, accountId: string | null, around: Surroundings): FoundRepository {
  const repo = toRepository(row, around.pathOf)
  const resource: Resource = {
    id: repo.id,
    orgId: repo.orgId,
    orgSlug: repo.orgSlug,
    slug: repo.slug,
    surface: repo.orgSlug === around.surfaceOrg,
    visibility: repo.visibility,
    role: roleOf(row, accountId),
  }
  return { repo, resource }
}

/** The strongest of what the account owns, was given here, and is in the organisation. */
function roleOf(row: StandingRow, accountId: string | null): Role | null {
  if (accountId === null) return null
  if (row.owner_id === accountId) return 'owner'
  const { collaborator_role: here, member_role: there } = row
  if (here === 'owner' || there === 'owner') return 'owner'
  if (here === 'writer' || there === 'writer') return 'writer'
  return here ?? there
}
