/** What runs below a process, and how much memory it holds, as the kernel tells it. @see proc(5) */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

export interface RunningProcess {
  readonly pid: number
  readonly command: string
}

/** Direct children. Empty when the process is gone. */
export function childrenOf(pid: number): RunningProcess[] {
  const pids = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)
  return pids.map((child) => ({ pid: child, command: commandOf(child) }))
}

/** Children, their children and so on; parents first. */
export function descendantsOf(pid: number): RunningProcess[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child.pid)])
}

/** A zombie has ended: only its parent has not looked yet. */
export function isRunning(pid: number): boolean {
  const state = /^State:\s+(\S)/m.exec(read(`/proc/${pid}/status`))?.[1]
  return state !== undefined && state !== 'Z' && state !== 'X'
}

/** Resolves when it has ended. @see tail(1), --pid */
export async function processEnds(pid: number): Promise<void> {
  await once(spawn('tail', [`--pid=${pid}`, '-s', '0.02', '-f', '/dev/null']), 'exit')
}

/** Resident memory in KiB; `null` when the process is gone. */
export function residentKib(pid: number): number | null {
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1]
  return kib === undefined ? null : Number(kib)
}

/** The launcher of a server that runs in process `pid`. */
export function launcherOf(pid: number): number {
  const launcher = childrenOf(pid).find(({ command }) => command.includes('launcher-process'))
  if (launcher === undefined) throw new Error(`process ${pid} has no launcher`)
  return launcher.pid
}

/** git processes of a server that take or send a pack; sessions that wait for refs are not among them. */
export function gitsOf(pid: number): RunningProcess[] {
  const below = descendantsOf(launcherOf(pid))
  return below.filter(({ command }) => /index-pack|(?:un)?pack-objects|upload-pack/.test(command))
}

function commandOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
