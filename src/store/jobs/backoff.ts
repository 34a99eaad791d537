/** How long to wait before the next attempt at something that has failed. */

const FIRST_MS = 5_000
const FACTOR = 4
const LONGEST_MS = 6 * 3600_000
/** Part of the wait that is left to chance, so that what failed together does not come back together. */
const JITTER = 0.2

/**
 * 5 s, 20 s, 80 s, 5 min, 21 min, 85 min, 6 h, …, each up to a fifth shorter or longer.
 *
 * @param attempts failed so far, from 1
 * @param longestMs where the waits stop growing
 */
export function backoffMs(attempts: number, longestMs = LONGEST_MS, random = Math.random): number {
  const wait = Math.min(FIRST_MS * FACTOR ** (attempts - 1), longestMs)
  return Math.round(wait * (1 - JITTER + 2 * JITTER * random()))
}
