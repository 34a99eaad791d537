/** One run of a job, from its start to what came of it. */
import type { JobKind } from '../../kernel/background.ts'
import { AppError } from '../../kernel/errors.ts'
import type { Clock } from '../../kernel/ports.ts'
import { backoffMs } from './backoff.ts'
import type { Job } from './job-rows.ts'
import type { Outcome } from './settlements.ts'

export interface RunJobParts {
  readonly kind: JobKind<never>
  readonly clock: Clock
  readonly onFailed: (type: string, error: unknown) => void
}

/** Never throws. */
export async function runJob(parts: RunJobParts, job: Job, signal: AbortSignal): Promise<Outcome> {
  const { kind, clock, onFailed } = parts
  if (signal.aborted) return { kind: 'handed-back' }
  try {
    const end = await kind.run(job.payload as never, signal)
    return end ? { kind: 'again', runAt: end.again } : { kind: 'done' }
  } catch (err) {
    if (signal.aborted) return { kind: 'handed-back' }
    onFailed(kind.type, err)
    const isLast = job.attempts >= kind.maxAttempts
    const runAt = isLast ? null : clock.now() + backoffMs(job.attempts, kind.longestWaitMs)
    return { kind: 'failed', error: shownError(err), runAt }
  }
}

/** What administrators see: fixed words only, because anything else may hold what a library was given. */
function shownError(err: unknown): string {
  if (!(err instanceof AppError)) return 'an internal error; the log of the server has it'
  const { reason } = (err.details ?? {}) as { reason?: unknown }
  return typeof reason === 'string' ? `${err.message}: ${reason}` : err.message
}
