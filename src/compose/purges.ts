/** What is over is forgotten: the round of every minute, of one server, and the data of deleted repositories. */
import { removeRepository } from '../git/storage.ts'
import type { ErrorLog } from '../http/error-rendering.ts'
import type { JobKind } from '../kernel/background.ts'
import { AppError } from '../kernel/errors.ts'
import type { RepoHandle } from '../kernel/repository.ts'
import { deleteRepoStorage } from '../rooms/repos/delete-repo-storage.ts'
import { expireRepositories } from '../rooms/repos/expire-repositories.ts'
import type { Git } from './git.ts'
import type { Records } from './records.ts'

export interface PurgesParts {
  readonly records: Records
  readonly git: Pick<Git, 'snapshots' | 'fetches'>
  readonly log: ErrorLog
}

/** Removes what is over of one sort. More than a minute's worth may wait for the next round. */
export type Purge = readonly [what: string, run: () => Promise<unknown>]

const EVERY_MS = 60_000
/** A first push of another server may still be on its way for this long. */
export const OTHERS_ARE_DONE_MS = 6 * 3600_000
const DONE_JOBS_STAY_MS = 30 * 86_400_000

/** @param more what other parts of the server have to forget */
export function purgeKinds(parts: PurgesParts, more: readonly Purge[] = []): readonly JobKind<never>[] {
  const { repositories, sharedClock: clock } = parts.records
  const storage = { remove: (repo: RepoHandle) => removeStorage(parts.git, repo) }
  return [
    purgeExpired([...purges(parts), ...more], parts),
    deleteRepoStorage({ repositories, storage, clock }),
  ]
}

function purges({ records, git }: PurgesParts): readonly Purge[] {
  const { repositories, sharedClock } = records
  return [
    ['provisional repositories', () => discardProvisional({ records, git }, OTHERS_ARE_DONE_MS)],
    ['expired repositories', () => expireRepositories({ repositories })],
    ['idempotency keys', () => records.idempotency.removeExpired()],
    ['revocations', () => records.revocations.prune()],
    ['ended logins', () => records.refreshTokens.removeExpired()],
    ['logins by device', () => records.deviceLogins.removeExpired()],
    ['retired keys', () => records.signingKeys.removeExpired()],
    ['done jobs', () => records.jobs.forgetDone(sharedClock.now() - DONE_JOBS_STAY_MS)],
  ]
}

/** One that fails does not keep the others from running. */
function purgeExpired(
  all: readonly Purge[],
  { records, log }: Pick<PurgesParts, 'records' | 'log'>,
): JobKind {
  return {
    type: 'purge_expired',
    slots: 1,
    maxAttempts: Infinity,
    longestWaitMs: EVERY_MS,
    recurs: true,
    async run(_payload, signal) {
      const failed: string[] = []
      for (const [what, run] of all) {
        signal.throwIfAborted()
        await run().catch((err: unknown) => {
          failed.push(what)
          log.error({ err, purge: what }, 'what is over could not be forgotten')
        })
      }
      if (failed.length > 0)
        throw new AppError('UNAVAILABLE', { details: { reason: `not purged: ${failed.join(', ')}` } })
      return { again: records.sharedClock.now() + EVERY_MS }
    },
  }
}

/** Repositories whose making, by a request or by a first push, never came to its end. */
export async function discardProvisional(
  { records, git }: Pick<PurgesParts, 'records' | 'git'>,
  olderThanMs: number,
): Promise<void> {
  const { repositories } = records
  for (const repo of await repositories.provisional(olderThanMs)) {
    if (await repositories.discard(repo.id)) await removeStorage(git, repo)
  }
}

async function removeStorage(git: PurgesParts['git'], repo: RepoHandle): Promise<void> {
  git.snapshots.forget(repo.id)
  git.fetches?.drop(repo.id)
  await removeRepository(repo.path)
}
