/** The streams that are open: so many of one party, so many in all, and all of them ended with the server. */
import { AppError } from '../../../kernel/errors.ts'

export interface StreamLimits {
  readonly perParty: number
  readonly total: number
}

/** A stream that can be ended. */
export interface Ending {
  end(): void
}

const RETRY_AFTER_SECONDS = 10

export class OpenStreams {
  readonly #limits: StreamLimits
  readonly #open = new Set<Ending>()
  readonly #byParty = new Map<string, number>()
  #closed = false

  constructor(limits: StreamLimits) {
    this.#limits = limits
  }

  get count(): number {
    return this.#open.size
  }

  /** @param party `null`: nobody alone, such as whoever calls for many people @throws AppError `RATE_LIMITED`, `UNAVAILABLE` */
  check(party: string | null): void {
    const wait = { retryAfterSeconds: RETRY_AFTER_SECONDS }
    if (this.#closed) throw refused('UNAVAILABLE', 'the server is being stopped', wait)
    if (party !== null && (this.#byParty.get(party) ?? 0) >= this.#limits.perParty)
      throw refused('RATE_LIMITED', 'too many open streams; end one of yours first', wait)
    if (this.#open.size >= this.#limits.total)
      throw refused('UNAVAILABLE', 'too many open streams on this server; try again later', wait)
  }

  /** Counts it until disposed. @throws AppError as `check` does */
  admit(party: string | null, stream: Ending): Disposable {
    this.check(party)
    this.#open.add(stream)
    this.#count(party, 1)
    return {
      [Symbol.dispose]: () => {
        if (this.#open.delete(stream)) this.#count(party, -1)
      },
    }
  }

  /** Ends all that are open, and lets no other begin. */
  close(): void {
    this.#closed = true
    for (const stream of this.#open) stream.end()
  }

  #count(party: string | null, more: 1 | -1): void {
    if (party === null) return
    const now = (this.#byParty.get(party) ?? 0) + more
    if (now > 0) this.#byParty.set(party, now)
    else this.#byParty.delete(party)
  }
}

function refused(code: 'RATE_LIMITED' | 'UNAVAILABLE', reason: string, more: object): AppError {
  return new AppError(code, { details: { reason, ...more } })
}
