/** A mirror of a repository: its row, and how things stand with it. */
import type { RefName, RepoId } from '../../kernel/ids.ts'
import type { JobRow, MirrorRow } from '../schema.ts'

/** Type of the jobs that push to mirrors. */
export const MIRROR_PUSH = 'mirror_push'

/** Name of the mirror that comes from the integration of an organisation. */
export const INTEGRATION = 'integration'

/** Of a mirror that its owner has set, or of a repository whose organisation may have an integration. */
export type MirrorJob = { readonly mirrorId: string } | { readonly integrationOf: RepoId }

export interface RefusedRef {
  readonly ref: RefName
  readonly reason: string
}

export interface Mirror {
  readonly id: string
  readonly repoId: RepoId
  readonly name: string
  readonly kind: MirrorRow['kind']
  readonly url: string
  readonly refs: readonly string[]
  /** Sealed for `sealedFor` of it. */
  readonly credentialSealed: string | null
  readonly refusedReason: string | null
  readonly lastError: string | null
  readonly refusedRefs: readonly RefusedRef[]
  /** Milliseconds since 1970, as all times below. */
  readonly lastAttemptAt: number | null
  readonly lastSuccessAt: number | null
  readonly failingSince: number | null
  readonly createdAt: number
  readonly updatedAt: number
}

/** A mirror, and what the queue has for it. */
export interface MirrorStatus extends Mirror {
  /**
   * `refused`: nothing is pushed, because another repository mirrors there. `failed`: the last run failed, or
   * the remote did not take every ref. `waiting`: for its run.
   */
  readonly state: 'ok' | 'pushing' | 'waiting' | 'failed' | 'refused'
  /** When it will be pushed to again, as far as that is known. */
  readonly nextAttemptAt: number | null
}

type QueuedOrRunning = Pick<JobRow, 'status' | 'run_at'>

/** A sealed credential is good for one address of one mirror. */
export function sealedFor({ id, url }: Pick<Mirror, 'id' | 'url'>): string {
  return `${id} ${url}`
}

/** One run at a time of each mirror. */
export function jobKeyOf({ id, kind, repo_id }: Pick<MirrorRow, 'id' | 'kind' | 'repo_id'>): string {
  return kind === 'own' ? id : repo_id
}

export function toMirror(row: MirrorRow): Mirror {
  return {
    id: row.id,
    repoId: row.repo_id as RepoId,
    name: row.name,
    kind: row.kind,
    url: row.url,
    refs: JSON.parse(row.refs) as string[],
    credentialSealed: row.credential_sealed,
    refusedReason: row.refused_reason,
    lastError: row.last_error,
    refusedRefs: JSON.parse(row.refused_refs) as RefusedRef[],
    lastAttemptAt: row.last_attempt_at,
    lastSuccessAt: row.last_success_at,
    failingSince: row.failing_since,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

/** @param jobs those about it that are queued or run */
export function toStatus(row: MirrorRow, jobs: readonly QueuedOrRunning[]): MirrorStatus {
  const queued = jobs.find(({ status }) => status === 'queued')
  return { ...toMirror(row), state: stateOf(row, jobs), nextAttemptAt: queued?.run_at ?? null }
}

function stateOf(row: MirrorRow, jobs: readonly QueuedOrRunning[]): MirrorStatus['state'] {
  if (row.refused_reason !== null) return 'refused'
  if (jobs.some(({ status }) => status === 'running')) return 'pushing'
  if (row.last_error !== null) return 'failed'
  return jobs.length > 0 || row.last_success_at === null ? 'waiting' : 'ok'
}
