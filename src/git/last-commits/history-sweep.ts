/**
 * Finds the last commit of every path of one commit while its history goes by, children before parents. Paths
 * that have come to the same commit are a group, which moves on as a whole.
 *
 * @see last-commits-walk.ts, which does the same for one directory, and says by which rules
 */
import type { Oid } from '../../kernel/ids.ts'
import type { PathKey } from './entry-key.ts'

export interface SweptCommit {
  readonly oid: Oid
  readonly parents: readonly Oid[]
}

/** Is the path the same, content and mode, in both? */
export type IsSame = (commit: Oid, parent: Oid, path: PathKey) => Promise<boolean>

const DONE = -1
const IN_HAND = -2

/** Paths with numbers, in the order in which they come. */
export class SweptPaths {
  readonly #paths: PathKey[] = []
  readonly #numbers = new Map<PathKey, number>()

  get count(): number {
    return this.#paths.length
  }

  add(path: PathKey): void {
    if (!this.#numbers.has(path)) this.#numbers.set(path, this.#paths.push(path) - 1)
  }

  numberOf(path: PathKey): number | undefined {
    return this.#numbers.get(path)
  }

  /** @param number below `count` */
  at(number: number): PathKey {
    return this.#paths[number]!
  }
}

export class HistorySweep {
  /** The first parents of `head`, it first, as far as was looked. */
  readonly line: Oid[] = []
  readonly #paths: SweptPaths
  /** Group of each path, or one of the above. */
  readonly #groups: Int32Array
  /** Into `#last`; -1 while not found. */
  readonly #found: Int32Array
  readonly #last: Oid[] = []
  /** At which place of `line` a path was another than before; -1 while it never was. */
  readonly #left: Int32Array
  /** Groups that have become part of another one lead to it. */
  readonly #partOf: number[] = []
  readonly #members: number[] = []
  /** Groups by the commit that they have come to. */
  readonly #waiting = new Map<Oid, number>()
  #nextOnLine: Oid | undefined
  #open: number
  #commit: SweptCommit | null = null
  /** That of `#commit`; `null` when nobody waits there. */
  #group: number | null = null
  #taken: number[] = []

  /** @param paths of all that lies below `head`, directories included */
  constructor(head: Oid, paths: SweptPaths) {
    this.#paths = paths
    this.#open = paths.count
    this.#groups = new Int32Array(this.#open)
    this.#found = new Int32Array(this.#open).fill(-1)
    this.#left = new Int32Array(this.#open).fill(-1)
    this.#waiting.set(head, this.#newGroup(this.#open))
    this.#nextOnLine = head
  }

  get isDone(): boolean {
    return this.#open === 0 && this.#taken.length === 0
  }

  /** `end` was called for the commit before. */
  begin(commit: SweptCommit): void {
    this.#commit = commit
    const group = this.#waiting.get(commit.oid)
    this.#waiting.delete(commit.oid)
    this.#group = group === undefined || this.#members[group] === 0 ? null : group
    if (commit.oid !== this.#nextOnLine) return
    this.line.push(commit.oid)
    this.#nextOnLine = commit.parents[0]
  }

  /** The path differs between the commit and its first parent. */
  changed(path: PathKey): void {
    const number = this.#group === null ? undefined : this.#paths.numberOf(path)
    if (number === undefined || !this.#isIn(number, this.#group)) return
    this.#groups[number] = IN_HAND
    this.#taken.push(number)
  }

  /** All its changes were told. */
  async end(isSame: IsSame): Promise<void> {
    const [commit, group] = [this.#commit, this.#group]
    if (commit === null || group === null) return
    this.#members[group]! -= this.#taken.length
    this.#noteLeft(commit)
    if (commit.parents.length < 2) this.#finish(this.#taken, commit.oid)
    else await this.#share(commit, isSame)
    this.#taken = []
    const [parent] = commit.parents
    if (parent !== undefined && this.#members[group]! > 0) this.#wait(parent, group)
  }

  /** What was found, in the order of the paths. `left`: place in `line` of the newest commit that changed it there. */
  *results(): Generator<{ readonly path: PathKey; readonly commit: Oid; readonly left: number }> {
    for (let number = 0; number < this.#paths.count; number++) {
      const commit = this.#last[this.#found[number]!]
      if (commit !== undefined) yield { path: this.#paths.at(number), commit, left: this.#left[number]! }
    }
  }

  #isIn(number: number, group: number | null): boolean {
    const at = this.#groups[number]!
    return at >= 0 && this.#rootOf(at) === group
  }

  #noteLeft({ oid }: SweptCommit): void {
    if (this.line.at(-1) !== oid) return
    for (const number of this.#taken) {
      if (this.#left[number]! < 0) this.#left[number] = this.line.length - 1
    }
  }

  /** Of a merge: a path goes on to the first parent that has it just the same. */
  async #share({ oid, parents }: SweptCommit, isSame: IsSame): Promise<void> {
    const own: number[] = []
    for (const number of this.#taken) {
      const path = this.#paths.at(number)
      const parent = await firstThatHas(parents.slice(1), (other) => isSame(oid, other, path))
      if (parent === null) own.push(number)
      else this.#join(parent, number)
    }
    this.#finish(own, oid)
  }

  #finish(numbers: readonly number[], commit: Oid): void {
    if (numbers.length === 0) return
    const at = this.#last.push(commit) - 1
    for (const number of numbers) {
      this.#groups[number] = DONE
      this.#found[number] = at
    }
    this.#open -= numbers.length
  }

  #join(commit: Oid, number: number): void {
    const group = this.#waiting.get(commit) ?? this.#newGroup(0)
    this.#waiting.set(commit, group)
    this.#groups[number] = group
    this.#members[group]! += 1
  }

  #wait(commit: Oid, group: number): void {
    const other = this.#waiting.get(commit)
    if (other === undefined) return void this.#waiting.set(commit, group)
    this.#partOf[group] = other
    this.#members[other]! += this.#members[group]!
  }

  #newGroup(members: number): number {
    this.#members.push(members)
    return this.#partOf.push(this.#partOf.length) - 1
  }

  #rootOf(group: number): number {
    let root = group
    for (let up = this.#partOf[root]!; up !== root; up = this.#partOf[root]!) {
      this.#partOf[root] = this.#partOf[up]! // halves the way for the next one
      root = up
    }
    return root
  }
}

async function firstThatHas(
  parents: readonly Oid[],
  has: (parent: Oid) => Promise<boolean>,
): Promise<Oid | null> {
  for (const parent of parents) if (await has(parent)) return parent
  return null
}
