/** The processes of this machine as /proc shows them: who is whose child, and what it cost. Linux only. */
import { readdirSync, readFileSync } from 'node:fs'

export interface ProcessStat {
  readonly pid: number
  readonly parent: number
  /** Own CPU time and that of children it has waited for. Clock ticks of 10 ms. */
  readonly cpuTicks: number
  /** Page faults of children it has waited for: grows whenever one has ended. */
  readonly endedChildFaults: number
}

/**
 * The process and all its living descendants, itself first; none when it is gone.
 *
 * @see proc(5), /proc/pid/stat
 */
export function readTree(root: number): ProcessStat[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readStat(Number(name)) ?? [])
  const tree = all.filter((stat) => stat.pid === root)
  for (const parent of tree) tree.push(...all.filter((stat) => stat.parent === parent.pid))
  return tree
}

/** `null`: it has ended. */
export function readStat(pid: number): ProcessStat | null {
  const text = readOrNull(`/proc/${pid}/stat`)
  if (text === null) return null
  // the name is in brackets and may hold anything, brackets too; what follows it is field 3
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const field = (number: number) => Number(fields[number - 3])
  return {
    pid,
    parent: field(4),
    cpuTicks: field(14) + field(15) + field(16) + field(17),
    endedChildFaults: field(11) + field(13),
  }
}

/** Arguments of a living process, its program first. */
export function readCommandLine(pid: number): string[] {
  return (readOrNull(`/proc/${pid}/cmdline`) ?? '').split('\0').filter((word) => word !== '')
}

/** `null`: no such process any more. */
export function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return null
  }
}
