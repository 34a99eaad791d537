/** The only file of the command that starts a process: git, for `sluice repo clone`. */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'

/** Under this number git and its helpers find what they inherit. */
export const INHERITED_FD = 3

export interface GitRun {
  /** No secret among them: everybody on the machine can read them. */
  readonly args: readonly string[]
  /** Without the variables that hold one. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** File that git and its helpers inherit. */
  readonly inherited: number | null
}

/**
 * Runs git in this terminal.
 *
 * @returns its exit code; 128 and the number of the signal where one ended it
 * @throws Error when there is no git
 */
export function startGit({ args, env, inherited }: GitRun): Promise<number> {
  const child = spawn('git', args, {
    stdio: ['inherit', 'inherit', 'inherit', ...(inherited === null ? [] : [inherited])],
    env,
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0))
    })
  })
}
