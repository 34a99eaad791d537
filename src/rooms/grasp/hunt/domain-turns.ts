/** Keeps hunts from asking one host too much, and one host that hangs from holding all of them. Memory of this process. */
import { FairQueue } from '../../../git/limits.ts'
import { AppError } from '../../../kernel/errors.ts'

/** At once. Hosts take turns for the places in all. */
const PLACES = { total: 16, perRepository: 16, perPrincipal: 5, maxWaiting: 1_000 }
const MAX_A_MINUTE = 30
const MINUTE_MS = 60_000

export class DomainTurns {
  readonly #places = new FairQueue(PLACES)
  readonly #elapsed: () => number
  /** When hosts were asked within the last minute, oldest first. */
  readonly #asked = new Map<string, number[]>()

  /** @param elapsed milliseconds that never go back */
  constructor(elapsed: () => number) {
    this.#elapsed = elapsed
  }

  /**
   * Waits for a place with this host.
   *
   * @throws AppError `OVERLOADED`: it has been asked enough for now, or too many wait; what `visit` throws
   */
  async visit<T>(host: string, visit: () => Promise<T>, signal: AbortSignal): Promise<T> {
    this.#count(host)
    using _place = await this.#places.enter({ repoId: 'hunts', principal: host }, signal)
    return await visit()
  }

  #count(host: string): void {
    const now = this.#elapsed()
    this.#forgetBefore(now - MINUTE_MS)
    const asked = this.#asked.get(host) ?? []
    if (asked.length >= MAX_A_MINUTE)
      throw new AppError('OVERLOADED', { details: { reason: 'this host has been asked enough for now' } })
    this.#asked.set(host, [...asked, now])
  }

  #forgetBefore(time: number): void {
    for (const [host, asked] of this.#asked) {
      const recent = asked.filter((at) => at > time)
      if (recent.length === 0) this.#asked.delete(host)
      else this.#asked.set(host, recent)
    }
  }
}
