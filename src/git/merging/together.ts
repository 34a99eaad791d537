/** Several things at once in one quarantine. */

/**
 * As `Promise.all`, but waits for all of them even when one fails: what still runs writes to a directory
 * that whoever called is about to remove.
 */
export async function together<T extends readonly Promise<unknown>[] | []>(
  running: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(running)
  return Promise.all(running)
}
