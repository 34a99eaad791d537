/** The only place that starts git. The processes are children of a small launcher, not of the server. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { AppError } from '../../kernel/errors.ts'
import { collect } from './collect.ts'
import { enforcedConfig, limited, scrubbedEnvironment, type ResourceLimits } from './environment.ts'
import { LaunchedProcess, type GitProcess } from './git-process.ts'
import { LauncherChild } from './launcher-child.ts'
import type { FromLauncher, StartMessage } from './messages.ts'
import { Pump } from './pump.ts'
import { SlabPool } from './slab-pool.ts'

export interface LauncherOptions {
  /** Path of the built launcher-process.js. */
  readonly script: string
  /** Default: `git`, looked up in PATH. */
  readonly gitPath?: string
  /** An empty directory: HOME of every git. */
  readonly environmentHome: string
  /** Told when the launcher died; it is being restarted. */
  readonly onLost?: () => void
  /** Shared with streams of other origins. Default: one of its own. */
  readonly slabs?: SlabPool
}

export interface GitSpec extends ResourceLimits {
  readonly cwd: string
  /** Without `git`. Client words only behind `--end-of-options`. */
  readonly args: readonly string[]
  /** Besides the scrubbed environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Kills the group after this time. */
  readonly wallMs?: number
  /** stderr as it comes, in pieces of any size. */
  readonly stderr?: (text: string) => void
  /** Flush stdout after every answer, by `stdbuf`; for helpers that only flush at the end. */
  readonly unbuffered?: boolean
}

export interface RunOptions {
  readonly input?: string | Buffer
  /** Exit codes that are answers, not failures. Default `[0]`. */
  readonly okCodes?: readonly number[]
  /** Default 64 MiB. */
  readonly maxOutputBytes?: number
  readonly signal?: AbortSignal
}

export interface GitResult {
  readonly code: number
  readonly stdout: Buffer
  readonly stderr: string
}

export interface PumpedProcess extends Pick<GitProcess, 'stdin' | 'exited' | 'kill'> {
  /** Everything git wrote has left through the writable. @throws AppError `REQUEST_ABORTED`: it closed */
  readonly written: Promise<void>
}

/** A Unix socket path takes 108 bytes with its final NUL. @see unix(7) */
const MAX_SOCKET_DIRECTORY_BYTES = 80
const DEFAULT_MAX_OUTPUT_BYTES = 64 * 1024 * 1024

/** @returns once git can be started; dispose to end the launcher and every git */
export async function openLauncher(opts: LauncherOptions): Promise<Launcher> {
  const parent = Buffer.byteLength(tmpdir()) > MAX_SOCKET_DIRECTORY_BYTES ? '/tmp' : tmpdir()
  const directory = await mkdtemp(join(parent, 'sluice-')) // mode 0700
  const launcher = new Launcher(opts, directory)
  await launcher.ready()
  return launcher
}

export class Launcher implements AsyncDisposable {
  readonly #directory: string
  readonly #prefix: readonly string[]
  readonly #child: LauncherChild
  readonly #processes = new Map<number, LaunchedProcess>()
  readonly #slabs: SlabPool
  #started = 0
  #startedInFront = 0

