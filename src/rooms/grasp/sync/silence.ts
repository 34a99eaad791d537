/** Notices that a relay says nothing more. */
import type { Timers } from './timers.ts'

export interface Listened {
  readonly timers: Timers
  readonly ms: number
  /** Ends the listening. */
  readonly signal: AbortSignal
  /** Changes with everything that is heard. */
  readonly heard: () => unknown
  /** Nothing is read now, so nothing can be heard. */
  readonly isShut: () => boolean
}

/** Resolves when nothing was heard for so long; never once the signal aborts. */
export async function silence({ timers, ms, signal, heard, isShut }: Listened): Promise<void> {
  try {
    for (let before = heard(); ; before = heard()) {
      await timers.wait(ms, signal)
      if (heard() === before && !isShut()) return
    }
  } catch {
    return await new Promise(() => {})
  }
}
