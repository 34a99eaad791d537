/**
 * Whether the entries of a tree stand in git's order, each name once. A directory is sorted as if its name ended
 * with a slash, so that a file of the same name may stand some entries before it.
 *
 * @see git's fsck.c, verify_ordered
 */

import { fault, type Check } from './check.ts'
import type { EntryCursor } from './entry-cursor.ts'

const SLASH = 0x2f

export class EntryOrder {
  readonly #bytes: Buffer
  #start = 0
  #end = 0
  #isTree = false
  /** Start and end of names of files, each of which the next one begins with. */
  readonly #candidates: [start: number, end: number][] = []

  constructor(content: Buffer) {
    this.#bytes = content
  }

  /** Of one entry after the other. */
  problemOf(
    { nameStart, nameEnd }: Pick<EntryCursor, 'nameStart' | 'nameEnd'>,
    isTree: boolean,
  ): Check | null {
    const isFirst = this.#end === 0
    const id = isFirst ? null : this.#compare(nameStart, nameEnd, isTree)
    this.#start = nameStart
    this.#end = nameEnd
    this.#isTree = isTree
    return id && fault(id)
  }

  #compare(start: number, end: number, isTree: boolean): 'treeNotSorted' | 'duplicateEntries' | null {
    const common = this.#commonLength(this.#start, this.#end, start, end)
    const isWholeLast = this.#start + common === this.#end
    const isWhole = start + common === end
    if (isWholeLast && isWhole) return 'duplicateEntries'
    const last = isWholeLast ? ending(this.#isTree) : this.#byteAt(this.#start + common)
    const next = isWhole ? ending(isTree) : this.#byteAt(start + common)
    if (last >= next) return 'treeNotSorted'
    if (isWholeLast && !this.#isTree) this.#candidates.push([this.#start, this.#end])
    return isTree && this.#isNameOfFile(start, end) ? 'duplicateEntries' : null
  }

  /** What the name does not begin with, no later name does. */
  #isNameOfFile(start: number, end: number): boolean {
    for (;;) {
      const candidate = this.#candidates.at(-1)
      if (candidate === undefined) return false
      const length = candidate[1] - candidate[0]
      if (this.#commonLength(...candidate, start, end) === length) return length === end - start
      this.#candidates.pop()
    }
  }

  #commonLength(start: number, end: number, otherStart: number, otherEnd: number): number {
    const max = Math.min(end - start, otherEnd - otherStart)
    const bytes = this.#bytes
    let length = 0
    while (length < max && bytes[start + length] === bytes[otherStart + length]) length++
    return length
  }

  #byteAt(at: number): number {
    return this.#bytes[at] as number
  }
}

/** What follows a name when names are compared. */
function ending(isTree: boolean): number {
  return isTree ? SLASH : 0
}
