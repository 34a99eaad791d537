/** Commits that wait to be listed: the latest first, and those of one second in the order they came. */
import type { Commit } from '../objects/commit.ts'

interface Waiting {
  readonly commit: Commit
  readonly order: number
}

/** A binary heap. */
export class CommitHeap {
  readonly #items: Waiting[] = []
  #pushed = 0

  push(commit: Commit): void {
    const items = this.#items
    let at = items.push({ commit, order: this.#pushed++ }) - 1
    for (let up = (at - 1) >> 1; at > 0 && this.#isBefore(at, up); up = (at - 1) >> 1) {
      this.#swap(at, up)
      at = up
    }
  }

  /** `null` when nothing waits. */
  peek(): Commit | null {
    return this.#items[0]?.commit ?? null
  }

  /** Takes off what `peek` shows. */
  pop(): void {
    const last = this.#items.pop()
    if (last === undefined || this.#items.length === 0) return
    this.#items[0] = last
    for (let at = 0; ;) {
      const down = this.#earlierChild(at)
      if (down === null || !this.#isBefore(down, at)) return
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
    const [one, other] = [this.#items[a], this.#items[b]] as [Waiting, Waiting]
    const later = one.commit.committer.seconds - other.commit.committer.seconds
    return later === 0 ? one.order < other.order : later > 0
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#items[a], this.#items[b]] as [Waiting, Waiting]
    this.#items[a] = other
    this.#items[b] = one
  }
}
