/** A control group made for one server under measurement. Needs cgroup v2 and the right to make one. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { CpuMeter } from './cpu-meter.ts'
import { readOrNull } from './processes.ts'

/** Fixed text: group and command are its arguments. */
const ENTER_GROUP = 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"'
const REMOVE_ATTEMPTS = 50
const REMOVE_PAUSE_MS = 20

/** @returns `null` where no group can be made here */
export function openCgroupMeter(): CpuMeter | null {
  const parent = ownGroup()
  if (parent === null) return null
  try {
    const group = mkdtempSync(join(parent, 'sluice-bench-'))
    if (usageMs(group) !== null && mayEnter(group)) return new CgroupMeter(group)
    rmdirSync(group)
  } catch {
    // read-only, or not ours
  }
  return null
}

class CgroupMeter implements CpuMeter {
  readonly method = 'cgroup'
  readonly prefix: readonly string[]
  readonly #group: string

  constructor(group: string) {
    this.#group = group
    this.prefix = ['sh', '-c', ENTER_GROUP, 'sh', group]
  }

  watch(): void {}

  /** @throws Error when the group is gone */
  readMs(): number {
    const ms = usageMs(this.#group)
    if (ms === null) throw new Error(`no CPU time in ${this.#group}`)
    return ms
  }

  /** A process stays in its group for a moment after it was waited for. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (let attempt = 0; attempt < REMOVE_ATTEMPTS; attempt++) {
      try {
        return rmdirSync(this.#group)
      } catch {
        await delay(REMOVE_PAUSE_MS)
      }
    }
  }
}

function mayEnter(group: string): boolean {
  return spawnSync('sh', ['-c', ENTER_GROUP, 'sh', group, 'true']).status === 0
}

/** @see cgroups(7), "cpu.stat"; it counts without the cpu controller too */
function usageMs(group: string): number | null {
  const usec = /^usage_usec (\d+)$/m.exec(readOrNull(join(group, 'cpu.stat')) ?? '')?.[1]
  return usec === undefined ? null : Number(usec) / 1000
}

/** Where the hierarchy is mounted, and where in it this process is. @see proc(5), mountinfo; cgroups(7) */
function ownGroup(): string | null {
  const mount = /^(?:\S+ ){4}(\S+) .*- cgroup2 /m.exec(readOrNull('/proc/self/mountinfo') ?? '')?.[1]
  const path = /^0::(\/.*)$/m.exec(readOrNull('/proc/self/cgroup') ?? '')?.[1]
  return mount === undefined || path === undefined ? null : join(mount, path)
}
