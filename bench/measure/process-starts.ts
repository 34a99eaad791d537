/**
 * Whether a server has started a process in between. Every ended child leaves page faults in the
 * account of its parent, so even one that lived for a millisecond between two looks is seen.
 */
import { readTree } from './processes.ts'

export interface ProcessesSeen {
  readonly living: ReadonlySet<number>
  readonly endedChildFaults: number
}

export function lookAtProcesses(serverPid: number): ProcessesSeen {
  const tree = readTree(serverPid)
  return {
    living: new Set(tree.map((stat) => stat.pid)),
    endedChildFaults: tree.reduce((sum, stat) => sum + stat.endedChildFaults, 0),
  }
}

/** Processes that are new, and one more when any has come and gone. */
export function startedSince(before: ProcessesSeen, now: ProcessesSeen): number {
  const living = [...now.living].filter((pid) => !before.living.has(pid)).length
  return living + (now.endedChildFaults > before.endedChildFaults ? 1 : 0)
}
