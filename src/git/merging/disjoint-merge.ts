/**
 * Merges trees in this process, where both sides changed or added different files and removed none. Without a
 * removal there is no rename to be found, so that is all that git would do. Everything else is left to git: see
 * merge-trees.ts.
 */
import type { ObjectFormat, Oid } from '../../kernel/ids.ts'
import { hashObject } from '../quarantine/hashed-object.ts'
import type { WrittenTree } from '../writing/edited-tree.ts'
import { NO_ENTRIES, writeTree, type Entries, type Entry } from '../writing/tree-entries.ts'

/** Ids of trees. */
export interface Sides {
  readonly base: Oid
  readonly ours: Oid
  readonly theirs: Oid
}

export interface DisjointMerge {
  readonly tree: Oid
  /** Trees that were not there before. */
  readonly written: readonly WrittenTree[]
}

/** @returns `null` for a tree that cannot be had */
export type LoadEntries = (tree: Oid) => Promise<Entries | null>

/** @returns `null` when git has to look */
export async function mergeDisjoint(
  load: LoadEntries,
  format: ObjectFormat,
  sides: Sides,
): Promise<DisjointMerge | null> {
  const { base, ours, theirs } = sides
  if (theirs === base || theirs === ours) return { tree: ours, written: [] }
  if (ours === base) return { tree: theirs, written: [] }
  const merge = new Merge(load, format)
  const tree = await merge.trees(base, ours, theirs)
  return tree && { tree, written: merge.written }
}

/** Reading more takes longer than starting git. */
const MAX_TREES = 150
const DIRECTORY = '40000'

class Merge {
  readonly written: WrittenTree[] = []
  readonly #load: LoadEntries
  readonly #format: ObjectFormat
  #left = MAX_TREES

  constructor(load: LoadEntries, format: ObjectFormat) {
    this.#load = load
    this.#format = format
  }

  /** @param base `null`: both sides have added the directory */
  async trees(base: Oid | null, ours: Oid, theirs: Oid): Promise<Oid | null> {
    const none = Promise.resolve(NO_ENTRIES)
    const loading = [base === null ? none : this.#entries(base), this.#entries(ours), this.#entries(theirs)]
    const [before, our, their] = await Promise.all(loading)
    if (!before || !our || !their) return null
    const names = [...new Set([...before.keys(), ...our.keys(), ...their.keys()])]
    const merged = await Promise.all(
      names.map((name) => this.#entry(before.get(name), our.get(name), their.get(name))),
    )
    const entries = new Map<string, Entry>()
    for (const [i, name] of names.entries()) {
      const entry = merged[i]
      if (!entry) return null
      entries.set(name, entry)
    }
    return this.#write(entries)
  }

  /** @returns `null` when git has to look */
  async #entry(
    before: Entry | undefined,
    our: Entry | undefined,
    their: Entry | undefined,
  ): Promise<Entry | null> {
    if (isSame(before, their) || isSame(our, their)) return this.#kept(before, our)
    if (isSame(before, our)) return this.#kept(before, their)
    if (our?.mode !== DIRECTORY || their?.mode !== DIRECTORY) return null
    if (before !== undefined && before.mode !== DIRECTORY) return null
    const oid = await this.trees(before?.oid ?? null, our.oid, their.oid)
    return oid && { mode: DIRECTORY, oid }
  }

  /** What one side has made of an entry, unless something was removed. */
  async #kept(before: Entry | undefined, after: Entry | undefined): Promise<Entry | null> {
    if (after === undefined || !(await this.#keeps(before, after))) return null
    return after
  }

  /** Is all that was there still there, if changed? What becomes of another kind was removed first. */
  async #keeps(before: Entry | undefined, after: Entry): Promise<boolean> {
    if (before === undefined || isSame(before, after)) return true
    if (kindOf(before) !== kindOf(after)) return false
    if (before.mode !== DIRECTORY) return true
    const [old, now] = await Promise.all([this.#entries(before.oid), this.#entries(after.oid)])
    if (!old || !now) return false
    for (const name of old.keys()) if (!now.has(name)) return false
    const kept = await Promise.all(
      Array.from(old, ([name, entry]) => this.#keeps(entry, now.get(name) as Entry)),
    )
    return kept.every((is) => is)
  }

  #write(entries: Entries): Oid {
    const tree = hashObject({ type: 'tree', content: writeTree(entries) }, this.#format)
    this.written.push({ ...tree, entries })
    return tree.oid
  }

  async #entries(tree: Oid): Promise<Entries | null> {
    return this.#left-- > 0 ? this.#load(tree) : null
  }
}

/** Directory, file, symbolic link or submodule. */
function kindOf({ mode }: Entry): string {
  return mode.slice(0, -4)
}

function isSame(a: Entry | undefined, b: Entry | undefined): boolean {
  return a?.oid === b?.oid && a?.mode === b?.mode
}
