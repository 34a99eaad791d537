/** Keeps pull requests up with what pushes did to their branches. The same twice changes nothing. */
import type { NewEvent } from '../kernel/events.ts'
import type { Oid, RepoId } from '../kernel/ids.ts'
import type { Actor } from './log/events.ts'
import { readPull, writePull, type Change, type Tips } from './pulls-change.ts'
import { pullEvent } from './pulls-events.ts'
import type { PullParts } from './pulls-open.ts'
import { lockActive } from './read-repository.ts'
import type { PullRequestRow } from './schema.ts'

export interface Followed extends Tips {
  readonly id: string
  /** That the push was held against. One that has another by now stays as it is: that change is followed, too. */
  readonly targetBranch: string
  /** Set when that push landed it. */
  readonly landed?: Landed | undefined
}

export interface Landed {
  /** What the target points at now. */
  readonly mergeCommitSha: Oid
  /** `null`: by a plain push. */
  readonly strategy: string | null
}

/**
 * One that is not open any more stays as it is.
 *
 * @param by who pushed
 * @throws AppError `REPO_NOT_FOUND`: deleted meanwhile
 */
export async function followPulls(
  { database, events, now }: PullParts,
  repoId: RepoId,
  followed: readonly Followed[],
  by: Actor,
): Promise<void> {
  await database.transaction(async (trx) => {
    const repo = await lockActive(database, trx, repoId)
    const told: NewEvent[] = []
    for (const { id, ...news } of followed) {
      const before = await readPull(trx, { repoId, id })
      if (before?.status !== 'open' || before.target_branch !== news.targetBranch) continue
      const after = { ...before, ...tipsOf(before, news) }
      const change = news.landed ? landed(news.landed, by, now()) : sourceMoved(before, after, now())
      await writePull(trx, { ...after, ...change?.set })
      if (change) told.push(pullEvent(repo, { ...after, ...change.set }, by, change.type, change.more))
    }
    await events.append(trx, told)
  })
}

/** What is pushed to one without a source branch is written with the push itself: whoever follows may be behind. */
function tipsOf({ source_branch, source_sha }: PullRequestRow, news: Omit<Followed, 'id'>) {
  const isAhead = source_branch === null && !news.landed
  return { source_sha: isAhead ? source_sha : news.sourceSha, target_sha: news.targetSha }
}

function landed({ mergeCommitSha, strategy }: Landed, by: Actor, now: number): Change {
  return {
    set: {
      status: 'merged',
      merged_at: now,
      merged_by: by.actorId,
      merge_commit_sha: mergeCommitSha,
      updated_at: now,
    },
    type: 'pr.merged',
    more: { mergeCommitSha, strategy },
  }
}

/** A target that moves is nobody's change of this pull request: it is not told. */
function sourceMoved(before: PullRequestRow, after: PullRequestRow, now: number): Change | null {
  if (before.source_sha === after.source_sha) return null
  const more = { changed: ['sourceSha'], before: { sourceSha: before.source_sha } }
  return { set: { updated_at: now }, type: 'pr.updated', more }
}
