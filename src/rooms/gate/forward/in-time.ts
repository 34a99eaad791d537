/** Leaves work that cannot be ended, or not at once, when its time is over. */

/** @throws what `late` makes when `deadline` has aborted; what `work` throws before */
export async function inTime<T>(work: Promise<T>, deadline: AbortSignal, late: () => Error): Promise<T> {
  const over = new Promise<never>((_, reject) => {
    if (deadline.aborted) reject(late())
    else deadline.addEventListener('abort', () => reject(late()), { once: true })
  })
  return Promise.race([work, over])
}
