/** Waits for a SQLite file that another process is writing to, without stopping this one. */
import { setTimeout as delay } from 'node:timers/promises'
import { isPassing, translateError } from '../engine-errors.ts'

const RETRY_EVERY_MS = 5
/** The command line writes for some milliseconds; a backup may take longer. */
const MAX_WAIT_MS = 3_000

/**
 * Runs `work`, again and again while the file is locked.
 *
 * @throws AppError `UNAVAILABLE` after the longest wait
 */
export async function whenFree<T>(work: () => T): Promise<T> {
  const deadline = performance.now() + MAX_WAIT_MS
  for (;;) {
    try {
      return work()
    } catch (err) {
      if (!isPassing(err) || performance.now() > deadline) throw translateError(err)
    }
    await delay(RETRY_EVERY_MS)
  }
}
