/** How long each of many requests took, one after the other. */
import { quantile } from './series.ts'

/** Milliseconds. */
export interface Latency {
  readonly p50: number
  readonly p99: number
}

/** @param ask sends the request of that number and waits for its end */
export async function latencyOf(times: number, ask: (at: number) => Promise<unknown>): Promise<Latency> {
  const ms: number[] = []
  for (let at = 0; at < times; at++) {
    const begin = performance.now()
    await ask(at)
    ms.push(performance.now() - begin)
  }
  return summarize(ms)
}

/** @param ms in any order */
export function summarize(ms: readonly number[]): Latency {
  const sorted = ms.toSorted((a, b) => a - b)
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) }
}
