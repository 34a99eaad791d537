/**
 * How late the event loop of a server under measurement was. Servers tell when they are stopped, and
 * the runner of the rows listens: no row has to do anything for it.
 */
import { channel } from 'node:diagnostics_channel'

/** Milliseconds that the loop was late, of all turns since the last look. */
export interface LoopDelay {
  readonly p99: number
  readonly longest: number
}

/**
 * Of Node's own watch on its loop, by prom-client: times between two firings of a timer of `TIMER_MS`, so
 * those of a loop that is never late are `TIMER_MS` long. Reading them begins a new window.
 *
 * @see perf_hooks.monitorEventLoopDelay
 */
export const LOOP_DELAY_METRICS = {
  p99: 'nodejs_eventloop_lag_p99_seconds',
  longest: 'nodejs_eventloop_lag_max_seconds',
} as const
const TIMER_MS = 10

/** @param seconds as a metric says it */
export function latenessOf(seconds: number): number {
  return Math.max(0, seconds * 1_000 - TIMER_MS)
}

/** What is true of all windows: the p99 of the whole is never above the greatest p99 of its parts. */
export function worstOf(windows: readonly LoopDelay[]): LoopDelay | null {
  if (windows.length === 0) return null
  return {
    p99: Math.max(...windows.map(({ p99 }) => p99)),
    longest: Math.max(...windows.map(({ longest }) => longest)),
  }
}

const STOPPED = channel('sluice-bench.server-stopped')

export function tellLoopDelay(delay: LoopDelay): void {
  STOPPED.publish(delay)
}

/** @returns a value for each server that was stopped while `work` ran; one that was killed says nothing */
export async function loopDelaysDuring<T>(
  work: () => Promise<T>,
): Promise<{ result: T; delays: LoopDelay[] }> {
  const delays: LoopDelay[] = []
  const listen = (delay: unknown) => void delays.push(delay as LoopDelay)
  STOPPED.subscribe(listen)
  try {
    return { result: await work(), delays }
  } finally {
    STOPPED.unsubscribe(listen)
  }
}
