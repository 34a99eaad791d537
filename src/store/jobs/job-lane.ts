/** Runs the jobs of one kind, as many at once as it has slots. */
import { AppError } from '../../kernel/errors.ts'
import type { JobEnd, JobKind } from '../../kernel/background.ts'
import type { Clock } from '../../kernel/ports.ts'
import { backoffMs } from './backoff.ts'
import type { Claims, Outcome } from './claims.ts'
import type { Job } from './jobs.ts'

export interface JobLaneParts {
  readonly kind: JobKind<never>
  readonly claims: Claims
  readonly clock: Clock
  readonly onFailed: (type: string, error: unknown) => void
}

/** Other servers' jobs are looked for this often; own ones wake the lane. */
const LOOK_EVERY_MS = 5_000

export class JobLane {
  readonly #parts: JobLaneParts
  readonly #running = new Map<string, { readonly stop: AbortController; readonly ended: Promise<void> }>()
  #claiming: Promise<void> | null = null
  /** Somebody has called `wake` since the last look. */
  #asked = false
  #stopped = false
  #timer: NodeJS.Timeout | null = null

  constructor(parts: JobLaneParts) {
    this.#parts = parts
  }

  /** Ids of the jobs that run now. */
  get running(): readonly string[] {
    return [...this.#running.keys()]
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

  /** Starts no more; ends what runs when `graceMs` are over, and hands it back. */
  async stop(graceMs: number): Promise<void> {
    this.#stopped = true
    if (this.#timer) clearTimeout(this.#timer)
    await this.#claiming
    const all = Promise.all([...this.#running.values()].map(({ ended }) => ended))
    const enough = setTimeout(() => {
      for (const { stop } of this.#running.values()) stop.abort()
    }, graceMs)
    await all
    clearTimeout(enough)
  }

  /** Ends jobs that another server has taken over. */
  abandon(isLost: (id: string) => boolean): void {
    for (const [id, { stop }] of this.#running) if (isLost(id)) stop.abort()
  }

  get #free(): number {
    return this.#stopped ? 0 : this.#parts.kind.slots - this.#running.size
  }

  async #claim(): Promise<void> {
    const { kind, claims, onFailed } = this.#parts
    await new Promise(setImmediate) // what one turn of the event loop enqueues is claimed together
    try {
      while (this.#asked && this.#free > 0) {
        this.#asked = false
        const wanted = this.#free
        const jobs = await claims.claim(kind.type, wanted)
        for (const job of jobs) this.#start(job)
        if (jobs.length === wanted) this.#asked = true // there may be more
      }
      if (this.#free > 0) await this.#sleep()
    } catch (err) {
      onFailed(kind.type, err)
      this.#wakeIn(LOOK_EVERY_MS)
    }
  }

  /** Until the next job is due. */
  async #sleep(): Promise<void> {
    const due = await this.#parts.claims.nextDue(this.#parts.kind.type)
    const wait = due === null ? LOOK_EVERY_MS : due - this.#parts.clock.now()
    this.#wakeIn(Math.min(Math.max(wait, 1), LOOK_EVERY_MS))
  }

  #wakeIn(ms: number): void {
    if (this.#timer) clearTimeout(this.#timer)
    if (this.#stopped) return
    this.#timer = setTimeout(() => this.wake(), ms)
    this.#timer.unref()
  }

  #start(job: Job): void {
    const stop = new AbortController()
    const ended = this.#run(job, stop.signal).finally(() => {
      this.#running.delete(job.id)
      this.wake()
    })
    this.#running.set(job.id, { stop, ended })
  }

  async #run(job: Job, signal: AbortSignal): Promise<void> {
    const { kind, claims, onFailed } = this.#parts
    const outcome = await this.#outcomeOf(job, signal)
    try {
      await claims.settle(job, outcome)
    } catch (err) {
      onFailed(kind.type, err) // its lease runs out, and it is run again
    }
  }

  async #outcomeOf(job: Job, signal: AbortSignal): Promise<Outcome> {
    const { kind, clock, onFailed } = this.#parts
    try {
      const end: JobEnd | void = await kind.run(job.payload as never, signal)
      return end ? { kind: 'again', runAt: end.again } : { kind: 'done' }
    } catch (err) {
      if (signal.aborted) return { kind: 'handed-back' }
      onFailed(kind.type, err)
      const isLast = job.attempts >= kind.maxAttempts
      const runAt = isLast ? null : clock.now() + backoffMs(job.attempts)
      return { kind: 'failed', error: shownError(err), runAt }
    }
  }
}

/** What administrators see: fixed words only, because anything else may hold what a library was given. */
function shownError(err: unknown): string {
  if (!(err instanceof AppError)) return 'an internal error; the log of the server has it'
  const { reason } = (err.details ?? {}) as { reason?: unknown }
  return typeof reason === 'string' ? `${err.message}: ${reason}` : err.message
}
