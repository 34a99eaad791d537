/** All files below a directory, while others add and remove some. */
import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'

/** Paths that begin with that of the directory. What goes meanwhile may be missing. */
export async function* filesBelow(directory: string): AsyncGenerator<string> {
  for (const entry of await entriesOf(directory)) {
    const path = `${directory}/${entry.name}`
    if (entry.isDirectory()) yield* filesBelow(path)
    else yield path
  }
}

async function entriesOf(directory: string): Promise<Dirent[]> {
  try {
    return await readdir(directory, { withFileTypes: true })
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw err
  }
}
