/**
 * A tree that is being changed. Holds the directories along the changed paths and no other: what is not
 * opened keeps its id. What a change means is not decided here: see apply-changes.ts.
 */
import type { ObjectFormat, Oid } from '../../kernel/ids.ts'
import { hashObject, type HashedObject } from '../quarantine/hashed-object.ts'
import { NO_ENTRIES, writeTree, type Entries, type Entry } from './tree-entries.ts'

/** Names from the root down, as byte strings: see `Entries`. */
export type TreePath = readonly string[]

export type LoadTree = (oid: Oid) => Promise<Entries>

export interface WrittenTree extends HashedObject {
  readonly entries: Entries
}

const DIRECTORY = '40000'

export class EditedTree {
  /** Id and entries before the first change; `null` for a directory that is new. */
  readonly #before: { readonly oid: Oid; readonly entries: Entries } | null
  /** Without the directories in `#open`. */
  readonly #entries: Map<string, Entry>
  readonly #open = new Map<string, EditedTree>()

  private constructor(before: { readonly oid: Oid; readonly entries: Entries } | null) {
    this.#before = before
    this.#entries = new Map(before?.entries ?? NO_ENTRIES)
  }

  /** @param oid `null` for an empty root; directories side by side are loaded together */
  static async open(load: LoadTree, oid: Oid | null, paths: Iterable<TreePath>): Promise<EditedTree> {
    const tree = new EditedTree(oid === null ? null : { oid, entries: await load(oid) })
    await Promise.all(
      Array.from(byFirstName(paths), async ([name, below]) => {
        const entry = tree.#entries.get(name)
        if (entry?.mode !== DIRECTORY) return
        tree.#open.set(name, await EditedTree.open(load, entry.oid, below))
        tree.#entries.delete(name)
      }),
    )
    return tree
  }

  /** What stands at `path` now; `'directory'` for one that was opened or is new, unless it became empty. */
  at([name = '', ...below]: TreePath): Entry | 'directory' | null {
    const open = this.#open.get(name)
    if (below.length > 0) return open?.at(below) ?? null
    return open && !open.#isEmpty ? 'directory' : (this.#entries.get(name) ?? null)
  }

  /** Removes a file, or a directory with all below it. @returns what it was; `null` when nothing is there */
  take([name = '', ...below]: TreePath): Entry | null {
    const open = this.#open.get(name)
    if (below.length > 0) return open?.take(below) ?? null
    const entry = (open ? open.#asEntry() : this.#entries.get(name)) ?? null
    this.#open.delete(name)
    this.#entries.delete(name)
    return entry
  }

  /** Puts an entry in the place of what is there, in directories that are made as needed. */
  place([name = '', ...below]: TreePath, entry: Entry): void {
    if (below.length > 0) return this.#enter(name).place(below, entry)
    this.#open.delete(name)
    this.#entries.set(name, entry)
  }

  /** The first of the directories above `path` that is none: a file, or a submodule. */
  obstacle([name = '', ...below]: TreePath): TreePath | null {
    if (below.length === 0) return null
    if (this.#entries.has(name) && this.#entries.get(name)?.mode !== DIRECTORY) return [name]
    const further = this.#open.get(name)?.obstacle(below)
    return further ? [name, ...further] : null
  }

  /** Closes all directories. What is empty by now vanishes, but for the root. */
  write(format: ObjectFormat): { readonly oid: Oid; readonly written: readonly WrittenTree[] } {
    const written: WrittenTree[] = []
    for (const [name, open] of this.#open) {
      if (open.#isEmpty) continue
      const below = open.write(format)
      this.#entries.set(name, { mode: DIRECTORY, oid: below.oid })
      for (const tree of below.written) written.push(tree)
    }
    this.#open.clear()
    if (this.#before && isSame(this.#before.entries, this.#entries)) return { oid: this.#before.oid, written }
    const tree = hashObject({ type: 'tree', content: writeTree(this.#entries) }, format)
    written.push({ ...tree, entries: this.#entries })
    return { oid: tree.oid, written }
  }

  get #isEmpty(): boolean {
    return this.#entries.size === 0 && Array.from(this.#open.values()).every((open) => open.#isEmpty)
  }

  #enter(name: string): EditedTree {
    const open = this.#open.get(name) ?? new EditedTree(null)
    this.#open.set(name, open)
    return open
  }

  /** As it was before any change: nothing is taken that was changed inside. */
  #asEntry(): Entry | null {
    return this.#before && { mode: DIRECTORY, oid: this.#before.oid }
  }
}

/** Paths of more than one name, without it. */
function byFirstName(paths: Iterable<TreePath>): ReadonlyMap<string, TreePath[]> {
  const groups = new Map<string, TreePath[]>()
  for (const [name = '', ...below] of paths) {
    if (below.length === 0) continue
    const group = groups.get(name)
    if (group) group.push(below)
    else groups.set(name, [below])
  }
  return groups
}

function isSame(a: Entries, b: Entries): boolean {
  if (a.size !== b.size) return false
  for (const [name, { mode, oid }] of a) {
    const other = b.get(name)
    if (other?.mode !== mode || other.oid !== oid) return false
  }
  return true
}
