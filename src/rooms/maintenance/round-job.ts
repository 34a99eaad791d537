/** The slow round of one server: what dead servers left is swept, and neglected repositories are put in line. */
import type { JobKind } from '../../kernel/background.ts'
import type { Clock } from '../../kernel/ports.ts'

export interface RoundJobParts {
  readonly clock: Clock
  /** Quarantines of servers that are gone, and repositories that were never wholly made, or removed. */
  readonly sweep: () => Promise<void>
  /** @returns how many were put in line */
  readonly scheduleNeglected: () => Promise<number>
}

const HOUR_MS = 3600_000
/** Many repositories came by another road, such as a restored backup: they are taken a few at a time. */
const MORE_MS = 60_000

export function roundJob({ clock, sweep, scheduleNeglected }: RoundJobParts): JobKind {
  return {
    type: 'maintenance_round',
    slots: 1,
    maxAttempts: Infinity,
    longestWaitMs: HOUR_MS,
    recurs: true,
    async run() {
      await sweep()
      const scheduled = await scheduleNeglected()
      return { again: clock.now() + (scheduled > 0 ? MORE_MS : HOUR_MS) }
    },
  }
}
