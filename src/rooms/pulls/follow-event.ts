/** What one event of the log does to the open pull requests of its repository. */
import type { PushData, StoredEvent } from '../../kernel/events.ts'
import { branchRef, type Oid } from '../../kernel/ids.ts'
import { isDelete } from '../../kernel/ref-update.ts'
import type { Repository } from '../../kernel/repository.ts'
import type { PullRequests } from '../../store/pulls.ts'
import type { Followed } from '../../store/pulls-follow.ts'
import type { PullRequest } from '../../store/pulls-rows.ts'
import type { Repositories } from '../../store/repositories.ts'
import type { RunGit } from './is-contained.ts'
import { hasLanded } from './landed-by-push.ts'
import { movedBranch, readMergeNote } from './merge-options.ts'
import { keepHeads, type KeepHeadsParts } from './keep-heads.ts'
import { branchTips, sourceRef } from './refs.ts'

export interface FollowParts extends KeepHeadsParts {
  readonly pulls: Pick<PullRequests, 'openOnes' | 'follow'>
  readonly repositories: Pick<Repositories, 'byId'>
  readonly git: RunGit
}

/** Nobody's own: its place in the queue of git processes. */
const PARTY = 'pull-requests'

/**
 * The row tells where the branches are now; whether the push landed it, and for whom, is taken from the event.
 *
 * @throws what the database and git throw; doing it again is harmless
 */
export async function followEvent(parts: FollowParts, event: StoredEvent): Promise<void> {
  if (event.repoId === null) return
  const open = await parts.pulls.openOnes(event.repoId)
  if (open.length === 0) return
  const repo = await parts.repositories.byId(event.repoId)
  if (repo?.state !== 'active') return
  const push = event.type === 'push' ? (event.data as PushData) : null
  const concerned = push
    ? await concernedBy(parts, repo, push, open)
    : open.filter((pull) => pull.id === event.targetId)
  if (concerned.length === 0) return

  const followed = await Promise.all(concerned.map((pull) => whatBecameOf(parts, repo, pull, push)))
  const changed = followed.filter((now, i) => differs(now, concerned[i]))
  const by = { actorId: event.actorId, agentId: event.agentId }
  if (changed.length > 0) await parts.pulls.follow(repo.id, changed, by)
  await keepHeads(
    parts,
    repo,
    followed.filter((_, i) => concerned[i]?.sourceBranch !== null), // else the pushes themselves have moved it
  )
}

/** A target that only moves concerns none of the many that wait for it: its tip is read when they are shown. */
async function concernedBy(
  { git }: FollowParts,
  repo: Repository,
  push: PushData,
  open: readonly PullRequest[],
): Promise<readonly PullRequest[]> {
  const concerned: PullRequest[] = []
  const merged = readMergeNote(push)?.pullId
  for (const pull of open) {
    const target = movedBranch(push, branchRef(pull.targetBranch))
    const is =
      pull.id === merged ||
      movedBranch(push, sourceRef(pull)) !== null ||
      (target !== null && isDelete(target)) ||
      (target !== null && (await hasLanded(git, { repo, principal: PARTY }, target, pull.sourceSha)))
    if (is) concerned.push(pull)
  }
  return concerned
}

type FollowedPull = Followed & { readonly number: number }

async function whatBecameOf(
  parts: FollowParts,
  repo: Repository,
  pull: PullRequest,
  push: PushData | null,
): Promise<FollowedPull> {
  const { id, number } = pull
  const tips = await branchTips(parts.door.store, repo, pull)
  const sourceSha =
    pull.sourceBranch === null
      ? pull.sourceSha
      : (tips.source ?? lastTip(push, pull.sourceBranch, pull.sourceSha))
  const landed = push === null ? null : await landing(parts, repo, { ...pull, sourceSha }, push)
  return landed
    ? { id, number, ...landed }
    : { id, number, sourceSha, targetSha: tips.target ?? lastTip(push, pull.targetBranch, pull.targetSha) }
}

/** Of a branch that is gone: what it was when it went, or the push brought it. */
function lastTip(push: PushData | null, branch: string, known: Oid): Oid {
  const moved = push && movedBranch(push, branchRef(branch))
  if (!moved) return known
  return isDelete(moved) ? moved.oldOid : moved.newOid
}

/** `null`: this push did not land it. */
async function landing(
  { git }: FollowParts,
  repo: Repository,
  pull: PullRequest,
  push: PushData,
): Promise<Omit<Followed, 'id'> | null> {
  const target = movedBranch(push, branchRef(pull.targetBranch))
  if (target === null) return null
  const note = readMergeNote(push)
  const targetSha = target.kind === 'create' ? pull.targetSha : target.oldOid
  if (note?.pullId === pull.id) {
    const landed = { mergeCommitSha: target.newOid, strategy: note.strategy }
    return { sourceSha: note.sourceSha, targetSha, landed }
  }
  const { sourceSha } = pull
  if (!(await hasLanded(git, { repo, principal: PARTY }, target, sourceSha))) return null
  return { sourceSha, targetSha, landed: { mergeCommitSha: target.newOid, strategy: null } }
}

function differs(now: Followed, before: PullRequest | undefined): boolean {
  if (now.landed) return true
  return now.sourceSha !== before?.sourceSha || now.targetSha !== before.targetSha
}
