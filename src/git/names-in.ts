/** What is in a directory that may not be there. */
import { readdir } from 'node:fs/promises'

/** @returns none for a directory that does not exist */
export async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw err
  }
}
