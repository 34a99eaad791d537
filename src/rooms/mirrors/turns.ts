/** Pushes to mirrors that are under way, by organisation: remotes that never end must not keep others waiting. */

const MAX_OF_ONE = 4

export class Turns {
  readonly #running = new Map<string, number>()

  /** Dispose when the push has ended. @returns `null`: the organisation has as many under way as it may have */
  take(orgId: string): Disposable | null {
    const running = this.#running.get(orgId) ?? 0
    if (running >= MAX_OF_ONE) return null
    this.#running.set(orgId, running + 1)
    return { [Symbol.dispose]: () => this.#end(orgId) }
  }

  #end(orgId: string): void {
    const left = (this.#running.get(orgId) ?? 0) - 1
    if (left > 0) this.#running.set(orgId, left)
    else this.#running.delete(orgId)
  }
}
