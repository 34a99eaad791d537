/** Other object directories that a repository borrows from. @see gitrepository-layout(5), objects/info/alternates */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** git follows alternates of alternates no deeper. */
const MAX_DEPTH = 5

/**
 * The object directory itself first, then those it borrows from, each once. Paths in quotes are not
 * understood and skipped.
 */
export function objectDirectories(objectsPath: string): string[] {
  const found = new Set<string>()
  collect(objectsPath, 0, found)
  return [...found]
}

function collect(objectsPath: string, depth: number, found: Set<string>): void {
  if (found.has(objectsPath) || depth > MAX_DEPTH) return
  found.add(objectsPath)
  for (const line of readAlternates(objectsPath)) collect(resolve(objectsPath, line), depth + 1, found)
}

function readAlternates(objectsPath: string): string[] {
  try {
    const text = readFileSync(`${objectsPath}/info/alternates`, 'utf8')
    return text.split('\n').filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('"'))
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw err
  }
}
