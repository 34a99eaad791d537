/** What one event of the log does to the open pull requests of its repository. */
import type { PushData, StoredEvent } from '../../kernel/events.ts'
import { branchRef, type Oid } from '../../kernel/ids.ts'
import { isDelete } from '../../kernel/ref-update.ts'
import type { Repository } from '../../kernel/repository.ts'
import type { PullRequests } from '../../store/pulls.ts'
import type { Followed } from '../../store/pulls-follow.ts'
import type { OpenPull } from '../../store/pulls-rows.ts'
import type { Repositories } from '../../store/repositories.ts'
import { landedOnes, type StartGit } from './landed-by-push.ts'
import { movedBranch, readMergeNote } from './merge-options.ts'
import { keepHeads, type KeepHeadsParts } from './keep-heads.ts'
import { branchTips, sourceRef } from './refs.ts'

export interface FollowParts extends KeepHeadsParts {
  readonly pulls: Pick<PullRequests, 'openOnes' | 'follow'>
  readonly repositories: Pick<Repositories, 'byId'>
  readonly git: StartGit
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

  const followed = await whatBecameOf(parts, repo, concerned, push)
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
  parts: FollowParts,
  repo: Repository,
  push: PushData,
  open: readonly OpenPull[],
): Promise<readonly OpenPull[]> {
  const merged = readMergeNote(push)?.pullId
  const isTold = (pull: OpenPull) => {
    const target = movedBranch(push, branchRef(pull.targetBranch))
    const isGone = target !== null && isDelete(target)
    return pull.id === merged || isGone || movedBranch(push, sourceRef(pull)) !== null
  }
  const told = new Set(open.filter(isTold))
  const landed = await landedBy(
    parts,
    repo,
    push,
    open.filter((pull) => !told.has(pull)),
  )
  return open.filter((pull) => told.has(pull) || landed.has(pull.id))
}

/** Ids of those whose source the push has brought onto their target. */
async function landedBy(
  { git }: FollowParts,
  repo: Repository,
  push: PushData,
  pulls: readonly OpenPull[],
): Promise<ReadonlySet<string>> {
  const landed = new Set<string>()
  for (const targetBranch of new Set(pulls.map((pull) => pull.targetBranch))) {
    const target = movedBranch(push, branchRef(targetBranch))
    if (target === null) continue
    const waiting = pulls.filter((pull) => pull.targetBranch === targetBranch)
    const sources = new Set(waiting.map(({ sourceSha }) => sourceSha))
    const ones = await landedOnes(git, { repo, principal: PARTY }, target, sources)
    for (const { id, sourceSha } of waiting) if (ones.has(sourceSha)) landed.add(id)
  }
  return landed
}

type FollowedPull = Followed & { readonly number: number }
type Landing = Omit<Followed, 'id' | 'targetBranch'>

async function whatBecameOf(
  parts: FollowParts,
  repo: Repository,
  pulls: readonly OpenPull[],
  push: PushData | null,
): Promise<readonly FollowedPull[]> {
  const now = await Promise.all(pulls.map((pull) => withTips(parts, repo, pull, push)))
  if (push === null) return now
  const merged = readMergeNote(push)?.pullId
  const landed = await landedBy(
    parts,
    repo,
    push,
    now.filter(({ id }) => id !== merged),
  )
  return now.map((tips, i) => {
    const { id, number, targetBranch, sourceSha } = tips
    const landing = landingOf({ ...(pulls[i] as OpenPull), sourceSha }, push, landed.has(id))
    return landing ? { id, number, targetBranch, ...landing } : tips
  })
}

/** As its branches are now. */
async function withTips(
  { door }: FollowParts,
  repo: Repository,
  pull: OpenPull,
  push: PushData | null,
): Promise<OpenPull & FollowedPull> {
  const tips = await branchTips(door.store, repo, pull)
  const sourceSha =
    pull.sourceBranch === null
      ? pull.sourceSha
      : (tips.source ?? lastTip(push, pull.sourceBranch, pull.sourceSha))
  return { ...pull, sourceSha, targetSha: tips.target ?? lastTip(push, pull.targetBranch, pull.targetSha) }
}

/** Of a branch that is gone: what it was when it went, or the push brought it. */
function lastTip(push: PushData | null, branch: string, known: Oid): Oid {
  const moved = push && movedBranch(push, branchRef(branch))
  if (!moved) return known
  return isDelete(moved) ? moved.oldOid : moved.newOid
}

/** `null`: this push did not land it. */
function landingOf(pull: OpenPull, push: PushData, hasLanded: boolean): Landing | null {
  const target = movedBranch(push, branchRef(pull.targetBranch))
  if (target === null) return null
  const note = readMergeNote(push)
  const targetSha = target.kind === 'create' ? pull.targetSha : target.oldOid
  if (note?.pullId === pull.id) {
    const landed = { mergeCommitSha: target.newOid, strategy: note.strategy }
    return { sourceSha: note.sourceSha, targetSha, landed }
  }
  if (!hasLanded) return null
  return { sourceSha: pull.sourceSha, targetSha, landed: { mergeCommitSha: target.newOid, strategy: null } }
}

function differs(now: Followed, before: OpenPull | undefined): boolean {
  if (now.landed) return true
  return now.sourceSha !== before?.sourceSha || now.targetSha !== before.targetSha
}
