/**
 * Removes a deleted repository for good when nobody can restore it any more: the directory first, then the
 * row, so that what a crash leaves between them is found by the next attempt.
 */
import { DELETE_REPO_STORAGE, type JobKind } from '../../kernel/background.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Repositories } from '../../store/repositories.ts'
import type { RepositoryStorage } from './create-repository.ts'

export interface DeleteRepoStorageParts {
  readonly repositories: Pick<Repositories, 'byId' | 'purgeableAt' | 'purge'>
  readonly storage: Pick<RepositoryStorage, 'remove'>
  readonly clock: Clock
}

/** Queued in the transaction that deletes a repository. One that was restored is left alone. */
export function deleteRepoStorage(parts: DeleteRepoStorageParts): JobKind<{ readonly repoId: RepoId }> {
  const { repositories, storage, clock } = parts
  return {
    type: DELETE_REPO_STORAGE,
    slots: 1,
    maxAttempts: 10,
    async run({ repoId }) {
      const from = await repositories.purgeableAt(repoId)
      if (from === null) return
      if (from > clock.now()) return { again: from } // restored and deleted once more
      const repo = await repositories.byId(repoId)
      if (!repo) return
      await storage.remove(repo)
      await repositories.purge(repoId)
    },
  }
}
