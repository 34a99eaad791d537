/**
 * Sends a push that a protected branch does not take to a pull request: one of the same pusher that it goes on
 * from, else a new one. Only where it goes is decided here; its row is written with the event of the push.
 */
import { mayForce } from '../../kernel/access.ts'
import { isZero, zeroOid, type Oid } from '../../kernel/ids.ts'
import type { PushedPull } from '../../kernel/events.ts'
import type { QuarantinedPush } from '../../kernel/policy.ts'
import { subjectOf } from '../../kernel/principal.ts'
import { refuse, type Redirection, type Refusal, type RefUpdate } from '../../kernel/ref-update.ts'
import type { PullRequests } from '../../store/pulls.ts'
import type { PullRequest } from '../../store/pulls-rows.ts'
import { readPullOptions, titleOf, type PullOptions } from './pull-options.ts'
import { headRef, type ReadRefs } from './refs.ts'

export interface RedirectParts {
  readonly pulls: Pick<PullRequests, 'find' | 'pushedBy' | 'allotNumber'>
  readonly store: ReadRefs
  readonly newId: () => string
}

const BRANCHES = 'refs/heads/'

/**
 * @param update of a branch that exists, to a value that is in quarantine
 * @throws AppError `GIT_FAILED`, and what the database throws
 */
export async function redirectPush(
  parts: RedirectParts,
  push: QuarantinedPush,
  update: RefUpdate,
): Promise<Redirection | Refusal> {
  const { ref, oldOid, newOid } = update
  const subject = await subjectOfCommit(push, newOid)
  if (subject === null) return refuse('BRANCH_NOT_COMMIT', ref)
  if (await push.objects.isAncestor(newOid, oldOid))
    return refuse('BRANCH_PROTECTED', ref, 'a pull request of this would hold nothing new')
  const asked = readPullOptions(push.options)
  const chosen = await choosePull(parts, push, update, asked)
  if (chosen !== null && 'code' in chosen) return chosen
  const title = asked.title ?? (chosen === null ? (titleOf(subject) ?? ref) : undefined)
  const said = { ...(title === undefined ? {} : { title }), ...descriptionOf(asked) }
  const target = { targetBranch: ref.slice(BRANCHES.length), targetSha: oldOid }
  if (chosen === null) return toNewPull(parts, push, update, { ...target, ...said })
  const { id, number } = chosen
  const redirection = await toPull(parts, push, update, { id, number, ...target, ...said })
  // what its token says of the branch counts for what is pushed to it, wherever that goes
  if (!redirection.isForced || mayForce(push.principal, push.resource, ref)) return redirection
  return refuse('TOKEN_SCOPE', ref, NO_FORCE)
}

const NO_FORCE = 'no forced update, of a pull request either'

function descriptionOf({ description }: PullOptions): { description?: string } {
  return description === undefined ? {} : { description }
}

/** `null`: what is to be pushed is no commit. */
async function subjectOfCommit({ objects }: QuarantinedPush, oid: Oid): Promise<string | null> {
  const args = ['log', '-1', '--no-color', '--encoding=UTF-8', '--format=%H%n%s', oid]
  const [sha, subject] = (await objects.git(args, { okCodes: [0, NOT_A_COMMIT] })).split('\n')
  return sha === oid ? (subject ?? '') : null
}

const NOT_A_COMMIT = 128

/** `null`: a new one. */
async function choosePull(
  parts: RedirectParts,
  push: QuarantinedPush,
  update: RefUpdate,
  { pull }: PullOptions,
): Promise<PullRequest | Refusal | null> {
  if (pull === 'new') return null
  if (pull === 'unclear') return refuseOption(update, '-o pull=… is a number or new')
  if (pull === null) return await goneOnFrom(parts, push, update)
  const named = await parts.pulls.find(push.repo.id, pull)
  if (named && takes(named, update)) return named
  return refuseOption(update, `pull request #${pull} is no open one of pushes to it`)
}

/** The hint of the code knows of no options. */
function refuseOption({ ref }: RefUpdate, reason: string): Refusal {
  const hint = 'say -o pull=<number of an open pull request to this branch>, -o pull=new, or neither'
  return { ...refuse('BRANCH_PROTECTED', ref, reason), hint }
}

function takes({ status, sourceBranch, targetBranch }: PullRequest, { ref }: RefUpdate): boolean {
  return status === 'open' && sourceBranch === null && ref === `${BRANCHES}${targetBranch}`
}

/**
 * The newest one of this pusher whose head is in the history of what is pushed, and not in the branch already: that
 * one is merged, though nobody may have written it down yet. One git for all of them.
 */
async function goneOnFrom(
  { pulls }: RedirectParts,
  { repo, principal, agentId, objects }: QuarantinedPush,
  { ref, oldOid, newOid }: RefUpdate,
): Promise<PullRequest | null> {
  const actorId = subjectOf(principal)
  if (actorId === null) return null
  const targetBranch = ref.slice(BRANCHES.length)
  const own = await pulls.pushedBy({ repoId: repo.id, targetBranch, actorId, agentId })
  if (own.length === 0) return null
  const heads = own.map(({ number }) => headRef(number))
  const gained = [`--merged=${newOid}`, `--no-merged=${oldOid}`]
  const listed = await objects.git(['for-each-ref', ...gained, '--format=%(refname)', ...heads])
  const merged = new Set(listed.split('\n'))
  return own.find(({ number }) => merged.has(headRef(number))) ?? null
}

/** A number whose ref is there already belongs to what a backup knows nothing of: it is passed over. */
async function toNewPull(
  parts: RedirectParts,
  push: QuarantinedPush,
  update: RefUpdate,
  said: Omit<PushedPull, 'id' | 'number'>,
): Promise<Redirection> {
  for (;;) {
    const number = await parts.pulls.allotNumber(push.repo.id)
    const redirection = await toPull(parts, push, update, { id: parts.newId(), number, ...said })
    if (isZero(redirection.to.oldOid)) return redirection
  }
}

async function toPull(
  { store }: RedirectParts,
  { repo, objects }: QuarantinedPush,
  { ref, newOid }: RefUpdate,
  pullRequest: PushedPull,
): Promise<Redirection> {
  const head = headRef(pullRequest.number)
  const before = (await store.readRefs(repo, [head])).get(head)
  const isForced = before !== undefined && !(await objects.isAncestor(before, newOid))
  const to = { ref: head, oldOid: before ?? zeroOid(repo.objectFormat), newOid }
  return { ref, to, isForced, pullRequest }
}
