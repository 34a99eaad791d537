/** What commits have changed since a file of last commits was written: in memory, on top of it. */
import type { Oid } from '../../kernel/ids.ts'
import type { EntryKey, PathKey } from './entry-key.ts'

export interface NewerTouch {
  /** `null`: it is not known which. */
  readonly commit: Oid | null
  /** Commits, by first parents, from the head of the file to the newest one that changed the entry. */
  readonly height: number
}

export class NewerTouches {
  readonly #heights = new Map<Oid, number>()
  readonly #touches = new Map<PathKey, Map<EntryKey, NewerTouch>>()
  #size = 0
  #head: Oid

  /** @param head of the file */
  constructor(head: Oid) {
    this.#head = head
  }

  get head(): Oid {
    return this.#head
  }

  /** Of `head`, above that of the file. */
  get height(): number {
    return this.#heights.size
  }

  /** Commits and entries kept. */
  get size(): number {
    return this.#size
  }

  /** The next commit of the line, with all entries in which it differs from its first parent. */
  add(commit: Oid, touched: ReadonlyMap<PathKey, ReadonlyMap<EntryKey, Oid | null>>): void {
    const height = this.#heights.size + 1
    this.#heights.set(commit, height)
    this.#head = commit
    this.#size++
    for (const [directory, entries] of touched) {
      const touches = this.#touches.get(directory) ?? new Map<EntryKey, NewerTouch>()
      this.#touches.set(directory, touches)
      this.#size -= touches.size
      for (const [entry, last] of entries) touches.set(entry, { commit: last, height })
      this.#size += touches.size
    }
  }

  heightOf(commit: Oid): number | null {
    return this.#heights.get(commit) ?? null
  }

  touchesIn(directory: PathKey): ReadonlyMap<EntryKey, NewerTouch> {
    return this.#touches.get(directory) ?? NOTHING
  }

  directories(): Iterable<PathKey> {
    return this.#touches.keys()
  }

  /** Oldest first, without the head of the file. */
  line(): Iterable<readonly [Oid, number]> {
    return this.#heights
  }
}

const NOTHING: ReadonlyMap<EntryKey, NewerTouch> = new Map()
