/** What the log says when a repository, or what is set for it as a whole, changes. */
import type { NewEvent } from '../kernel/events.ts'
import type { RepoId } from '../kernel/ids.ts'
import type { Actor } from './log/events.ts'
import type { NamedRow } from './repository-rows.ts'
import type { OrganizationRow } from './schema.ts'

export function repositoryEvent(
  row: NamedRow,
  by: Actor,
  type: `${'repo' | 'protection' | 'upstream' | 'scan'}.${string}`,
  data: object,
): NewEvent {
  return {
    type,
    repoId: row.id as RepoId,
    orgId: row.org_id,
    projectId: row.project_id,
    ...by,
    targetId: row.id,
    data,
  }
}

/** The repository can be seen from now on, and so can an organisation that came with it. */
export function createdEvents(row: NamedRow, org: OrganizationRow, by: Actor): NewEvent[] {
  const { name, slug, visibility, kind } = row
  const repo = repositoryEvent(row, by, 'repo.created', { name, slug, orgSlug: org.slug, visibility, kind })
  if (org.made_for !== row.id) return [repo]
  return [organizationCreated(org, by), repo]
}

export function organizationCreated({ id, slug, created_by: ownerId }: OrganizationRow, by: Actor): NewEvent {
  return {
    type: 'org.created',
    repoId: null,
    orgId: id,
    projectId: null,
    ...by,
    targetId: id,
    data: { slug, ownerId },
  }
}
