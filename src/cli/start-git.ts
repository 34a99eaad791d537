/** The only file of the command that starts a process: git, in this terminal or between pipes. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { GitFault } from './git-fault.ts'

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

export interface GitPipe extends Pick<GitRun, 'args' | 'env'> {
  readonly cwd: string
  /** What git is given on stdin, piece by piece; nothing if absent. */
  readonly input?: AsyncIterable<Buffer | string> | Iterable<Buffer | string>
}

/**
 * What git writes, as it comes. git is ended when the caller stops reading.
 *
 * @throws GitFault when git fails; what `input` throws; Error when there is no git
 */
export async function* gitOutput({ args, cwd, env, input = [] }: GitPipe): AsyncGenerator<Buffer> {
  const child = spawn('git', args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] })
  const ended = once(child, 'close') as Promise<[number | null]>
  ended.catch(() => {}) // awaited below, if all is read
  const complaint = stderrOf(child)
  const fed = feed(child, input)
  fed.catch(() => {})
  try {
    yield* child.stdout as AsyncIterable<Buffer>
    const [code] = await ended
    await fed
    if (code !== 0) throw new GitFault(complaint())
  } finally {
    child.kill()
  }
}

const MAX_COMPLAINT = 8 * 1024

function stderrOf(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.setEncoding('utf8').on('data', (more: string) => (text = (text + more).slice(-MAX_COMPLAINT)))
  return () => text
}

/** git that has heard enough is no failure: its exit tells. */
async function feed({ stdin }: ChildProcess, input: NonNullable<GitPipe['input']>): Promise<void> {
  if (stdin === null) return
  try {
    await pipeline(Readable.from(input), stdin)
  } catch (err) {
    const { code } = err as NodeJS.ErrnoException
    if (code !== 'EPIPE' && code !== 'ERR_STREAM_PREMATURE_CLOSE') throw err
  }
}
