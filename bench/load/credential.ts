/** A credential for stock gits, where no list of processes shows it. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * @param headers that every request gets
 * @returns a file of git's configuration, readable by its owner alone
 * @see git-config(1), http.extraHeader
 */
export async function keepCredential(
  scratch: string,
  headers: Readonly<Record<string, string>>,
): Promise<string> {
  const directory = join(scratch, 'credentials')
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const file = join(directory, 'gitconfig')
  const lines = Object.entries(headers).map(([name, value]) => `\textraHeader = "${name}: ${value}"\n`)
  await writeFile(file, ['[http]\n', ...lines].join(''), { mode: 0o600 })
  return file
}
