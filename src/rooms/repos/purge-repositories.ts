/**
 * Deleted repositories are removed for good when nobody can restore them any more: the directory
 * first, then the row, so that a crash in between is found and finished by the next round.
 */
import type { RepoId } from '../../kernel/ids.ts'
import type { Repositories } from '../../store/repositories.ts'
import type { RepositoryStorage } from './create-repository.ts'

export interface PurgeParts {
  readonly repositories: Pick<Repositories, 'purgeable' | 'purge'>
  readonly storage: Pick<RepositoryStorage, 'remove'>
  /** A directory that cannot be removed must not keep the others; it is tried again. */
  readonly onFailed: (id: RepoId, error: unknown) => void
}

/** One round's worth: what is left waits for the next. */
const MOST_AT_ONCE = 100

/** @returns how many */
export async function purgeRepositories({ repositories, storage, onFailed }: PurgeParts): Promise<number> {
  let purged = 0
  for (const repo of await repositories.purgeable(MOST_AT_ONCE)) {
    try {
      await storage.remove(repo)
      if (await repositories.purge(repo.id)) purged++
    } catch (err) {
      onFailed(repo.id, err)
    }
  }
  return purged
}
