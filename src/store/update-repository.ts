/** Changes what an owner may change of a repository, and tells the log what changed. */
import type { NewEvent } from '../kernel/events.ts'
import type { RepoId } from '../kernel/ids.ts'
import type { Repository } from '../kernel/repository.ts'
import type { Database } from './database.ts'
import type { Actor, EventLog } from './log/events.ts'
import { lockActive } from './read-repository.ts'
import { repositoryEvent } from './repository-events.ts'
import { movePlace } from './repository-places.ts'
import type { NamedRow } from './repository-rows.ts'
import { writeRow } from './write-repository.ts'

const COLUMNS = {
  name: 'name',
  slug: 'slug',
  description: 'description',
  visibility: 'visibility',
  defaultBranch: 'default_branch',
  archived: 'archived',
  protectedPush: 'protected_push',
  sizeBytes: 'size_bytes',
  expiresAt: 'expires_at',
} as const satisfies { [Field in keyof Repository]?: keyof NamedRow }

type Field = keyof typeof COLUMNS

/** What is absent stays as it is. */
export type RepositoryPatch = Partial<Pick<Repository, Field>>

/** Told by an event of its own, or not at all: a size is nobody's decision. */
const NOT_IN_UPDATED: ReadonlySet<Field> = new Set(['slug', 'archived', 'sizeBytes'])

export interface UpdateParts {
  readonly database: Database
  readonly events: EventLog
  readonly now: () => number
}

/** @throws AppError `REPO_NOT_FOUND` unless it is active; `ALREADY_EXISTS` when the new slug is taken */
export async function updateRepository(
  { database, events, now }: UpdateParts,
  id: RepoId,
  patch: RepositoryPatch,
  by: Actor,
): Promise<NamedRow> {
  return database.transaction(async (trx) => {
    const before = await lockActive(database, trx, id)
    const fields = changedFields(before, patch)
    const decided = fields.some((field) => field !== 'sizeBytes')
    const values = Object.fromEntries(fields.map((field) => [COLUMNS[field], toColumn(field, patch)]))
    const after: NamedRow = { ...before, ...values, updated_at: decided ? now() : before.updated_at }
    if (fields.length > 0) await writeRow(trx, after)
    if (fields.includes('slug')) await movePlace(trx, before, after)
    await events.append(trx, eventsOf(before, after, fields, by))
    return after
  })
}

function changedFields(before: NamedRow, patch: RepositoryPatch): Field[] {
  const given = (Object.keys(COLUMNS) as Field[]).filter((field) => patch[field] !== undefined)
  return given.filter((field) => toColumn(field, patch) !== before[COLUMNS[field]])
}

function toColumn(field: Field, patch: RepositoryPatch): string | number | null | undefined {
  if (field === 'slug') return patch.slug?.toLowerCase()
  const value = patch[field]
  return typeof value === 'boolean' ? Number(value) : value
}

function eventsOf(before: NamedRow, after: NamedRow, fields: readonly Field[], by: Actor): NewEvent[] {
  const events: NewEvent[] = []
  if (fields.includes('slug')) {
    const data = { from: `${before.org_slug}/${before.slug}`, to: `${after.org_slug}/${after.slug}` }
    events.push(repositoryEvent(after, by, 'repo.renamed', data))
  }
  if (fields.includes('archived')) {
    events.push(repositoryEvent(after, by, after.archived === 1 ? 'repo.archived' : 'repo.unarchived', {}))
  }
  const changed = fields.filter((field) => !NOT_IN_UPDATED.has(field))
  if (changed.length > 0) events.push(repositoryEvent(after, by, 'repo.updated', { changed }))
  return events
}
