/** Runs the jobs of one kind, as many at once as it has slots. */
import { setTimeout as delay } from 'node:timers/promises'
import type { JobKind } from '../../kernel/background.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Claim, Claims } from './claims.ts'
import { runJob } from './run-job.ts'
import type { Settlements } from './settlements.ts'

export interface JobLaneParts {
  readonly kind: JobKind<never>
  readonly claims: Pick<Claims, 'claim'>
  readonly settlements: Pick<Settlements, 'settle'>
  readonly clock: Clock
  readonly onFailed: (type: string, error: unknown) => void
}

interface Run {
  readonly claim: Claim
  readonly stop: AbortController
  readonly ended: Promise<void>
}

/** Jobs that are due later than this are woken by who looks for them that often. */
export const LOOK_EVERY_MS = 5_000
/** How long a job has to end when it is told to. */
const END_MS = 5_000
/** A timer may fire a little before the clock has got there. */
const TIMER_EARLY_MS = 2
/** Waits before an outcome that could not be written is tried again; within the lease. */
const SETTLE_AGAIN_MS = [500, 2_000, 5_000, 10_000]

export class JobLane {
  readonly #parts: JobLaneParts
  readonly #runs = new Set<Run>()
  #claiming: Promise<void> | null = null
  /** Somebody has called `wake` since the last look. */
  #asked = false
  #stopped = false
  #timer: NodeJS.Timeout | null = null
  #timerAt = Infinity

  constructor(parts: JobLaneParts) {
    this.#parts = parts
  }

  /** Of the jobs that run now. */
  get claims(): readonly Claim[] {
    return [...this.#runs].map(({ claim }) => claim)
  }

  /** There may be something to do. */
  wake(): void {
    if (this.#stopped) return
    this.#asked = true
    this.#claiming ??= this.#claim().finally(() => {
      this.#claiming = null
      if (this.#asked && this.#free > 0) this.wake()
    })
  }

  /** There will be something to do. */
  wakeAt(runAt: number): void {
    const wait = runAt - this.#parts.clock.now()
    if (wait <= 0) return this.wake()
    if (wait > LOOK_EVERY_MS || this.#stopped || this.#timerAt <= runAt) return
    if (this.#timer) clearTimeout(this.#timer)
    this.#timerAt = runAt
    this.#timer = setTimeout(() => {
      this.#timerAt = Infinity
      this.wake()
    }, wait + TIMER_EARLY_MS)
    this.#timer.unref()
  }

  /** Starts no more; ends what runs when `graceMs` are over. One that does not obey is left to its lease. */
  async stop(graceMs: number, endMs = END_MS): Promise<void> {
    this.#stopped = true
    if (this.#timer) clearTimeout(this.#timer)
    await this.#claiming
    const all = Promise.all([...this.#runs].map(({ ended }) => ended))
    await within(graceMs, all)
    for (const { stop } of this.#runs) stop.abort()
    await within(endMs, all)
  }

  /** Ends jobs whose claim was lost. */
  abandon(isLost: (claim: Claim) => boolean): void {
    for (const { claim, stop } of this.#runs) if (isLost(claim)) stop.abort()
  }

  get #free(): number {
    return this.#stopped ? 0 : this.#parts.kind.slots - this.#runs.size
  }

  async #claim(): Promise<void> {
    const { kind, claims, onFailed } = this.#parts
    await new Promise(setImmediate) // what one turn of the event loop enqueues is claimed together
    try {
      while (this.#asked && this.#free > 0) {
        this.#asked = false
        const wanted = this.#free
        const claimed = await claims.claim(kind.type, wanted)
        for (const claim of claimed) this.#start(claim)
        if (claimed.length === wanted) this.#asked = true // there may be more
      }
    } catch (err) {
      onFailed(kind.type, err) // what is due is seen by the next look
    }
  }

  #start(claim: Claim): void {
    const stop = new AbortController()
    const before = this.#endOf(claim.job.key)
    const run: Run = {
      claim,
      stop,
      ended: this.#run(claim, stop.signal, before).finally(() => this.#end(run)),
    }
    this.#runs.add(run)
  }

  /** A run of the same key may have lost its claim, and not have ended yet. */
  async #endOf(key: string): Promise<void> {
    await Promise.all([...this.#runs].filter(({ claim }) => claim.job.key === key).map(({ ended }) => ended))
  }

  #end(run: Run): void {
    this.#runs.delete(run)
    this.wake()
  }

  async #run(claim: Claim, signal: AbortSignal, before: Promise<void>): Promise<void> {
    await before
    const outcome = await runJob(this.#parts, claim.job, signal)
    for (const wait of [...SETTLE_AGAIN_MS, null]) {
      try {
        const runAt = await this.#parts.settlements.settle(claim, outcome)
        if (runAt !== null) this.wakeAt(runAt)
        return
      } catch (err) {
        this.#parts.onFailed(this.#parts.kind.type, err)
        if (wait === null || this.#stopped) return // its lease runs out, and it is run again
        await delay(wait, undefined, { ref: false })
      }
    }
  }
}

/** Waits for something, but not longer. */
async function within(ms: number, all: Promise<unknown>): Promise<void> {
  const enough = new AbortController()
  const late = delay(ms, undefined, { signal: enough.signal }).catch(() => {})
  await Promise.race([all, late])
  enough.abort()
}
