/** Merges one pull request: makes the commit, lands it through the door, and lets the row follow. */
import type { Reader } from '../../git/git-reader.ts'
import { makeMerge, type MergeParts, type Strategy } from '../../git/merging/merge.ts'
import type { Writer } from '../../kernel/api-push.ts'
import type { Door } from '../../kernel/door.ts'
import { AppError } from '../../kernel/errors.ts'
import { identityOf } from '../../kernel/identity.ts'
import { branchRef, type Oid } from '../../kernel/ids.ts'
import { land } from '../../kernel/land.ts'
import type { Clock, Quarantine } from '../../kernel/ports.ts'
import { subjectOf } from '../../kernel/principal.ts'
import type { RefQueue } from '../../kernel/ref-queue.ts'
import type { PullRequests } from '../../store/pulls.ts'
import type { PullRequest } from '../../store/pulls-rows.ts'
import { findPull, type FindPullParts } from './find-pull.ts'
import { mergeFault, type FailedMerge, type FaultParts } from './merge-fault.ts'
import { mergeMessage } from './merge-message.ts'
import { writeMergeNote } from './merge-options.ts'
import { branchTips, headRef } from './refs.ts'
import type { CommitLog } from '../../git/history/commit-log.ts'

export interface MergePullParts extends FindPullParts, FaultParts {
  readonly door: Door
  readonly pulls: Pick<PullRequests, 'find' | 'follow'>
  /** Of those who change one pull request. */
  readonly turns: RefQueue
  /** A place among the running git processes. @throws AppError `OVERLOADED` */
  readonly admit: (reader: Reader) => Promise<Disposable>
  readonly log: Pick<CommitLog, 'between'>
  readonly merging: MergeParts
  readonly clock: Clock
}

export interface AskedMerge {
  readonly strategy: Strategy
  /** Of the merge or squash commit; absent: see merge-message.ts. */
  readonly message: string | undefined
  /** The source must be here. */
  readonly expectedSource: string | undefined
}

export interface Merged {
  /** With the source that was merged, although its row may be late and say another. */
  readonly pull: PullRequest
  /** What the target points at. */
  readonly oid: Oid
}

/**
 * When it resolves, the target has the source and the pull request is merged. A server that dies in between
 * leaves an event from which the next one takes over: see merge-options.ts.
 *
 * @param id UUID or number
 * @throws AppError `NOT_FOUND`; `UNPROCESSABLE` with `details.reason`; `PRECONDITION_FAILED` with
 *   `details.actual`; `MERGE_CONFLICT` with the conflicts; the refusal of the door
 */
export async function mergePull(
  parts: MergePullParts,
  writer: Writer,
  reader: Reader,
  id: string,
  asked: AskedMerge,
): Promise<Merged> {
  const { repo } = writer
  const { number } = await findPull(parts, repo, id)
  using _turn = await parts.turns.enter(repo.id, [headRef(number)])
  const pull = await openPull(parts, writer, id)
  checkExpected(pull, asked.expectedSource)
  const branch = branchRef(pull.targetBranch)
  const note = { pullId: pull.id, strategy: asked.strategy, sourceSha: pull.sourceSha }
  const make = (head: Oid | null, quarantine: Quarantine) =>
    makeHead(parts, { writer, reader, pull, asked }, head, quarantine)
  const landing = { branch, via: 'merge', make, options: writeMergeNote(note) } as const
  const { head, oid } = await land(parts.door, writer, landing).catch(async (err: unknown) => {
    throw err instanceof NothingMade ? await mergeFault(parts, reader, err.tips, err.outcome) : err
  })
  if (oid === head) await followContained(parts, writer, pull, { head, strategy: asked.strategy })
  return { pull: { ...(await findPull(parts, repo, pull.id)), sourceSha: pull.sourceSha }, oid }
}

/** With its source where that is at this moment: the row may wait for a push that is being published. */
async function openPull(parts: MergePullParts, { repo }: Writer, id: string): Promise<PullRequest> {
  const pull = await findPull(parts, repo, id)
  if (pull.status !== 'open') {
    throw new AppError('UNPROCESSABLE', { details: { reason: 'not open', status: pull.status } })
  }
  const { source } = await branchTips(parts.door.store, repo, pull)
  return { ...pull, sourceSha: source ?? pull.sourceSha }
}

function checkExpected({ sourceSha }: PullRequest, expected: string | undefined): void {
  if (expected === undefined || expected === sourceSha) return
  throw new AppError('PRECONDITION_FAILED', { details: { expected, actual: sourceSha } })
}

interface Circumstances {
  readonly writer: Writer
  readonly reader: Reader
  readonly pull: PullRequest
  readonly asked: AskedMerge
}

/** @returns `target` itself when it has the source already */
async function makeHead(
  parts: MergePullParts,
  { writer, reader, pull, asked }: Circumstances,
  target: Oid | null,
  quarantine: Quarantine,
): Promise<Oid> {
  if (target === null) {
    const details = { reason: 'no such branch', branch: pull.targetBranch }
    throw new AppError('UNPROCESSABLE', { details })
  }
  const { strategy } = asked
  const message = asked.message ?? (await mergeMessage(parts.log, reader, pull, { strategy, target }))
  const outcome = await withPlace(parts, reader, () =>
    makeMerge(parts.merging, quarantine, {
      repo: writer.repo,
      target,
      source: pull.sourceSha,
      strategy,
      message,
      committer: identityOf(writer.principal),
      seconds: Math.floor(parts.clock.now() / 1000),
    }),
  )
  if (outcome.kind === 'made') return outcome.oid
  if (outcome.kind === 'contained') return target
  throw new NothingMade({ target, source: pull.sourceSha }, outcome)
}

/** To find out what to say of it takes as long again, and others wait for the branch. */
class NothingMade extends Error {
  readonly tips: { readonly target: Oid; readonly source: Oid }
  readonly outcome: FailedMerge

  constructor(tips: NothingMade['tips'], outcome: FailedMerge) {
    super(outcome.kind)
    this.tips = tips
    this.outcome = outcome
  }
}

async function withPlace<T>({ admit }: MergePullParts, reader: Reader, work: () => Promise<T>): Promise<T> {
  using _place = await admit(reader)
  return await work()
}

/** Nothing has moved, so no event tells of it. */
async function followContained(
  { pulls }: MergePullParts,
  { repo, principal, agentId }: Writer,
  pull: PullRequest,
  { head, strategy }: { head: Oid; strategy: Strategy },
): Promise<void> {
  const landed = { mergeCommitSha: head, strategy }
  const by = { actorId: subjectOf(principal), agentId }
  const { id, targetBranch, sourceSha } = pull
  await pulls.follow(repo.id, [{ id, targetBranch, sourceSha, targetSha: head, landed }], by)
}
