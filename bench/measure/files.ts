/** What lies in a directory, so that "nothing was stored" can be seen. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Path to size and time of change, of every file and directory below. */
export type FilesSeen = ReadonlyMap<string, string>

export function lookAtFiles(directory: string): FilesSeen {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' })
  return new Map(
    names.map((name) => {
      const stat = statSync(join(directory, name), { throwIfNoEntry: false })
      return [name, stat ? `${stat.size} ${stat.mtimeMs}` : 'gone between two looks']
    }),
  )
}

/** Files and directories that are new, gone or changed. */
export function changedSince(before: FilesSeen, now: FilesSeen): string[] {
  const names = new Set([...before.keys(), ...now.keys()])
  return [...names].filter((name) => before.get(name) !== now.get(name))
}
