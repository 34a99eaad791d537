/** Puts itself in front of git and writes down how every git of a server is started: words and environment. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

export interface GitDiary {
  /** For the server's environment. */
  readonly path: string
  /** All of it so far. */
  read(): Promise<string>
}

/** @param dir exists; a directory of its own */
export async function openGitDiary(dir: string): Promise<GitDiary> {
  const bin = join(dir, 'bin')
  const file = join(dir, 'git-diary')
  await mkdir(bin)
  await writeFile(file, '')
  const before = process.env['PATH'] ?? ''
  await writeFile(
    join(bin, 'git'),
    `#!/bin/sh
{ printf '%s\\n' "started: $*"; tr '\\0' '\\n' < /proc/$$/environ; } >> '${file}'
PATH='${before}'
exec git "$@"
`,
  )
  await chmod(join(bin, 'git'), 0o755)
  return { path: `${bin}${delimiter}${before}`, read: () => readFile(file, 'utf8') }
}
