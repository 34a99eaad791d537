/** How much memory all small pushes may hold together. */

export class HeldBytes {
  readonly #max: number
  #now = 0

  constructor(max: number) {
    this.#max = max
  }

  get now(): number {
    return this.#now
  }

  /** Begins with nothing; dispose to give all of it back. */
  open(): Holding {
    return new Holding((bytes) => {
      if (bytes > 0 && this.#now + bytes > this.#max) return false
      this.#now += bytes
      return true
    })
  }
}

export class Holding implements Disposable {
  readonly #change: (bytes: number) => boolean
  #bytes = 0

  constructor(change: (bytes: number) => boolean) {
    this.#change = change
  }

  /** @returns whether there was room */
  add(bytes: number): boolean {
    const isHeld = this.#change(bytes)
    if (isHeld) this.#bytes += bytes
    return isHeld
  }

  [Symbol.dispose](): void {
    this.#change(-this.#bytes)
    this.#bytes = 0
  }
}