  /** Not for direct use: see `openLauncher`. */
  constructor(opts: LauncherOptions, directory: string) {
    this.#directory = directory
    this.#slabs = opts.slabs ?? new SlabPool()
    this.#prefix = [opts.gitPath ?? 'git', ...enforcedConfig(opts.environmentHome)]
    this.#child = new LauncherChild({
      script: opts.script,
      directory,
      env: scrubbedEnvironment(opts.environmentHome, process.env['PATH'] ?? '/usr/bin:/bin'),
      onMessage: (message) => this.#receive(message),
      onLost: () => {
        this.#loseAll()
        opts.onLost?.()
      },
    })
  }

  /** Processes started so far. */
  get started(): number {
    return this.#started
  }

  /** Of these, the ones that somebody waits for: maintenance, which is niced, runs when it will. */
  get startedInFront(): number {
    return this.#startedInFront
  }

  /** Process id of the launcher; `null` while it is being restarted. */
  get pid(): number | null {
    return this.#child.pid
  }

  /**
   * Resolves when git can be started: at once, except while the launcher is being restarted.
   *
   * @throws AppError `LAUNCHER_LOST` at the end of the server; the reason of the signal
   */
  ready(signal?: AbortSignal): Promise<void> {
    return this.#child.ready(signal)
  }

  /**
   * Starts git. Resources are the caller's to limit; the process is killed when `signal` aborts.
   *
   * @throws AppError `LAUNCHER_LOST` while the launcher is being restarted; the reason of `signal`
   */
  start(spec: GitSpec, opts: { signal?: AbortSignal } = {}): GitProcess {
    return this.#start(spec, opts.signal)
  }

  /**
   * Starts git and carries its output into `into`, which is not ended: flat memory at any size.
   * git is killed when `into` closes.
   *
   * @throws as `start`
   */
  startInto(into: Writable, spec: GitSpec, opts: { signal?: AbortSignal } = {}): PumpedProcess {
    const pump = new Pump(into, this.#slabs)
    const { stdin, exited, kill } = this.#start(spec, opts.signal, pump)
    return { stdin, exited, written: pump.written, kill }
  }

  /**
   * Runs git to its end.
   *
   * @throws AppError `GIT_FAILED` with stderr, `TookTooLong` or `Aborted` as the cause, `LAUNCHER_LOST`; the
   *   reason of `signal`
   */
  async run(spec: GitSpec, opts: RunOptions = {}): Promise<GitResult> {
    await this.ready(opts.signal)
    const git = this.start(spec, opts.signal ? { signal: opts.signal } : {})
    // an empty write fails when git has ended, and takes the output that nobody has read yet with it
    if (opts.input === undefined || opts.input.length === 0) git.stdin.end()
    else git.stdin.end(opts.input)
    const stdout = await collect(git, opts.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES)
    const exit = await git.exited
    opts.signal?.throwIfAborted()
    if (stdout === null) throw gitFailed(spec, 'too much output')
    if (exit.code === null && exit.timedOut)
      throw new AppError('GIT_FAILED', { cause: new TookTooLong(spec.args) })
    if (exit.signal === 'SIGABRT')
      throw new AppError('GIT_FAILED', { cause: new Aborted(spec.args, exit.stderr) })
    if (exit.code === null) throw gitFailed(spec, `ended by ${exit.signal}`)
    if (!(opts.okCodes ?? [0]).includes(exit.code))
      throw gitFailed(spec, `exit ${exit.code}: ${exit.stderr.trim()}`)
    return { code: exit.code, stdout, stderr: exit.stderr }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]()
    this.#loseAll()
    await rm(this.#directory, { recursive: true, force: true })
  }

  #start(spec: GitSpec, signal: AbortSignal | undefined, pump?: Pump): LaunchedProcess {
    signal?.throwIfAborted()
    const socketPath = this.#child.socketPath
    if (socketPath === null) throw new AppError('LAUNCHER_LOST')
    const id = ++this.#started
    if (spec.niceness === undefined) this.#startedInFront++
    const git = new LaunchedProcess(id, socketPath, this.#request(id, spec), {
      tell: (message) => this.#child.send(message),
      onUnreachable: () => this.#child.giveUp(socketPath),
      ...(spec.stderr ? { stderr: spec.stderr } : {}),
      ...(pump ? { pump } : {}),
    })
    this.#processes.set(id, git)
    signal?.addEventListener('abort', git.kill, { once: true })
    const forget = () => {
      this.#processes.delete(id)
      signal?.removeEventListener('abort', git.kill)
    }
    git.exited.then(forget, forget)
    return git
  }

  #request(id: number, spec: GitSpec): StartMessage {
    const command = limited([...this.#prefix, ...spec.args], spec)
    return {
      type: 'start',
      id,
      command: spec.unbuffered ? ['stdbuf', '-o0', ...command] : command,
      cwd: spec.cwd,
      env: spec.env ?? {},
      wallMs: spec.wallMs ?? null,
      liveStderr: spec.stderr !== undefined,
    }
  }

  #receive(message: FromLauncher): void {
    if (message.type === 'ready') return
    const git = this.#processes.get(message.id)
    if (message.type === 'started') {
      if (git) git.pid = message.pid
    } else if (message.type === 'stderr') git?.onStderr?.(message.text)
    else git?.end(message)
  }

  #loseAll(): void {
    for (const git of this.#processes.values()) git.lose('LAUNCHER_LOST')
    this.#processes.clear()
  }
}

/** Cause of a failure: git ran longer than `wallMs`. */
export class TookTooLong extends Error {
  constructor(args: readonly string[]) {
    super(`git ${args[0] ?? ''}: took too long`)
  }
}

/** Cause of a failure: git came upon what its authors held to be impossible, and would again. */
export class Aborted extends Error {
  constructor(args: readonly string[], stderr: string) {
    super(`git ${args[0] ?? ''}: aborted: ${stderr.trim()}`)
  }
}

/** The cause is for the log; a client only learns that git failed. */
function gitFailed(spec: GitSpec, why: string): AppError {
  return new AppError('GIT_FAILED', { cause: new Error(`git ${spec.args[0] ?? ''}: ${why}`) })
}
