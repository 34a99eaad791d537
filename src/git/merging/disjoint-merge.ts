/**
 * Merges trees in this process, where no file was changed on both sides. What only one side has changed is taken
 * as it is there, directories without a look inside. Everything else is left to git: see merge-trees.ts.
 *
 * A rename is a removal to us, and nothing is missed by that: git asks where a removed file has gone only if the
 * other side has changed or removed it, too, or has added something to a directory that is gone as a whole. Each of
 * these is a change on both sides.
 *
 * @see git's merge-ort.c: relevant_sources, handle_deferred_entries
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
  const entries = await merge.trees(base, ours, theirs)
  return entries && { tree: merge.write(entries), written: merge.written }
}

/** Reading more takes longer than starting git. */
const MAX_TREES = 150
const DIRECTORY = '40000'
/** There is no such entry any more. */
const REMOVED = 'removed'

class Merge {
  readonly written: WrittenTree[] = []
  readonly #load: LoadEntries
  readonly #format: ObjectFormat
  #left = MAX_TREES

  constructor(load: LoadEntries, format: ObjectFormat) {
    this.#load = load
    this.#format = format
  }

  /**
   * @param base `null`: both sides have added the directory
   * @returns none when it is empty; `null` when git has to look
   */
  async trees(base: Oid | null, ours: Oid, theirs: Oid): Promise<Entries | null> {
    const none = Promise.resolve(NO_ENTRIES)
    const loading = [base === null ? none : this.#entries(base), this.#entries(ours), this.#entries(theirs)]
    const [before, our, their] = await Promise.all(loading)
    if (!before || !our || !their) return null
    const entries = new Map(our)
    const onBothSides: string[] = []
    for (const name of changedNames(before, their)) {
      const [was, is] = [before.get(name), our.get(name)]
      if (isSame(was, is)) put(entries, name, their.get(name))
      else if (canBeMerged(was, is, their.get(name))) onBothSides.push(name)
      else return null
    }
    const merged = await Promise.all(
      onBothSides.map((name) => this.#entry(before.get(name), our.get(name)!, their.get(name)!)),
    )
    for (const [i, name] of onBothSides.entries()) {
      const entry = merged[i] ?? null
      if (entry === null) return null
      put(entries, name, entry === REMOVED ? undefined : entry)
    }
    return entries
  }

  write(entries: Entries): Oid {
    const tree = hashObject({ type: 'tree', content: writeTree(entries) }, this.#format)
    this.written.push({ ...tree, entries })
    return tree.oid
  }

  /** Of two that can be merged. @returns `null` when git has to look */
  async #entry(before: Entry | undefined, our: Entry, their: Entry): Promise<Entry | typeof REMOVED | null> {
    if (isSame(our, their)) return before === undefined || (await this.#keeps(before, our)) ? our : null
    const entries = await this.trees(before?.oid ?? null, our.oid, their.oid)
    if (entries === null) return null
    return entries.size === 0 ? REMOVED : { mode: DIRECTORY, oid: this.write(entries) }
  }

  /** Is all that was there still there, if changed? What becomes of another kind was removed first. */
  async #keeps(before: Entry, after: Entry | undefined): Promise<boolean> {
    if (isSame(before, after)) return true
    if (after === undefined || kindOf(before) !== kindOf(after)) return false
    if (before.mode !== DIRECTORY) return true
    const [old, now] = await Promise.all([this.#entries(before.oid), this.#entries(after.oid)])
    if (!old || !now) return false
    const kept = await Promise.all(Array.from(old, ([name, entry]) => this.#keeps(entry, now.get(name))))
    return kept.every((is) => is)
  }

  async #entries(tree: Oid): Promise<Entries | null> {
    return this.#left-- > 0 ? this.#load(tree) : null
  }
}

/** Those that are new, gone, or not the same. */
function changedNames(before: Entries, after: Entries): readonly string[] {
  const names: string[] = []
  for (const [name, entry] of after) if (!isSame(before.get(name), entry)) names.push(name)
  for (const name of before.keys()) if (!after.has(name)) names.push(name)
  return names
}

/** Of one that both sides have changed: is it the same, or a directory, everywhere? */
function canBeMerged(before: Entry | undefined, our: Entry | undefined, their: Entry | undefined): boolean {
  if (our === undefined || their === undefined) return false
  return isSame(our, their) || [before ?? our, our, their].every(({ mode }) => mode === DIRECTORY)
}

function put(entries: Map<string, Entry>, name: string, entry: Entry | undefined): void {
  if (entry === undefined) entries.delete(name)
  else entries.set(name, entry)
}

/** Directory, file, symbolic link or submodule. */
function kindOf({ mode }: Entry): string {
  return mode.slice(0, -4)
}

function isSame(a: Entry | undefined, b: Entry | undefined): boolean {
  return a?.oid === b?.oid && a?.mode === b?.mode
}
