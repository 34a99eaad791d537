/**
 * One walk back through history for the entries of one directory. At each commit an entry goes on to the
 * first parent that has it just the same; where there is none, the commit touched it.
 *
 * @see git-log(1), "History Simplification", default mode: a merge that equals one parent follows that one
 */
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { probePath, type PathProbe } from '../commit-graph/changed-paths.ts'
import type { Lineage } from '../commit-graph/lineage.ts'
import {
  changedKeys,
  directoryKey,
  entryKey,
  isPlain,
  pathBelow,
  type EntryKey,
  type PathKey,
} from './entry-key.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'
import type { TreeEntry } from '../objects/tree.ts'
import { Slices } from '../slices.ts'

export interface WalkParts {
  readonly objects: Pick<StoredObjects, 'lineage' | 'mayHaveChanged' | 'tree'>
  readonly repo: RepoHandle
  /** Names from the root; none for the root itself. */
  readonly directory: readonly string[]
}

/** A commit, and the directory as it is there. */
interface Place {
  readonly commit: Lineage
  /** Of the directory's tree; `null` where there is no such directory; `undefined`: of no one tree. */
  readonly tree: Oid | null | undefined
  readonly entries: readonly TreeEntry[]
}

/** Entries whose search has come to a place, where all of them are as they were at the start. */
interface Waiting extends Place {
  readonly keys: Set<EntryKey>
}

/** Of a commit: what touched an entry of the directory last, as far as somebody knows. Waits for nothing. */
export type Known = (commit: Oid) => ((entry: EntryKey) => Oid | undefined) | undefined

/** Of more entries the filters say too often that one may have changed. */
const MAX_PROBED = 32

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
  /** `null` where no filter tells whether a commit changed the directory. */
  readonly #directory: PathKey | null
  readonly #probes = new Map<PathKey, PathProbe | null>()
  readonly #waiting = new Map<Oid, Waiting>()
  /** Of the caller who walks; two at once would take each other's places. */
  #turn: Promise<void> = Promise.resolve()

  /** Not for direct use: see `begin`. */
  constructor(parts: WalkParts, start: Place, keys: ReadonlySet<EntryKey> | null) {
    this.#parts = parts
    const { directory } = parts
    this.#directory = isPlain(directory) ? directoryKey(directory) : null
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
    const [first] = commit.parents
    if (first !== undefined && keys.size > 0 && this.#isUnchangedAt(here)) return this.#pass(here, first)
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

  /** By the filters of the commit-graph: the directory as a whole, or the few entries that are left. */
  #isUnchangedAt({ commit, keys }: Waiting): boolean {
    if (this.#directory === null) return false
    if (this.#areUnchangedAt(commit, [this.#directory])) return true
    if (keys.size > MAX_PROBED) return false
    return this.#areUnchangedAt(
      commit,
      Array.from(keys, (key) => pathBelow(this.#directory ?? '', key)),
    )
  }

  #areUnchangedAt({ oid }: Lineage, paths: readonly PathKey[]): boolean {
    const { objects, repo } = this.#parts
    const probes: PathProbe[] = []
    for (const path of paths) {
      const probe = this.#probes.get(path) ?? probePath(path)
      if (probe === null) return false
      this.#probes.set(path, probe)
      probes.push(probe)
    }
    return !objects.mayHaveChanged(repo, oid, probes)
  }

  /** All go on to a first parent that has them just the same; no tree is read. */
  async #pass({ commit, tree, entries, keys }: Waiting, parent: Oid): Promise<void> {
    const { objects, repo } = this.#parts
    const known = objects.lineage(repo, parent)
    const there = known instanceof Promise ? await known : known
    this.#waiting.delete(commit.oid)
    if (there !== null) this.#wait({ commit: there, tree, entries }, keys)
    else for (const key of keys) this.found.set(key, commit.oid) // the history was cut off
  }

  #wait(place: Place, keys: Set<EntryKey>): void {
    const { oid } = place.commit
    const waiting = this.#waiting.get(oid)
    this.#waiting.set(oid, waiting === undefined ? { ...place, keys } : joined(waiting, { ...place, keys }))
  }
}

/** Those who have passed by commits unseen have entries that are right for their own keys only. */
function joined(one: Waiting, other: Waiting): Waiting {
  const keys = new Set([...one.keys, ...other.keys])
  if (one.tree === other.tree && one.tree !== undefined) return { ...one, keys }
  const entries = [one, other].flatMap((its) => its.entries.filter((entry) => its.keys.has(entryKey(entry))))
  return { ...one, tree: undefined, entries, keys }
}

function timeOf({ commit }: Place): number {
  return commit.seconds
}

/** @returns `null` when the commit is missing */
async function placeAt({ objects, repo, directory }: WalkParts, oid: Oid): Promise<Place | null> {
  const commit = await objects.lineage(repo, oid)
  if (commit === null) return null
  let { tree } = commit
  for (const name of directory) {
    const entry = (await objects.tree(repo, tree))?.find((candidate) => candidate.name === name)
    if (entry?.type !== 'tree') return { commit, tree: null, entries: [] }
    tree = entry.oid
  }
  return { commit, tree, entries: (await objects.tree(repo, tree)) ?? [] }
}
