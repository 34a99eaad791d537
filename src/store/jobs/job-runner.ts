/** Runs the jobs of the queue: a lane for each kind, so that none waits for another. */
import type { JobKind } from '../../kernel/background.ts'
import { LEASE_MS, type Claims } from './claims.ts'
import { JobLane, LOOK_EVERY_MS } from './job-lane.ts'
import type { Jobs } from './jobs.ts'
import type { Settlements } from './settlements.ts'
import type { SharedClock } from './shared-clock.ts'

export interface JobRunnerParts {
  readonly jobs: Pick<Jobs, 'onEnqueued'>
  readonly claims: Claims
  readonly settlements: Settlements
  readonly clock: SharedClock
  readonly kinds: readonly JobKind<never>[]
  /** Nobody else uses the database: what an earlier run was at is put back at once, and no claim is ever lost. */
  readonly alone: boolean
  /** Of a job, or with `type` null of the queue itself. */
  readonly onFailed: (type: string | null, error: unknown) => void
}

/** How often leases are extended, and the jobs of dead servers looked for. */
const HEARTBEAT_MS = LEASE_MS / 4
/** A server that has not reached the database for this long must stop before others begin. */
const SURE_MS = LEASE_MS - HEARTBEAT_MS

export class JobRunner {
  readonly #parts: JobRunnerParts
  readonly #lanes: ReadonlyMap<string, JobLane>
  readonly #listening: Disposable
  #timers: readonly NodeJS.Timeout[] = []
  #beating: Promise<void> | null = null
  #looking: Promise<void> | null = null
  /** When a heartbeat, or a look, was last begun that succeeded; of `performance.now()`. */
  #beatenAt = performance.now()
  #lookedAt = performance.now()

  private constructor(parts: JobRunnerParts) {
    this.#parts = parts
    this.#lanes = new Map(parts.kinds.map((kind) => [kind.type, new JobLane({ ...parts, kind })]))
    this.#listening = parts.jobs.onEnqueued((type, runAt) => this.#lanes.get(type)?.wakeAt(runAt))
  }

  /** Puts back what an earlier run left, and begins. @throws AppError `UNAVAILABLE` */
  static async start(parts: JobRunnerParts): Promise<JobRunner> {
    const runner = new JobRunner(parts)
    await parts.settlements.recover(parts.alone ? 'running' : 'overdue', (type) => runner.#maxAttempts(type))
    runner.#timers = [
      setInterval(() => runner.#tick(), HEARTBEAT_MS).unref(),
      setInterval(() => runner.#look(), LOOK_EVERY_MS).unref(),
    ]
    runner.#look()
    return runner
  }

  /** Jobs that run now, by type. */
  get running(): ReadonlyMap<string, number> {
    return new Map([...this.#lanes].map(([type, lane]) => [type, lane.claims.length]))
  }

  /** For how long it has not seen the queue. */
  get blindMs(): number {
    return performance.now() - this.#lookedAt
  }

  /** For how long the most overdue job of each type has been due; absent: none is. */
  async overdueMs(): Promise<ReadonlyMap<string, number>> {
    const due = await this.#parts.claims.nextDue([...this.#lanes.keys()])
    const now = this.#parts.clock.now()
    return new Map([...due].filter(([, runAt]) => runAt < now).map(([type, runAt]) => [type, now - runAt]))
  }

  /** Starts no more, gives running jobs `graceMs` to end, then hands back what ends within `endMs` (5 s). */
  async stop(graceMs: number, endMs?: number): Promise<void> {
    this.#listening[Symbol.dispose]()
    await Promise.all([...this.#lanes.values()].map((lane) => lane.stop(graceMs, endMs)))
    for (const timer of this.#timers) clearInterval(timer)
    await Promise.all([this.#beating, this.#looking])
  }

  /** Also the first thing that happens in a process that was stopped for a while and continues. */
  #tick(): void {
    const isUnsure = !this.#parts.alone && performance.now() - this.#beatenAt > SURE_MS
    if (isUnsure) for (const lane of this.#lanes.values()) lane.abandon(() => true)
    this.#beating ??= this.#beat()
      .catch((err: unknown) => this.#parts.onFailed(null, err))
      .finally(() => (this.#beating = null))
  }

  async #beat(): Promise<void> {
    const { clock, claims, settlements } = this.#parts
    const begun = performance.now()
    await clock.adjust()
    const running = [...this.#lanes.values()].flatMap((lane) => lane.claims)
    const standing = await claims.extend(running)
    this.#beatenAt = begun
    const lost = new Set(running.filter((claim) => !standing.has(claim)))
    for (const lane of this.#lanes.values()) lane.abandon((claim) => lost.has(claim))
    await settlements.recover('overdue', (type) => this.#maxAttempts(type))
  }

  /** One question for all lanes: what others have put in, and what comes due. */
  #look(): void {
    const { claims, onFailed } = this.#parts
    const begun = performance.now()
    this.#looking ??= claims
      .nextDue([...this.#lanes.keys()])
      .then((due) => {
        this.#lookedAt = begun
        for (const [type, runAt] of due) this.#lanes.get(type)?.wakeAt(runAt)
      })
      .catch((err: unknown) => onFailed(null, err))
      .finally(() => (this.#looking = null))
  }

  /** A kind that this server does not know is left to one that does. */
  #maxAttempts(type: string): number {
    return this.#parts.kinds.find((kind) => kind.type === type)?.maxAttempts ?? Infinity
  }
}
