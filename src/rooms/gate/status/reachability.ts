/** Can an upstream be asked now? Those who want to know at once share one answer, which is good for a second. */
import { LRUCache } from 'lru-cache'
import { FairQueue } from '../../../git/limits.ts'
import { AppError } from '../../../kernel/errors.ts'
import type { Upstream } from '../../../store/upstreams/upstream.ts'
import { hostOf } from '../refresh/unavailable.ts'

export interface Reachable {
  readonly reachable: boolean
  /** Why not, in fixed words. */
  readonly reason: string | null
}

export interface ReachabilityParts {
  /** @throws AppError with a reason in fixed words; the reason of `signal` */
  readonly ask: (upstream: Upstream, signal: AbortSignal) => Promise<unknown>
  readonly deadlineMs: number
}

const GOOD_FOR_MS = 1_000
const MAX_ANSWERS = 1_000
/** Each question may be a git process that waits; a host that hangs does not take all places. */
const PLACES = { total: 24, perRepository: 1, perPrincipal: 8, maxWaiting: 1_000 }

export class Reachability {
  readonly #parts: ReachabilityParts
  readonly #places = new FairQueue(PLACES)
  readonly #answers = new LRUCache<string, Promise<Reachable>>({ max: MAX_ANSWERS, ttl: GOOD_FOR_MS })

  constructor(parts: ReachabilityParts) {
    this.#parts = parts
  }

  /** Resolves within the deadline. */
  async of(upstream: Upstream): Promise<Reachable> {
    const key = `${upstream.repoId} ${upstream.updatedAt}`
    const known = this.#answers.get(key)
    if (known) return await known
    const asked = this.#ask(upstream)
    this.#answers.set(key, asked, { ttl: this.#parts.deadlineMs })
    const answer = await asked
    this.#answers.set(key, asked)
    return answer
  }

  async #ask(upstream: Upstream): Promise<Reachable> {
    const late = AbortSignal.timeout(this.#parts.deadlineMs)
    try {
      const place = { repoId: upstream.repoId, principal: hostOf(upstream) }
      using _place = await this.#places.enter(place, late)
      await this.#parts.ask(upstream, late)
      return { reachable: true, reason: null }
    } catch (err) {
      return { reachable: false, reason: late.aborted ? 'it took too long' : reasonOf(err) }
    }
  }
}

function reasonOf(err: unknown): string {
  const { reason } = (err instanceof AppError ? (err.details ?? {}) : {}) as { reason?: unknown }
  return typeof reason === 'string' ? reason : 'an internal error'
}
