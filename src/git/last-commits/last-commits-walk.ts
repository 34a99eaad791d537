/**
 * One walk back through history for the entries of one directory. At each commit an entry goes on to the
 * first parent that has it just the same; where there is none, the commit touched it.
 *
 * @see git-log(1), "History Simplification", default mode: a merge that equals one parent follows that one
 */
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { Commit } from '../objects/commit.ts'
import { changedKeys, entryKey, type EntryKey } from './entry-key.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'
import type { TreeEntry } from '../objects/tree.ts'
import { Slices } from '../slices.ts'

export interface WalkParts {
  readonly objects: Pick<StoredObjects, 'commit' | 'tree'>
  readonly repo: RepoHandle
  /** Names from the root; none for the root itself. */
  readonly directory: readonly string[]
}

/** A commit, and the directory as it is there. */
interface Place {
  readonly commit: Commit
  /** Of the directory's tree; `null` where there is no such directory. */
  readonly tree: Oid | null
  readonly entries: readonly TreeEntry[]
}

/** Entries whose search has come to a place, where all of them are as they were at the start. */
interface Waiting extends Place {
  readonly keys: Set<EntryKey>
}

/** Of a commit: what touched an entry of the directory last, as far as somebody knows. Waits for nothing. */
export type Known = (commit: Oid) => ((entry: EntryKey) => Oid | undefined) | undefined

export interface WalkLimits {
  /** By `performance.now()`. */
  readonly deadline: number
  /** Commits; absent: any number. */
  readonly steps?: number
}

export class LastCommitsWalk {
  readonly found = new Map<EntryKey, Oid>()
  readonly entryCount: number
  /** Commits that were looked at. */
  steps = 0
  readonly #parts: WalkParts
  readonly #waiting = new Map<Oid, Waiting>()
  /** Of the caller who walks; two at once would take each other's places. */
  #turn: Promise<void> = Promise.resolve()

  /** Not for direct use: see `begin`. */
  constructor(parts: WalkParts, start: Place, keys: ReadonlySet<EntryKey> | null) {
    this.#parts = parts
    const all = start.entries.map(entryKey)
    const wanted = new Set(keys === null ? all : all.filter((key) => keys.has(key)))
    this.entryCount = wanted.size
    this.#waiting.set(start.commit.oid, { ...start, keys: wanted })
  }

  /** @param keys of the entries that are wanted; all if absent. @returns `null` when there is no such directory at `start` */
  static async begin(
    parts: WalkParts,
    start: Oid,
    keys: ReadonlySet<EntryKey> | null = null,
  ): Promise<LastCommitsWalk | null> {
    const place = await placeAt(parts, start)
    return place === null || place.tree === null ? null : new LastCommitsWalk(parts, place, keys)
  }

  get isDone(): boolean {
    return this.#waiting.size === 0
  }

  /**
   * Walks until all is found or a limit is reached. Callers at once take turns.
   *
   * @param known of the same directory
   */
  async goOn(limits: WalkLimits, known: Known): Promise<void> {
    this.#turn = this.#turn.catch(() => {}).then(() => this.#walk(limits, known))
    await this.#turn
  }

  async #walk({ deadline, steps = Infinity }: WalkLimits, known: Known): Promise<void> {
    const slices = new Slices()
    const end = this.steps + steps
    for (let next = this.#latest(); next !== null; next = this.#latest()) {
      if (this.steps >= end || performance.now() >= deadline) return
      await slices.pause()
      this.#takeKnown(next, known(next.commit.oid))
      await this.#step(next)
      this.steps++
    }
  }

  /** The waiting commit that was made last: who comes to its ancestors by another road joins there. */
  #latest(): Waiting | null {
    let latest: Waiting | null = null
    for (const place of this.#waiting.values()) {
      if (latest === null || timeOf(place) > timeOf(latest)) latest = place
    }
    return latest
  }

  #takeKnown({ keys }: Waiting, known: ReturnType<Known>): void {
    if (known === undefined) return
    for (const key of keys) {
      const commit = known(key)
      if (commit === undefined) continue
      this.found.set(key, commit)
      keys.delete(key)
    }
  }

  /** Reads everything before it changes anything, so that a walk that failed can go on later. */
  async #step(here: Waiting): Promise<void> {
    const { commit, keys } = here
    const parents = keys.size === 0 ? [] : commit.parents
    const places = await Promise.all(parents.map((oid) => placeAt(this.#parts, oid)))
    this.#waiting.delete(commit.oid)
    let left = keys
    for (const there of places) {
      if (there === null || left.size === 0) continue // a parent is missing where the history was cut off
      const same = left
      const changed = there.tree === here.tree ? [] : changedKeys(here.entries, there.entries)
      left = new Set(changed.filter((key) => same.delete(key)))
      if (same.size > 0) this.#wait(there, same)
    }
    for (const key of left) this.found.set(key, commit.oid)
  }

  #wait(place: Place, keys: Set<EntryKey>): void {
    const waiting = this.#waiting.get(place.commit.oid)
    if (waiting) for (const key of keys) waiting.keys.add(key)
    else this.#waiting.set(place.commit.oid, { ...place, keys })
  }
}

function timeOf({ commit }: Place): number {
  return commit.committer.seconds
}

/** @returns `null` when the commit is missing */
async function placeAt({ objects, repo, directory }: WalkParts, oid: Oid): Promise<Place | null> {
  const commit = await objects.commit(repo, oid)
  if (commit === null) return null
  let tree = commit.tree
  for (const name of directory) {
    const entry = (await objects.tree(repo, tree))?.find((candidate) => candidate.name === name)
    if (entry?.type !== 'tree') return { commit, tree: null, entries: [] }
    tree = entry.oid
  }
  return { commit, tree, entries: (await objects.tree(repo, tree)) ?? [] }
}
