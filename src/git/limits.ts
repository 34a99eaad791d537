/**
 * A fair queue for the heavy git processes: whoever asks for much waits behind its own requests,
 * not in front of everybody else's.
 */
import { AppError } from '../kernel/errors.ts'
import { longestLine } from '../kernel/longest-line.ts'

export interface QueueLimits {
  /** Processes at once. */
  readonly total: number
  readonly perRepository: number
  readonly perPrincipal: number
  /** Beyond `perPrincipal`, who has fewer than this part of the places that are free gets one more. */
  readonly partOfFree?: number
  /** Requests that may wait; for one more, the last of whoever has most waiting is refused. */
  readonly maxWaiting: number
}

export interface QueueKey {
  readonly repoId: string
  /** One name per party: see `principalKey`, or the network of somebody who is not signed in. */
  readonly principal: string
}

interface Waiting {
  readonly key: QueueKey
  readonly enter: () => void
  readonly refuse: (reason: unknown) => void
}

/** Weight of the latest request in the average time a place is held. */
const SMOOTHING = 0.1
const FIRST_GUESS_MS = 1_000

export class FairQueue {
  readonly #limits: QueueLimits
  readonly #now: () => number
  #running = 0
  readonly #held = new Map<string, number>()
  /** By principal, in the order in which they take turns. */
  readonly #lines = new Map<string, Waiting[]>()
  #waiting = 0
  #averageMs = FIRST_GUESS_MS

  /** @param now milliseconds that never go back */
  constructor(limits: QueueLimits, now: () => number = () => performance.now()) {
    this.#limits = limits
    this.#now = now
  }

  get running(): number {
    return this.#running
  }

  get waiting(): number {
    return this.#waiting
  }

  /**
   * Waits for a place. Dispose to give it back.
   *
   * @throws AppError `OVERLOADED` with `details.retryAfterSeconds`; the reason of `signal`
   */
  async enter(key: QueueKey, signal?: AbortSignal): Promise<Disposable> {
    signal?.throwIfAborted()
    if (this.#mayRun(key)) return this.#run(key)
    if (this.#waiting >= this.#limits.maxWaiting) this.#makeRoom(key.principal)
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#remove(waiting)
        reject(signal?.reason as Error)
      }
      const waiting: Waiting = {
        key,
        enter: () => {
          signal?.removeEventListener('abort', leave)
          resolve(this.#run(key))
        },
        refuse: (reason) => {
          signal?.removeEventListener('abort', leave)
          reject(reason as Error)
        },
      }
      signal?.addEventListener('abort', leave, { once: true })
      this.#add(waiting)
    })
  }

  #run(key: QueueKey): Disposable {
    const startedAt = this.#now()
    const names = [`repository ${key.repoId}`, `principal ${key.principal}`]
    this.#running++
    for (const name of names) this.#held.set(name, this.#count(name) + 1)
    let isHeld = true
    return {
      [Symbol.dispose]: () => {
        if (!isHeld) return
        isHeld = false
        this.#running--
        for (const name of names) this.#release(name)
        this.#averageMs += SMOOTHING * (this.#now() - startedAt - this.#averageMs)
        this.#serve()
      },
    }
  }

  /** Lets in whoever may run now, one of each principal at a time. */
  #serve(): void {
    for (let found = true; found;) {
      found = false
      for (const [principal, line] of [...this.#lines]) {
        if (!this.#hasShare(principal)) continue // none of a line that may be long
        const next = line.find((waiting) => this.#mayRun(waiting.key))
        if (next === undefined) continue
        this.#remove(next, { toTheBack: true })
        next.enter()
        found = true
      }
    }
  }

  #mayRun({ repoId, principal }: QueueKey): boolean {
    return this.#hasShare(principal) && this.#count(`repository ${repoId}`) < this.#limits.perRepository
  }

  /** May it have one more? The fewer places are left for all others, the less it may have. */
  #hasShare(principal: string): boolean {
    const { total, perPrincipal, partOfFree = 0 } = this.#limits
    const free = total - this.#running
    return free > 0 && this.#count(`principal ${principal}`) < Math.max(perPrincipal, partOfFree * free)
  }

  #add(waiting: Waiting): void {
    const line = this.#lines.get(waiting.key.principal) ?? []
    line.push(waiting)
    this.#lines.set(waiting.key.principal, line)
    this.#waiting++
  }

  #remove(waiting: Waiting, opts: { toTheBack?: boolean } = {}): void {
    const { principal } = waiting.key
    const line = this.#lines.get(principal) ?? []
    line.splice(line.indexOf(waiting), 1)
    this.#waiting--
    if (line.length === 0 || opts.toTheBack) this.#lines.delete(principal)
    if (line.length > 0) this.#lines.set(principal, line)
  }

  /** @throws AppError `OVERLOADED` when `principal` has most itself */
  #makeRoom(principal: string): void {
    const last = longestLine(this.#lines, principal)?.at(-1)
    if (last === undefined) throw this.#overloaded()
    const reason = this.#overloaded()
    this.#remove(last)
    last.refuse(reason)
  }

  #release(name: string): void {
    const left = this.#count(name) - 1
    if (left === 0) this.#held.delete(name)
    else this.#held.set(name, left)
  }

  #count(name: string): number {
    return this.#held.get(name) ?? 0
  }

  #overloaded(): AppError {
    const waitMs = (this.#averageMs * this.#waiting) / this.#limits.total
    return new AppError('OVERLOADED', {
      details: { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)) },
    })
  }
}
