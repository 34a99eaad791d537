/** Puts itself in front of git, and lets the story end an `upload-pack` in the middle of its answer. */
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter, join } from 'node:path'

export interface BreakingGit {
  /** Runs `open` with this git in PATH. */
  during<T>(open: () => Promise<T>): Promise<T>
  /** From now on an answer stops after so many bytes, until `kill`. */
  stopAfter(bytes: number): Promise<void>
  /** Kills the git that stopped, waiting for it to do so; those to come are whole again. */
  kill(): Promise<void>
}

/** @param dir exists; a directory of its own */
export async function openBreakingGit(dir: string): Promise<BreakingGit> {
  const bin = join(dir, 'bin')
  const [order, signal] = [join(dir, 'stop-after'), join(dir, 'signal')]
  await mkdir(bin)
  await once(spawn('mkfifo', [signal]), 'exit')
  const before = process.env['PATH'] ?? ''
  await writeFile(
    join(bin, 'git'),
    `#!/bin/bash
PATH='${before}'
case " $* " in *' upload-pack '*) if [ -f '${order}' ]; then
  git "$@" | head -c "$(cat '${order}')"
  read -r _ < '${signal}'
  kill -KILL $$
fi ;; esac
exec git "$@"
`,
  )
  await chmod(join(bin, 'git'), 0o755)
  return {
    async during(open) {
      process.env['PATH'] = `${bin}${delimiter}${before}`
      try {
        return await open()
      } finally {
        process.env['PATH'] = before
      }
    },
    stopAfter: (bytes) => writeFile(order, String(bytes)),
    async kill() {
      await rm(order)
      await writeFile(signal, '\n') // opened when the other end is
    },
  }
}
