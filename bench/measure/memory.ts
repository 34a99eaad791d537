/**
 * Memory of a running server: the server and its launcher together, and the git processes it has
 * started apart from them.
 */
import { readCommandLine, readOrNull, readTree } from './processes.ts'

/** MiB. */
export interface MemoryUse {
  /** Shared pages count once for each of the two. */
  readonly rss: number
  /** Shared pages are split among all processes of this machine that have them, foreign ones too. */
  readonly pss: number
  /** Pages of files count once for the two, as if no other node ran. */
  readonly once: number
  /** Resident memory of everything else in the tree. */
  readonly git: number
}

const LAUNCHER = /launcher-process/
const KIB_PER_MIB = 1024

export function readMemory(serverPid: number): MemoryUse {
  const pids = readTree(serverPid).map((stat) => stat.pid)
  const own = pids.filter((pid) => pid === serverPid || isLauncher(pid))
  const git = pids.filter((pid) => !own.includes(pid))
  return {
    rss: sumOf(own, residentMib),
    pss: sumOf(own, proportionalMib),
    once: sumOf(own, ownMib) + Math.max(0, ...own.map(fileMib)),
    git: sumOf(git, residentMib),
  }
}

/** Takes a sample at once and then every `everyMs`, until disposed. Each peak is of its own moment. */
export function watchMemory(serverPid: number, everyMs: number): Disposable & { readonly peak: MemoryUse } {
  let peak = readMemory(serverPid)
  const timer = setInterval(() => {
    const now = readMemory(serverPid)
    peak = {
      rss: Math.max(peak.rss, now.rss),
      pss: Math.max(peak.pss, now.pss),
      once: Math.max(peak.once, now.once),
      git: Math.max(peak.git, now.git),
    }
  }, everyMs)
  return {
    get peak() {
      return peak
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

/** By its script, not by an argument: git's own arguments name paths, too. */
function isLauncher(pid: number): boolean {
  return readCommandLine(pid).some((word, at) => at > 0 && LAUNCHER.test(word))
}

/** @see proc(5), /proc/pid/status */
function residentMib(pid: number): number {
  return kibIn(readOrNull(`/proc/${pid}/status`), /^VmRSS:\s+(\d+) kB$/m) / KIB_PER_MIB
}

function fileMib(pid: number): number {
  return kibIn(readOrNull(`/proc/${pid}/status`), /^RssFile:\s+(\d+) kB$/m) / KIB_PER_MIB
}

function ownMib(pid: number): number {
  return residentMib(pid) - fileMib(pid)
}

/** @see proc(5), /proc/pid/smaps_rollup */
function proportionalMib(pid: number): number {
  return kibIn(readOrNull(`/proc/${pid}/smaps_rollup`), /^Pss:\s+(\d+) kB$/m) / KIB_PER_MIB
}

/** 0 of a process that has just ended. */
function kibIn(text: string | null, line: RegExp): number {
  return Number(line.exec(text ?? '')?.[1] ?? 0)
}

function sumOf(pids: readonly number[], mib: (pid: number) => number): number {
  return pids.reduce((sum, pid) => sum + mib(pid), 0)
}
