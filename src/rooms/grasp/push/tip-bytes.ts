/** How much anybody has left here lately under ids whose events have not come. Memory of this process. */
import type { Clock } from '../../../kernel/ports.ts'

export interface TipBytesParts {
  /** Of one network address within the window. */
  readonly maxBytes: number
  readonly windowMs: number
  readonly clock: Clock
}

/** Everybody together. */
const SHARES = 16

export class TipBytes {
  readonly #parts: TipBytesParts
  #sums = new Map<string, number>()
  #all = 0
  #endsAt = 0

  constructor(parts: TipBytesParts) {
    this.#parts = parts
  }

  /** A tip that is moved again and again counts each time: what it pointed to is still there. @returns false: no more */
  take(address: string, bytes: number): boolean {
    const { maxBytes, windowMs, clock } = this.#parts
    if (clock.now() >= this.#endsAt) {
      this.#sums = new Map()
      this.#all = 0
      this.#endsAt = clock.now() + windowMs
    }
    const sum = (this.#sums.get(address) ?? 0) + bytes
    if (sum > maxBytes || this.#all + bytes > maxBytes * SHARES) return false
    this.#sums.set(address, sum)
    this.#all += bytes
    return true
  }
}
