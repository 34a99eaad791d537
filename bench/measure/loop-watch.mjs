/**
 * Loaded into a server under measurement (`node --import`): watches how late its event loop is, begins anew
 * at SIGUSR2, and writes what it saw to a file when the process ends by itself. See loop-delay.ts.
 */
import { writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

const TIMER_MS = 10
const NS_PER_MS = 1e6

const delays = monitorEventLoopDelay({ resolution: TIMER_MS })
delays.enable()
process.on('SIGUSR2', () => delays.reset())
process.once('exit', () => {
  const file = process.env.SLUICE_BENCH_LOOP_FILE
  if (file !== undefined) writeFileSync(file, JSON.stringify({ p99: late(99), longest: late(100) }))
})

/** Milliseconds. What is recorded is the time between two firings, so that of a loop in time is the timer's. */
function late(percentile) {
  return Math.max(0, delays.percentile(percentile) / NS_PER_MS - TIMER_MS)
}
