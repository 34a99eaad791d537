/** What `stat` tells of a file or directory, to see whether it has changed since it was read. */
import { statSync } from 'node:fs'

export interface FileState {
  readonly ino: number
  readonly mtimeMs: number
  readonly ctimeMs: number
  readonly size: number
}

/**
 * File systems stamp with a clock that ticks every 4 to 10 ms: a file that was touched so shortly
 * before it was read can be touched again without a trace.
 *
 * @see git's Documentation/technical/racy-git.txt
 */
const RACY_MS = 20

/** Blocking, about a microsecond. `null`: there is none. */
export function readFileState(path: string | Buffer): FileState | null {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return null
  const { ino, mtimeMs, ctimeMs, size } = stats
  return { ino, mtimeMs, ctimeMs, size }
}

export function isSameState(a: FileState | null, b: FileState | null): boolean {
  if (a === null || b === null) return a === b
  return a.mtimeMs === b.mtimeMs && a.ino === b.ino && a.ctimeMs === b.ctimeMs && a.size === b.size
}

/** May an unchanged state be taken as unchanged content? `readAtMs`: the clock before the state was read. */
export function isSettled(state: FileState | null, readAtMs: number): boolean {
  return state === null || Math.max(state.mtimeMs, state.ctimeMs) < readAtMs - RACY_MS
}
