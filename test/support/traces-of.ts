/** Where a secret can be seen from outside: arguments and environments of processes, and files. @see proc(5) */
import { readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { descendantsOf } from './processes.ts'

/** What this process has started and what that has, with the secret in its arguments or its environment; now. */
export function processesShowing(secret: string): string[] {
  return descendantsOf(process.pid).flatMap(({ pid, command }) =>
    ['cmdline', 'environ']
      .filter((file) => read(`/proc/${pid}/${file}`).includes(secret))
      .map((file) => `${command}: ${file}`),
  )
}

/** Files below a directory that hold one of the secrets. */
export async function filesHolding(directory: string, secrets: readonly string[]): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const holding = await Promise.all(
    paths.map(async (path) => {
      const content = await readFile(path)
      return secrets.some((secret) => content.includes(secret)) ? [path] : []
    }),
  )
  return holding.flat()
}

/** Empty when the process is gone. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
