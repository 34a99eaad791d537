/** What the AURA network's feed is told of a push: one post for each branch that moved. Pure. */
import { createHash } from 'node:crypto'
import type { MovedRef, PushData, StoredEvent } from '../../../kernel/events.ts'
import type { RefName } from '../../../kernel/ids.ts'
import type { Repository } from '../../../kernel/repository.ts'

export interface PushPost {
  /** Of an account: the network finds the profile by it. */
  readonly profileId: string
  readonly userId: string
  readonly orgId: string | null
  readonly projectId: string | null
  readonly eventType: 'push'
  readonly postType: 'push'
  readonly title: string
  readonly agentId: string | null
  /** No two posts share it; a post that is sent again has the same. */
  readonly pushId: string
  /** Of exactly `old..new`, newest first, as many as the event tells. */
  readonly commitIds: readonly string[]
  readonly metadata: {
    /** `<org>/<slug>` */
    readonly repo: string
    /** Short name. */
    readonly branch: string
    readonly commits: readonly { readonly sha: string; readonly message: string }[]
  }
}

const BRANCHES = 'refs/heads/'

/**
 * Branches that a push has given a new value: tags, deletions and refs of the server's own are no news for a
 * feed. Nor is a push without an account, as a post is somebody's.
 */
export function branchesToPost(event: StoredEvent): readonly RefName[] {
  if (event.actorId === null) return []
  return moved(event).map(({ ref }) => ref)
}

/** @returns `null` when the push has moved no such branch */
export function pushPost(
  event: StoredEvent,
  branch: string,
  repo: Pick<Repository, 'orgSlug' | 'slug'>,
): PushPost | null {
  const branches = moved(event)
  const move = branches.find(({ ref }) => ref === branch)
  if (!move || event.actorId === null) return null
  const name = `${repo.orgSlug}/${repo.slug}`
  const { pushId } = event.data as PushData
  return {
    profileId: event.actorId,
    userId: event.actorId,
    orgId: event.orgId,
    projectId: event.projectId,
    eventType: 'push',
    postType: 'push',
    title: titleOf(move, name),
    agentId: event.agentId,
    pushId: branches.length === 1 ? pushId : derivedId(pushId, branch),
    commitIds: move.commits.map(({ sha }) => sha),
    metadata: {
      repo: name,
      branch: shortName(move),
      commits: move.commits.map(({ sha, message }) => ({ sha, message })),
    },
  }
}

function moved(event: StoredEvent): readonly MovedRef[] {
  const { refs } = event.data as PushData
  return refs.filter(({ ref, kind }) => ref.startsWith(BRANCHES) && kind !== 'delete')
}

function titleOf(move: MovedRef, repo: string): string {
  const where = `${shortName(move)} of ${repo}`
  if (move.total === 0) return move.kind === 'create' ? `Created ${where}` : `Moved ${where}`
  const verb = move.kind === 'force' ? 'Force-pushed' : 'Pushed'
  return `${verb} ${move.total} ${move.total === 1 ? 'commit' : 'commits'} to ${where}`
}

function shortName({ ref }: MovedRef): string {
  return ref.slice(BRANCHES.length)
}

/** @see RFC 9562, section 5.8 (UUID version 8) */
function derivedId(pushId: string, branch: string): string {
  const hex = createHash('sha256').update(`${pushId} ${branch}`).digest('hex')
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
