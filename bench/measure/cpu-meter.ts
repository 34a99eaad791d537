/**
 * CPU time of a server with everything it starts, ended children included. A cgroup of its own tells
 * to the microsecond; where none can be made, /proc tells to 10 ms a process.
 */
import { openCgroupMeter } from './cgroup-meter.ts'
import { readTree } from './processes.ts'

export interface CpuMeter extends AsyncDisposable {
  readonly method: 'cgroup' | '/proc'
  /** What a command is put behind, so that it is counted from its first instruction. */
  readonly prefix: readonly string[]
  /** Called with each process that was started behind `prefix`. */
  watch(pid: number): void
  /** So far, in milliseconds. */
  readMs(): number
}

/** Dispose when the processes have ended. */
export function openCpuMeter(): CpuMeter {
  return openCgroupMeter() ?? new TreeMeter()
}

const MS_PER_TICK = 10

/** For where there is no cgroup. */
export class TreeMeter implements CpuMeter {
  readonly method = '/proc'
  readonly prefix = []
  readonly #roots = new Set<number>()

  watch(pid: number): void {
    this.#roots.add(pid)
  }

  readMs(): number {
    const stats = [...this.#roots].flatMap((root) => readTree(root))
    return stats.reduce((sum, stat) => sum + stat.cpuTicks, 0) * MS_PER_TICK
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
