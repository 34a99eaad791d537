/** A webhook as the rooms see it, and as its row has it. Its secret is apart: see hook-target.ts. */
import type { RepoId } from '../../kernel/ids.ts'
import type { HookRow } from '../schema.ts'

/** A repository; or an organisation, for itself and all its repositories. */
export type HookOwner =
  | { readonly kind: 'repository'; readonly id: RepoId }
  | { readonly kind: 'organisation'; readonly id: string }

/** What a hook asks for. Each list: any of them; empty: everything. */
export interface HookFilter {
  /** Whole types (`repo.renamed`) or families (`pr.*`). */
  readonly eventTypes: readonly string[]
  /** Short branch names or full ref names, `*` for any run of characters. */
  readonly branches: readonly string[]
  /** Globs over the files that a push changes. */
  readonly paths: readonly string[]
}

export interface HookFields extends HookFilter {
  readonly url: string
  readonly active: boolean
}

export interface Hook extends HookFields {
  readonly id: string
  readonly owner: HookOwner
  /** Position in the log: it is told what comes behind it. */
  readonly sinceSequence: number
  /** Why it was switched off by the server; `null`: it was not. */
  readonly inactiveReason: string | null
  /** Until when an old secret signs, too: milliseconds since 1970, as all times here. */
  readonly oldSecretUntil: number | null
  readonly createdBy: string | null
  readonly createdAt: number
  readonly updatedAt: number
}

export function toHook(row: HookRow): Hook {
  return {
    id: row.id,
    owner: ownerOf(row),
    sinceSequence: row.since_sequence,
    url: row.url,
    eventTypes: JSON.parse(row.event_types) as string[],
    branches: JSON.parse(row.branches) as string[],
    paths: JSON.parse(row.paths) as string[],
    active: row.active === 1,
    inactiveReason: row.inactive_reason,
    oldSecretUntil: row.old_secret_until,
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

export function toFieldColumns({ url, eventTypes, branches, paths, active }: HookFields) {
  return {
    url,
    event_types: JSON.stringify(eventTypes),
    branches: JSON.stringify(branches),
    paths: JSON.stringify(paths),
    active: active ? (1 as const) : (0 as const),
  }
}

function ownerOf({ repo_id, org_id }: HookRow): HookOwner {
  return repo_id === null
    ? { kind: 'organisation', id: org_id! }
    : { kind: 'repository', id: repo_id as RepoId }
}
