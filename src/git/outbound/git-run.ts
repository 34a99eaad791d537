/** One git that talks to somebody else's server: started, watched until it is connected, and read to its end. */
import { AppError } from '../../kernel/errors.ts'
import { collect } from '../launcher/collect.ts'
import type { GitExit, GitProcess } from '../launcher/git-process.ts'
import type { GitSpec, Launcher } from '../launcher/launcher.ts'

export interface GitRun {
  /** `null`: it was ended before it had finished. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Why it was ended: by its caller, by its time limit, or because no connection came about. */
  readonly cut: 'aborted' | 'overdue' | 'unconnected' | null
}

export interface GitRunOptions {
  readonly input?: string
  readonly signal?: AbortSignal | undefined
  /** How long a connection over https may take: curl itself waits for minutes. ssh sees to its own. */
  readonly connectMs?: number
  /** Default 4 MiB. */
  readonly maxOutputBytes?: number
}

const MAX_OUTPUT_BYTES = 4 * 1024 * 1024
const MAX_STDERR_CHARS = 1024 * 1024
/** So that stderr tells when a connection stands, and nothing that is secret. @see git(1), GIT_TRACE_CURL */
const TRACE = { GIT_TRACE_CURL: '1', GIT_TRACE_CURL_NO_DATA: '1', GIT_TRACE_REDACT: '1' }
const CONNECTED = '=> Send header'

/**
 * @returns how it went, whatever git said
 * @throws AppError `LAUNCHER_LOST`, `OVERLOADED`: nothing was started
 */
export async function runGit(
  launcher: Pick<Launcher, 'start' | 'ready'>,
  spec: GitSpec,
  opts: GitRunOptions = {},
): Promise<GitRun> {
  await launcher.ready()
  const { connectMs, signal, maxOutputBytes = MAX_OUTPUT_BYTES } = opts
  let stderr = ''
  const env = connectMs === undefined ? { ...spec.env } : { ...spec.env, ...TRACE }
  const git = launcher.start({
    ...spec,
    env,
    stderr: (text) => (stderr = (stderr + text).slice(0, MAX_STDERR_CHARS)),
  })
  using watch = new Watch(git)
  watch.endOnAbort(signal)
  watch.endUnless(() => stderr.includes(CONNECTED), connectMs)
  // an empty write fails when git has ended, and takes the output that nobody has read yet with it
  if (opts.input === undefined) git.stdin.end()
  else git.stdin.on('error', () => {}).end(opts.input)
  const stdout = await collect(git, maxOutputBytes)
  const exit = await git.exited.catch(lost)
  const cut = watch.cut ?? (exit.timedOut ? 'overdue' : null)
  return { code: stdout === null ? null : exit.code, stdout: stdout?.toString() ?? '', stderr, cut }
}

/** With the launcher its git is gone, too, and nobody knows how far it came. */
function lost(err: unknown): Pick<GitExit, 'code' | 'timedOut'> {
  if (err instanceof AppError && err.code === 'LAUNCHER_LOST') return { code: null, timedOut: false }
  throw err
}

/** Ends a git, and remembers why. */
class Watch implements Disposable {
  cut: Exclude<GitRun['cut'], 'overdue'> = null
  readonly #git: Pick<GitProcess, 'kill'>
  readonly #stop = new AbortController()

  constructor(git: Pick<GitProcess, 'kill'>) {
    this.#git = git
  }

  endOnAbort(signal: AbortSignal | undefined): void {
    signal?.addEventListener('abort', () => this.#end('aborted'), { once: true, signal: this.#stop.signal })
    if (signal?.aborted) this.#end('aborted')
  }

  endUnless(isConnected: () => boolean, ms: number | undefined): void {
    if (ms === undefined) return
    const timer = setTimeout(() => isConnected() || this.#end('unconnected'), ms)
    this.#stop.signal.addEventListener('abort', () => clearTimeout(timer))
  }

  #end(why: 'aborted' | 'unconnected'): void {
    this.cut ??= why
    this.#git.kill()
  }

  [Symbol.dispose](): void {
    this.#stop.abort()
  }
}
