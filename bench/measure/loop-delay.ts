/**
 * How late the event loop of a server under measurement was. Servers tell when they are stopped, and
 * the runner of the rows listens: no row has to do anything for it.
 *
 * The watch is Node's own, as in `/metrics`, but alone: the other figures of prom-client listen to every
 * garbage collection, which makes a poll a tenth dearer.
 */
import { channel } from 'node:diagnostics_channel'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Milliseconds that the loop was late since the server began to serve. @see perf_hooks.monitorEventLoopDelay */
export interface LoopDelay {
  readonly p99: number
  readonly longest: number
}

/** What a server is started with to be watched. */
export interface LoopWatch {
  /** Of node. */
  readonly flags: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** From now on: what a start costs the loop is another matter. */
  begin(pid: number): void
  /** Called when the process has ended. One that was killed has left nothing to tell. */
  tell(): void
}

const STOPPED = channel('sluice-bench.server-stopped')

/**
 * @param root checkout, which the watch is loaded from
 * @param data directory of the server; the file is beside it
 */
export function prepareLoopWatch(root: string, data: string): LoopWatch {
  const file = `${data}.loop-delay.json`
  return {
    flags: ['--import', join(root, 'bench', 'measure', 'loop-watch.mjs')],
    env: { SLUICE_BENCH_LOOP_FILE: file },
    begin: (pid) => process.kill(pid, 'SIGUSR2'),
    tell: () => {
      if (existsSync(file)) STOPPED.publish(JSON.parse(readFileSync(file, 'utf8')) as LoopDelay)
    },
  }
}

/** @returns a value for each server that was stopped while `work` ran and was not killed */
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
