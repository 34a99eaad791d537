/** One git that talks to somebody else's server: started, watched until it is connected, and read to its end. */
import { AppError } from '../../kernel/errors.ts'
import { collect } from '../launcher/collect.ts'
import type { GitProcess } from '../launcher/git-process.ts'
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
  /** Ends it after this time. */
  readonly wallMs: number
  /** How long a connection over https may take: curl itself waits for minutes. ssh sees to its own. */
  readonly connectMs?: number
  /** Default 4 MiB. */
  readonly maxOutputBytes?: number
}

const MAX_OUTPUT_BYTES = 4 * 1024 * 1024
const MAX_STDERR_CHARS = 1024 * 1024
/** So that stderr tells when a connection stands, and nothing that is secret. @see git(1), GIT_TRACE_CURL */
const TRACE = { GIT_TRACE_CURL: '1', GIT_TRACE_CURL_NO_DATA: '1', GIT_TRACE_REDACT: '1' }
/** As git itself writes it: what an upstream says stands behind something else. */
const POSTED = /^\d\d:\d\d:\d\d\.\d+ \S+ +=> Send header: POST /m
const CONNECTED = '=> Send header'

/**
 * @returns how it went, whatever git said
 * @throws AppError `LAUNCHER_LOST`, `OVERLOADED`: nothing was started
 */
export async function runGit(
  launcher: Pick<Launcher, 'start' | 'ready'>,
  spec: Omit<GitSpec, 'wallMs' | 'stderr'>,
  opts: GitRunOptions,
): Promise<GitRun> {
  await launcher.ready()
  const { connectMs, wallMs, signal, maxOutputBytes = MAX_OUTPUT_BYTES } = opts
  let stderr = ''
  const env = connectMs === undefined ? { ...spec.env } : { ...spec.env, ...TRACE }
  const git = launcher.start({
    ...spec,
    env,
    stderr: (text) => (stderr = (stderr + text).slice(0, MAX_STDERR_CHARS)),
  })
  using watch = new Watch(git)
  watch.endOnAbort(signal)
  watch.endAfter(wallMs, 'overdue')
  if (connectMs !== undefined) watch.endAfter(connectMs, 'unconnected', () => !stderr.includes(CONNECTED))
  // an empty write fails when git has ended, and takes the output that nobody has read yet with it
  if (opts.input === undefined) git.stdin.end()
  else git.stdin.on('error', () => {}).end(opts.input)
  const stdout = await collect(git, maxOutputBytes)
  const code = await Promise.race([codeOf(git), watch.ended])
  return { code: stdout === null ? null : code, stdout: stdout?.toString() ?? '', stderr, cut: watch.cut }
}

/** Over smart HTTP all but the first question is asked by POST, over the dumb one nothing is. */
export function hasPosted({ stderr }: Pick<GitRun, 'stderr'>): boolean {
  return POSTED.test(stderr)
}

/** @returns `null`: it was killed, or lost with its launcher, and nobody knows how far it came */
async function codeOf(git: GitProcess): Promise<number | null> {
  try {
    return (await git.exited).code
  } catch (err) {
    if (err instanceof AppError && err.code === 'LAUNCHER_LOST') return null
    throw err
  }
}

/** How long a git that was told to end may take, until nobody waits for it. */
const ENDING_MS = 1_500

/** Ends a git, and remembers why. */
class Watch implements Disposable {
  cut: GitRun['cut'] = null
  /**
   * A while after it was told to end. Its own end may be told much later: what it started over a shared
   * connection has its stderr, too, for as long as the upstream likes.
   */
  readonly ended: Promise<null>
  #giveUp: (value: null) => void = () => {}
  readonly #git: Pick<GitProcess, 'kill'>
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #stop = new AbortController()

  constructor(git: Pick<GitProcess, 'kill'>) {
    this.#git = git
    this.ended = new Promise((resolve) => (this.#giveUp = resolve))
  }

  endOnAbort(signal: AbortSignal | undefined): void {
    signal?.addEventListener('abort', () => this.#end('aborted'), { once: true, signal: this.#stop.signal })
    if (signal?.aborted) this.#end('aborted')
  }

  endAfter(ms: number, why: 'overdue' | 'unconnected', isStillSo: () => boolean = () => true): void {
    this.#timers.add(setTimeout(() => isStillSo() && this.#end(why), ms))
  }

  #end(why: NonNullable<GitRun['cut']>): void {
    if (this.cut !== null) return
    this.cut = why
    this.#git.kill()
    this.#timers.add(setTimeout(() => this.#giveUp(null), ENDING_MS))
  }

  [Symbol.dispose](): void {
    this.#stop.abort()
    for (const timer of this.#timers) clearTimeout(timer)
  }
}
