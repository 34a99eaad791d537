/**
 * Which commit touched each entry of a directory last: for every one of them what `git log -1 <commit> --
 * <path>` says, found in one walk. What was found at one commit ends the walks that come to it later.
 */
import { LRUCache } from 'lru-cache'
import type { Oid, RepoId } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { EntryKey } from './entry-key.ts'
import { LastCommitsWalk } from './last-commits-walk.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'

export interface LastCommitsLimits {
  /** Entries of directories, of all walks together, that are remembered. */
  readonly maxEntries: number
  /** How long one caller waits. */
  readonly budgetMs: number
}

export const LAST_COMMITS_LIMITS: LastCommitsLimits = { maxEntries: 200_000, budgetMs: 2_000 }

export class LastCommits {
  readonly #objects: Pick<StoredObjects, 'commit' | 'tree'>
  readonly #limits: LastCommitsLimits
  /** Finished and unfinished walks, by repository, commit and directory. */
  readonly #walks: LRUCache<string, LastCommitsWalk>

  constructor(
    objects: Pick<StoredObjects, 'commit' | 'tree'>,
    limits: LastCommitsLimits = LAST_COMMITS_LIMITS,
  ) {
    this.#objects = objects
    this.#limits = limits
    this.#walks = new LRUCache({
      maxSize: limits.maxEntries,
      sizeCalculation: (walk) => 1 + walk.entryCount,
    })
  }

  /**
   * By `entryKey`. An entry that is missing was not found in time; the next call goes on from there.
   *
   * @param directory names from the root; none for the root itself
   * @throws AppError as `StoredObjects`
   */
  async of(
    repo: RepoHandle,
    commit: Oid,
    directory: readonly string[],
  ): Promise<{ readonly commits: ReadonlyMap<EntryKey, Oid>; readonly isWhole: boolean }> {
    const at = (oid: Oid) => `${repo.id} ${oid} ${directory.join('/')}`
    const begun = this.#walks.get(at(commit)) ?? (await this.#begin(repo, commit, directory))
    const walk = this.#walks.get(at(commit)) ?? begun // somebody else may have begun it meanwhile
    if (walk === null) return { commits: new Map(), isWhole: true }
    this.#walks.set(at(commit), walk)
    const known = (oid: Oid) => (oid === commit ? undefined : this.#walks.get(at(oid))?.found)
    await walk.goOn(performance.now() + this.#limits.budgetMs, known)
    return { commits: walk.found, isWhole: walk.isDone }
  }

  /** Call when the repository is gone. */
  forget(id: RepoId): void {
    for (const key of this.#walks.keys()) if (key.startsWith(id)) this.#walks.delete(key)
  }

  #begin(repo: RepoHandle, commit: Oid, directory: readonly string[]): Promise<LastCommitsWalk | null> {
    return LastCommitsWalk.begin({ objects: this.#objects, repo, directory }, commit)
  }
}
