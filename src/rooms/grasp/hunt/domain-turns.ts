/**
 * Keeps hunts from asking one host too much, under however many names, and one that hangs from holding all of them.
 * Memory of this process.
 */
import { FairQueue } from '../../../git/limits.ts'
import { AppError } from '../../../kernel/errors.ts'

/** At once. Hosts take turns for the places in all. */
const PLACES = { total: 16, perRepository: 16, perPrincipal: 5, maxWaiting: 1_000 }
const MAX_A_MINUTE = 30
const MINUTE_MS = 60_000

export interface Visited {
  readonly host: string
  /** That the name has now: whoever owns a domain makes up any number of names for somebody else's. */
  readonly address: string
}

export class DomainTurns {
  readonly #places = new FairQueue(PLACES)
  readonly #elapsed: () => number
  /** When hosts, by their names and by their addresses, were asked within the last minute, oldest first. */
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
  async visit<T>({ host, address }: Visited, visit: () => Promise<T>, signal: AbortSignal): Promise<T> {
    this.#count([...new Set([host, address])])
    using _place = await this.#places.enter({ repoId: 'hunts', principal: address }, signal)
    return await visit()
  }

  #count(names: readonly string[]): void {
    const now = this.#elapsed()
    this.#forgetBefore(now - MINUTE_MS)
    const asked = (name: string) => this.#asked.get(name) ?? []
    if (names.some((name) => asked(name).length >= MAX_A_MINUTE))
      throw new AppError('OVERLOADED', { details: { reason: 'this host has been asked enough for now' } })
    for (const name of names) this.#asked.set(name, [...asked(name), now])
  }

  #forgetBefore(time: number): void {
    for (const [host, asked] of this.#asked) {
      const recent = asked.filter((at) => at > time)
      if (recent.length === 0) this.#asked.delete(host)
      else this.#asked.set(host, recent)
    }
  }
}
