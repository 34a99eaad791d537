/** How long work holds the event loop, by the processor's time of this thread: how busy the machine is says nothing. */
import { readFileSync } from 'node:fs'

/** @returns milliseconds of the longest turn of the event loop while `work` ran */
export async function longestTurnMs(work: () => Promise<unknown>): Promise<number> {
  let longest = 0
  let last = threadMs()
  let ended = false
  const look = () => {
    const now = threadMs()
    longest = Math.max(longest, now - last)
    last = threadMs() // what looking costs is not counted
    if (!ended) setImmediate(look)
  }
  look()
  await work()
  ended = true
  look()
  return longest
}

/** The first number: nanoseconds on a processor. @see proc(5), /proc/[pid]/schedstat */
function threadMs(): number {
  return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ', 1)[0]) / 1e6
}
