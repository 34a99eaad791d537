/** Runs the jobs of the queue: a lane for each kind, so that none waits for another. */
import type { JobKind } from '../../kernel/background.ts'
import type { Clock } from '../../kernel/ports.ts'
import { LEASE_MS, type Claims } from './claims.ts'
import { JobLane } from './job-lane.ts'
import type { Jobs } from './jobs.ts'

export interface JobRunnerParts {
  readonly jobs: Pick<Jobs, 'onEnqueued'>
  readonly claims: Claims
  readonly clock: Clock
  readonly kinds: readonly JobKind<never>[]
  /** Nobody else uses the database: what an earlier run was at is put back at once. */
  readonly alone: boolean
  /** Of a job, or with `type` null of the queue itself. */
  readonly onFailed: (type: string | null, error: unknown) => void
}

/** How often leases are extended, and the jobs of dead servers looked for. */
const HEARTBEAT_MS = LEASE_MS / 4

export class JobRunner {
  readonly #parts: JobRunnerParts
  readonly #lanes: ReadonlyMap<string, JobLane>
  readonly #listening: Disposable
  #heartbeat: NodeJS.Timeout | null = null
  #beating: Promise<void> = Promise.resolve()

  private constructor(parts: JobRunnerParts) {
    this.#parts = parts
    this.#lanes = new Map(parts.kinds.map((kind) => [kind.type, new JobLane({ ...parts, kind })]))
    this.#listening = parts.jobs.onEnqueued((type) => this.#lanes.get(type)?.wake())
  }

  /** Puts back what an earlier run left, and begins. @throws AppError `UNAVAILABLE` */
  static async start(parts: JobRunnerParts): Promise<JobRunner> {
    const runner = new JobRunner(parts)
    await parts.claims.recover(parts.alone ? 'others' : 'overdue', (type) => runner.#maxAttempts(type))
    runner.#heartbeat = setInterval(() => (runner.#beating = runner.#beat()), HEARTBEAT_MS)
    runner.#heartbeat.unref()
    for (const lane of runner.#lanes.values()) lane.wake()
    return runner
  }

  /** Jobs that run now, by type. */
  get running(): ReadonlyMap<string, number> {
    return new Map([...this.#lanes].map(([type, lane]) => [type, lane.running.length]))
  }

  /** Starts no more, gives running jobs `graceMs` to end, then hands back what is unfinished. */
  async stop(graceMs: number): Promise<void> {
    this.#listening[Symbol.dispose]()
    await Promise.all([...this.#lanes.values()].map((lane) => lane.stop(graceMs)))
    if (this.#heartbeat) clearInterval(this.#heartbeat)
    await this.#beating
  }

  async #beat(): Promise<void> {
    try {
      const running = [...this.#lanes.values()].flatMap((lane) => lane.running)
      const mine = await this.#parts.claims.extend(running)
      for (const lane of this.#lanes.values()) lane.abandon((id) => running.includes(id) && !mine.has(id))
      await this.#parts.claims.recover('overdue', (type) => this.#maxAttempts(type))
    } catch (err) {
      this.#parts.onFailed(null, err)
    }
  }

  /** A kind that this server does not know is left to one that does. */
  #maxAttempts(type: string): number {
    return this.#parts.kinds.find((kind) => kind.type === type)?.maxAttempts ?? Infinity
  }
}
