/** When a server says "later": how long, and until when it is worth it. */

export interface RetryPolicy {
  /** Attempts after the first; 0: none. */
  readonly times: number
  /** All waits of one call together; a server that asks for more is not waited for. */
  readonly maxWaitSeconds: number
}

export const DEFAULT_RETRY: RetryPolicy = { times: 4, maxWaitSeconds: 60 }

const LATER = new Set([429, 503])
/** Where the server does not say how long, doubled each time. */
const FIRST_WAIT_MS = 500
/** On top of what the server says, so that those who were refused together do not come back together. */
const MIN_JITTER_MS = 250

/** The waits of one call. */
export class Patience {
  readonly #policy: RetryPolicy
  readonly #random: () => number
  #attempts = 0
  #waitedMs = 0

  constructor(policy: RetryPolicy, random: () => number = Math.random) {
    this.#policy = policy
    this.#random = random
  }

  /** Milliseconds before the next attempt; `null`: this answer is the last. */
  waitMs({ status, headers }: Pick<Response, 'status' | 'headers'>, now: number): number | null {
    if (!LATER.has(status) || this.#attempts >= this.#policy.times) return null
    const asked = retryAfterMs(headers, now) ?? FIRST_WAIT_MS * 2 ** this.#attempts
    const wait = asked + this.#random() * Math.max(MIN_JITTER_MS, asked / 4)
    if (this.#waitedMs + wait > this.#policy.maxWaitSeconds * 1000) return null
    this.#attempts++
    this.#waitedMs += wait
    return wait
  }
}

/** `null`: absent, or neither of its two forms. @see RFC 9110, section 10.2.3 */
export function retryAfterMs(headers: Headers, now: number): number | null {
  const text = headers.get('retry-after')?.trim() ?? ''
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  const date = text === '' ? NaN : Date.parse(text)
  return Number.isNaN(date) ? null : Math.max(0, date - now)
}

/** @throws the reason of `signal` */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error)
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })
}
