/** A repository that a signed event announces, as its rows tell it, and what it is called. @see GRASP-01, GRASP-06 */
import { createHash } from 'node:crypto'
import type { Repository } from '../../kernel/repository.ts'
import { isHashedSlug, isSlug } from '../../kernel/slug.ts'
import { toRepository, type NamedRow, type Surroundings } from '../repository-rows.ts'
import type { GraspRepositoryRow } from '../schema.ts'

export interface GraspRepository {
  readonly repo: Repository
  /** Public key, hex. */
  readonly owner: string
  readonly identifier: string
  readonly form: 'announced' | 'contributed'
  /** `purgatory`: no git data has come; `archived`: nobody pushes, it may still follow what others have. */
  readonly status: 'purgatory' | 'live' | 'archived'
  /** Its announcement names this service. */
  readonly listed: boolean
  readonly announcementId: string | null
  /** State whose refs it has. */
  readonly appliedStateId: string | null
  /** End of its time in purgatory, or of an archive that nobody announces any more; milliseconds since 1970. */
  readonly waitsUntil: number | null
  readonly createdAt: number
  readonly updatedAt: number
}

export type JoinedRow = NamedRow & {
  readonly [Column in keyof GraspRepositoryRow as `g_${Column}`]: GraspRepositoryRow[Column]
}

export const GRASP_COLUMNS = [
  'g.repo_id as g_repo_id',
  'g.pubkey as g_pubkey',
  'g.identifier as g_identifier',
  'g.form as g_form',
  'g.status as g_status',
  'g.listed as g_listed',
  'g.announcement_id as g_announcement_id',
  'g.applied_state_id as g_applied_state_id',
  'g.waits_until as g_waits_until',
  'g.created_at as g_created_at',
  'g.updated_at as g_updated_at',
] as const

export function toGraspRepository(row: JoinedRow, pathOf: Surroundings['pathOf']): GraspRepository {
  return {
    repo: toRepository(row, pathOf),
    owner: row.g_pubkey,
    identifier: row.g_identifier,
    form: row.g_form,
    status: row.g_status,
    listed: row.g_listed === 1,
    announcementId: row.g_announcement_id,
    appliedStateId: row.g_applied_state_id,
    waitsUntil: row.g_waits_until,
    createdAt: row.g_created_at,
    updatedAt: row.g_updated_at,
  }
}

/** Below the organisation of its owner; the same for one identifier and form, and different for any two. */
export function graspSlug({ identifier, form }: Pick<GraspRepository, 'identifier' | 'form'>): string {
  if (form === 'announced' && isSlug(identifier) && !isHashedSlug(identifier)) return identifier
  const digest = createHash('sha256').update(identifier).digest('hex').slice(0, 32)
  return `${form === 'announced' ? 'id' : 'prs'}-${digest}`
}
