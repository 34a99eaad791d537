/** Resident memory of some processes while something goes on. */
import { residentKib } from './processes.ts'

const EVERY_MS = 20

/** @returns the most that `pids` held together while `work` ran, in KiB, and what `work` returned */
export async function peakKib<T>(
  pids: readonly number[],
  work: () => Promise<T>,
): Promise<{ peak: number; result: T }> {
  let peak = 0
  const look = () => {
    peak = Math.max(peak, heldKib(pids))
  }
  look()
  const timer = setInterval(look, EVERY_MS)
  try {
    return { result: await work(), peak }
  } finally {
    clearInterval(timer)
  }
}

export function heldKib(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (residentKib(pid) ?? 0), 0)
}
