/**
 * Keeps a relay from sending faster than what it sends is dealt with, and slows it down when that is worth
 * nothing. One for each connection, so that no relay waits for another.
 */
import type { Timers } from './timers.ts'

/** What came of an event that a relay has sent. */
export type Worth =
  /** It was missing here. */
  | 'new'
  /** It is here, or was refused before, or is refused now. */
  | 'useless'
  /** Its id or signature is wrong, or it was not asked for. */
  | 'forged'

export interface ValveParts {
  readonly timers: Timers
  readonly gone: AbortSignal
  readonly pause: () => void
  readonly resume: () => void
}

const MAX_AT_WORK = 32
const MAX_BYTES_AT_WORK = 256 * 1024
const PRICES: Readonly<Record<Worth, number>> = { new: 1, useless: 4, forged: 40 }
const CREDIT = 8_000
const CREDIT_A_SECOND = 200
/** With no credit left it is not read for so long. */
const SHUT_MS = 1_000

export class Valve {
  readonly #parts: ValveParts
  #atWork = 0
  #bytes = 0
  #credit = CREDIT
  #creditAt: number
  #isShut = false
  #waits = false

  constructor(parts: ValveParts) {
    this.#parts = parts
    this.#creditAt = parts.timers.now()
  }

  get isShut(): boolean {
    return this.#isShut
  }

  /** An event has come. Call what it returns, once, when that has been dealt with. */
  begin(bytes: number): (worth: Worth) => void {
    this.#count(1, bytes)
    return (worth) => {
      this.#pay(PRICES[worth])
      this.#count(-1, -bytes)
    }
  }

  #count(events: number, bytes: number): void {
    this.#atWork += events
    this.#bytes += bytes
    this.#adjust()
  }

  #pay(price: number): void {
    const now = this.#parts.timers.now()
    const earned = ((now - this.#creditAt) / 1_000) * CREDIT_A_SECOND
    this.#credit = Math.min(this.#credit + earned, CREDIT) - price
    this.#creditAt = now
    if (this.#credit < 0 && !this.#waits) void this.#waitForCredit()
  }

  async #waitForCredit(): Promise<void> {
    this.#waits = true
    while (this.#credit < 0) {
      const waited = await this.#parts.timers.wait(SHUT_MS, this.#parts.gone).then(
        () => true,
        () => false,
      )
      if (!waited) return
      this.#pay(0)
    }
    this.#waits = false
    this.#adjust()
  }

  #adjust(): void {
    const isFull = this.#atWork >= MAX_AT_WORK || this.#bytes >= MAX_BYTES_AT_WORK
    const isShut = isFull || this.#waits
    if (isShut === this.#isShut) return
    this.#isShut = isShut
    if (isShut) this.#parts.pause()
    else this.#parts.resume()
  }
}
