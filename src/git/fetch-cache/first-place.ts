/** A place for what several wait for: each stands in his own line for it, and the first to get one is enough. */
export interface Asker {
  /** Who stands in line; each party once. */
  readonly party: string
  /** Waits for a place. Dispose to give it back. */
  readonly enter: (signal: AbortSignal) => Promise<Disposable>
}

export class FirstPlace {
  /** @throws what the last of them was refused with; the reason of the signal */
  readonly taken: Promise<Disposable>
  readonly #parties = new Set<string>()
  readonly #settled = new AbortController()
  readonly #signal: AbortSignal
  #waiting = 0
  #take: (place: Disposable) => void = () => {}
  #fail: (err: unknown) => void = () => {}

  constructor(signal: AbortSignal) {
    this.#signal = AbortSignal.any([signal, this.#settled.signal])
    this.taken = new Promise((resolve, reject) => {
      this.#take = resolve
      this.#fail = reject
    })
    this.taken.catch(() => {}) // who waits for it hears of it
  }

  /** Harmless when there is a place already. */
  ask({ party, enter }: Asker): void {
    if (this.#signal.aborted || this.#parties.has(party)) return
    this.#parties.add(party)
    this.#waiting++
    enter(this.#signal).then(
      (place) => this.#entered(place),
      (err: unknown) => this.#refused(party, err),
    )
  }

  #entered(place: Disposable): void {
    if (this.#settled.signal.aborted) return place[Symbol.dispose]()
    this.#take(place)
    this.#settled.abort()
  }

  /** He may ask again. */
  #refused(party: string, err: unknown): void {
    this.#parties.delete(party)
    if (--this.#waiting > 0 || this.#settled.signal.aborted) return
    this.#fail(err)
    this.#settled.abort()
  }
}
