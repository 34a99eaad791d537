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

type Known = (commit: Oid) => ReadonlyMap<EntryKey, Oid> | undefined

/** What else runs in this process has its turn after this time. */
const SLICE_MS = 10

export class LastCommitsWalk {
  readonly found = new Map<EntryKey, Oid>()
  readonly entryCount: number
  readonly #parts: WalkParts
  readonly #waiting = new Map<Oid, Waiting>()
  /** Of the caller who walks; two at once would take each other's places. */
  #turn: Promise<void> = Promise.resolve()

  /** Not for direct use: see `begin`. */
  constructor(parts: WalkParts, start: Place) {
    this.#parts = parts
    this.entryCount = start.entries.length
    this.#waiting.set(start.commit.oid, { ...start, keys: new Set(start.entries.map(entryKey)) })
  }

  /** @returns `null` when there is no such directory at `start` */
  static async begin(parts: WalkParts, start: Oid): Promise<LastCommitsWalk | null> {
    const place = await placeAt(parts, start)
    return place === null || place.tree === null ? null : new LastCommitsWalk(parts, place)
  }

  get isDone(): boolean {
    return this.#waiting.size === 0
  }

  /**
   * Walks until all is found or time is up. Callers at once take turns.
   *
   * @param deadline by `performance.now()`
   * @param known what has been found for the same directory at a commit
   */
  async goOn(deadline: number, known: Known): Promise<void> {
    this.#turn = this.#turn.catch(() => {}).then(() => this.#walk(deadline, known))
    await this.#turn
  }

  async #walk(deadline: number, known: Known): Promise<void> {
    let sliceEnd = performance.now() + SLICE_MS
    for (let next = this.#latest(); next !== null; next = this.#latest()) {
      const now = performance.now()
      if (now >= deadline) return
      if (now >= sliceEnd) {
        await new Promise(setImmediate)
        sliceEnd = performance.now() + SLICE_MS
      }
      this.#takeKnown(next, known(next.commit.oid))
      await this.#step(next)
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

  #takeKnown({ keys }: Waiting, found: ReadonlyMap<EntryKey, Oid> | undefined): void {
    if (found === undefined) return
    for (const key of keys) {
      const commit = found.get(key)
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
