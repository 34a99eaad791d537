/** Time as this room sees it: real, or moved by a test. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../../../kernel/ports.ts'

export interface Timers extends Clock {
  /** @throws the reason of the signal, as soon as it aborts */
  wait(ms: number, signal?: AbortSignal): Promise<void>
}

/** setTimeout(3) takes no more. */
const LONGEST_MS = 2 ** 31 - 1

/** Keeps no process alive. */
export function timersOf(clock: Clock): Timers {
  return {
    now: () => clock.now(),
    wait: async (ms, signal) => {
      await delay(Math.min(Math.max(ms, 0), LONGEST_MS), null, {
        ref: false,
        ...(signal ? { signal } : {}),
      }).catch(() => {
        throw signal?.reason
      })
    },
  }
}
