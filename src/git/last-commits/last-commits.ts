/**
 * Which commit touched each entry of a directory last: for every one of them what `git log -1 <commit> --
 * <path>` says, found in one walk. Where an index knows it, or an earlier walk, the walk ends.
 */
import { LRUCache } from 'lru-cache'
import type { Oid, RepoId } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'
import { directoryKey, isPlain, type EntryKey } from './entry-key.ts'
import type { LastCommitsIndexes } from './last-commits-indexes.ts'
import { LastCommitsWalk, type Known } from './last-commits-walk.ts'

export interface LastCommitsLimits {
  /** Entries of directories, of all walks together, that are remembered. */
  readonly maxEntries: number
  /** How long one caller waits. */
  readonly budgetMs: number
}

export interface LastCommitsParts {
  readonly objects: Pick<StoredObjects, 'commit' | 'lineage' | 'mayHaveChanged' | 'tree'>
  readonly indexes: Pick<LastCommitsIndexes, 'of' | 'want' | 'forget'>
  readonly limits?: LastCommitsLimits
}

export interface LastCommitsFound {
  /** By `entryKey`. */
  readonly commits: ReadonlyMap<EntryKey, Oid>
  readonly isWhole: boolean
}

export const LAST_COMMITS_LIMITS: LastCommitsLimits = { maxEntries: 200_000, budgetMs: 2_000 }
/** A walk of this length is worth an index. */
const LONG = { ms: 250, commits: 10_000 } as const

export class LastCommits {
  readonly #parts: LastCommitsParts
  readonly #limits: LastCommitsLimits
  /** Finished and unfinished walks, by repository, commit and directory. */
  readonly #walks: LRUCache<string, LastCommitsWalk>

  constructor(parts: LastCommitsParts) {
    this.#parts = parts
    this.#limits = parts.limits ?? LAST_COMMITS_LIMITS
    this.#walks = new LRUCache({
      maxSize: this.#limits.maxEntries,
      sizeCalculation: (walk) => 1 + walk.entryCount,
    })
  }

  /**
   * An entry that is missing was not found in time; the next call goes on from there.
   *
   * @param directory names from the root; none for the root itself
   * @throws AppError as `StoredObjects`
   */
  async of(repo: RepoHandle, commit: Oid, directory: readonly string[]): Promise<LastCommitsFound> {
    const key = keyOf(repo, commit, directory)
    const begun = this.#walks.get(key) ?? (await this.#begin(repo, commit, directory))
    const walk = this.#walks.get(key) ?? begun // somebody else may have begun it meanwhile
    if (walk === null) return { commits: new Map(), isWhole: true }
    this.#walks.set(key, walk)
    if (!walk.isDone) await this.#goOn(walk, repo, commit, directory)
    return { commits: walk.found, isWhole: walk.isDone }
  }

  /**
   * The same for one path, if that is known without a walk; else `null`.
   *
   * @param path names from the root, one at least
   */
  async knownAt(repo: RepoHandle, commit: Oid, path: readonly string[]): Promise<Oid | null> {
    const index = isPlain(path) ? await this.#parts.indexes.of(repo) : null
    const known = index?.knownIn(directoryKey(path.slice(0, -1)))(commit)
    return known?.(directoryKey(path.slice(-1))) ?? null
  }

  /** Call when the repository is gone, or objects were removed from it. */
  forget(id: RepoId): void {
    for (const key of this.#walks.keys()) if (key.startsWith(id)) this.#walks.delete(key)
    this.#parts.indexes.forget(id)
  }

  async #goOn(
    walk: LastCommitsWalk,
    repo: RepoHandle,
    commit: Oid,
    directory: readonly string[],
  ): Promise<void> {
    const [begin, { steps }] = [performance.now(), walk]
    const index = isPlain(directory) ? await this.#parts.indexes.of(repo) : null
    const indexed = index?.knownIn(directoryKey(directory))
    const known: Known = (oid) => {
      const earlier = oid === commit ? undefined : this.#walks.get(keyOf(repo, oid, directory))?.found
      const listed = indexed?.(oid)
      return earlier || listed ? (entry) => earlier?.get(entry) ?? listed?.(entry) : undefined
    }
    await walk.goOn({ deadline: begin + this.#limits.budgetMs }, known)
    const wasLong = walk.steps - steps > LONG.commits || performance.now() - begin > LONG.ms
    if (wasLong || !walk.isDone) this.#parts.indexes.want(repo)
  }

  #begin(repo: RepoHandle, commit: Oid, directory: readonly string[]): Promise<LastCommitsWalk | null> {
    return LastCommitsWalk.begin({ objects: this.#parts.objects, repo, directory }, commit)
  }
}

function keyOf({ id }: RepoHandle, commit: Oid, directory: readonly string[]): string {
  return `${id} ${commit} ${directory.join('/')}`
}
