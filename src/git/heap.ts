/** What comes first, first: a binary heap. Of equals, the one that was put in first. */

interface Waiting<T> {
  readonly item: T
  readonly order: number
}

export class Heap<T> {
  readonly #items: Waiting<T>[] = []
  readonly #isFirst: (one: T, other: T) => boolean
  #pushed = 0

  /** @param isFirst does `one` come before `other`? Of equals neither does. */
  constructor(isFirst: (one: T, other: T) => boolean) {
    this.#isFirst = isFirst
  }

  push(item: T): void {
    const items = this.#items
    let at = items.push({ item, order: this.#pushed++ }) - 1
    for (let up = (at - 1) >> 1; at > 0 && this.#isBefore(at, up); up = (at - 1) >> 1) {
      this.#swap(at, up)
      at = up
    }
  }

  /** `null` when nothing waits. */
  peek(): T | null {
    return this.#items[0]?.item ?? null
  }

  /** Takes off what `peek` shows. */
  pop(): T | null {
    const first = this.peek()
    const last = this.#items.pop()
    if (last === undefined || this.#items.length === 0) return first
    this.#items[0] = last
    for (let at = 0; ;) {
      const down = this.#earlierChild(at)
      if (down === null || !this.#isBefore(down, at)) return first
      this.#swap(at, down)
      at = down
    }
  }

  #earlierChild(at: number): number | null {
    const [left, right] = [2 * at + 1, 2 * at + 2]
    if (left >= this.#items.length) return null
    return right < this.#items.length && this.#isBefore(right, left) ? right : left
  }

  #isBefore(a: number, b: number): boolean {
    const [one, other] = [this.#items[a], this.#items[b]] as [Waiting<T>, Waiting<T>]
    if (this.#isFirst(one.item, other.item)) return true
    return one.order < other.order && !this.#isFirst(other.item, one.item)
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#items[a], this.#items[b]] as [Waiting<T>, Waiting<T>]
    this.#items[a] = other
    this.#items[b] = one
  }
}
