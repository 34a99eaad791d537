/** Pushes to mirrors that are under way, by organisation: remotes that never end must not keep others waiting. */

const MAX_OF_ONE = 4
/** Those that have to wait come back one by one: to ask costs the queue more than to answer. */
const APART_MS = 250

interface Organisation {
  running: number
  /** When the last of those that were sent away comes back. */
  lastBack: number
}

export class Turns {
  readonly #organisations = new Map<string, Organisation>()

  /**
   * Dispose when the push has ended.
   *
   * @param now milliseconds since 1970
   * @returns when to come back, if the organisation has as many under way as it may have
   */
  take(orgId: string, now: number): Disposable | { readonly again: number } {
    const organisation = this.#organisations.get(orgId) ?? { running: 0, lastBack: 0 }
    this.#organisations.set(orgId, organisation)
    if (organisation.running >= MAX_OF_ONE) {
      organisation.lastBack = Math.max(organisation.lastBack, now) + APART_MS
      return { again: organisation.lastBack }
    }
    organisation.running++
    return { [Symbol.dispose]: () => this.#end(orgId, organisation) }
  }

  #end(orgId: string, organisation: Organisation): void {
    organisation.running--
    if (organisation.running === 0) this.#organisations.delete(orgId)
  }
}
