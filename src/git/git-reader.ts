/**
 * Read-only git in a repository for callers of the REST API: each process has a place in the fair queue,
 * a time, and limits of memory, processor and output. Not for what writes, nor for git's own protocol.
 */
import type { Writable } from 'node:stream'
import { AppError } from '../kernel/errors.ts'
import type { RepoHandle } from '../kernel/repository.ts'
import type { GitExit, GitProcess } from './launcher/git-process.ts'
import type { GitSpec, Launcher, PumpedProcess } from './launcher/launcher.ts'
import type { FairQueue } from './limits.ts'

export interface Reader {
  readonly repo: RepoHandle
  /** Name of the party in the queue; see `QueueKey`. */
  readonly principal: string
  /** Aborts when nobody waits for the answer any more; ends git, or the wait for a place. */
  readonly signal?: AbortSignal
}

export interface ReadLimits {
  /** Default 30 s. */
  readonly wallMs?: number
  /** Default 60 s of processor. */
  readonly cpuSeconds?: number
}

export interface RunLimits extends ReadLimits {
  /** Default 16 MiB. */
  readonly maxOutputBytes?: number
  /** Exit codes that are answers, not failures. Default `[0]`. */
  readonly okCodes?: readonly number[]
}

const DEFAULT_WALL_MS = 30_000
const DEFAULT_CPU_SECONDS = 60
const DEFAULT_OUTPUT_BYTES = 16 * 1024 * 1024

/** What git and the allocator say when `memoryBytes` is reached. */
const OUT_OF_MEMORY = /out of memory|cannot allocate memory|mmap failed|failed to (?:m?alloc|mmap)/i

/** No path of a client is ever a pattern. @see git(1), --literal-pathspecs; git-config(1) */
const ENFORCED = [
  '--literal-pathspecs',
  ...['-c', 'core.quotePath=false'],
  // names stand as the commits have them, whatever the HEAD of a bare repository says of them
  ...['-c', 'mailmap.blob='],
  // larger files are binary to a diff and are streamed into archives, so that they fit into the memory
  ...['-c', 'core.bigFileThreshold=32m'],
]

export class GitReader {
  readonly #launcher: Launcher
  readonly #queue: FairQueue
  readonly #memoryBytes: number
  readonly #beforeEach: (repo: RepoHandle) => void

  /** @param opts `beforeEach`: called before a git is started */
  constructor(
    launcher: Launcher,
    queue: FairQueue,
    opts: { memoryBytes: number; beforeEach?: (repo: RepoHandle) => void },
  ) {
    this.#launcher = launcher
    this.#queue = queue
    this.#memoryBytes = opts.memoryBytes
    this.#beforeEach = opts.beforeEach ?? (() => {})
  }

  /**
   * Runs git to its end.
   *
   * @param args without `git`; ids instead of names, client words only behind `--end-of-options` or `--`
   * @returns its stdout
   * @throws AppError `UNPROCESSABLE` (too much output, or memory), `UNAVAILABLE` (too slow), `GIT_FAILED`,
   *   `OVERLOADED`, `LAUNCHER_LOST`; the reason of the signal
   */
  async run(reader: Reader, args: readonly string[], limits: RunLimits = {}): Promise<Buffer> {
    const { maxOutputBytes = DEFAULT_OUTPUT_BYTES, okCodes = [0] } = limits
    const git = await this.start(reader, args, limits)
    const chunks: Buffer[] = []
    let bytes = 0
    await readAll(git, (chunk) => {
      bytes += chunk.length
      if (bytes > maxOutputBytes) return false
      chunks.push(chunk)
      return true
    })
    if (bytes > maxOutputBytes) throw tooMuch('the result is too large')
    const exit = await git.exited
    reader.signal?.throwIfAborted()
    checkExit(args, exit, okCodes)
    return Buffer.concat(chunks)
  }

  /**
   * Starts git; whoever does reads its stdout to the end, or kills it. stdin is at its end.
   *
   * @throws AppError `OVERLOADED`, `LAUNCHER_LOST`; the reason of the signal
   */
  async start(reader: Reader, args: readonly string[], limits: ReadLimits = {}): Promise<GitProcess> {
    return this.#startWith(reader, (opts) => {
      const git = this.#launcher.start(this.#spec(reader.repo, args, limits), opts)
      git.stdin.on('error', () => {}) // git may end first; `exited` tells
      git.stdin.end()
      return git
    })
  }

  /**
   * Starts git and carries its output into `into`, which is not ended, at the pace of whoever reads there.
   * The place in the queue is held until git has ended.
   *
   * @throws as `start`
   */
  async startInto(
    reader: Reader,
    into: Writable,
    args: readonly string[],
    limits: ReadLimits = {},
  ): Promise<PumpedProcess> {
    return this.#startWith(reader, (opts) => {
      const git = this.#launcher.startInto(into, this.#spec(reader.repo, args, limits), opts)
      git.stdin.on('error', () => {})
      git.stdin.end()
      return git
    })
  }

  /**
   * A place in the queue for work that starts no git and yet weighs as much. Dispose to give it back.
   *
   * @throws AppError `OVERLOADED`; the reason of the signal
   */
  place({ repo, principal, signal }: Reader): Promise<Disposable> {
    return this.#queue.enter({ repoId: repo.id, principal }, signal)
  }

  async #startWith<G extends Pick<GitProcess, 'exited'>>(
    reader: Reader,
    start: (opts: { signal?: AbortSignal }) => G,
  ): Promise<G> {
    const { signal } = reader
    const place = await this.place(reader)
    const leave = () => place[Symbol.dispose]()
    try {
      await this.#launcher.ready(signal)
      this.#beforeEach(reader.repo)
      const git = start(signal ? { signal } : {})
      git.exited.then(leave, leave)
      return git
    } catch (err) {
      leave()
      throw err
    }
  }

  #spec(repo: RepoHandle, args: readonly string[], limits: ReadLimits): GitSpec {
    return {
      cwd: repo.path,
      args: [...ENFORCED, ...args],
      memoryBytes: this.#memoryBytes,
      wallMs: limits.wallMs ?? DEFAULT_WALL_MS,
      cpuSeconds: limits.cpuSeconds ?? DEFAULT_CPU_SECONDS,
    }
  }
}

/**
 * Reads stdout to its end, or until `take` answers `false`: then git is killed.
 *
 * @returns whether it was read to the end
 * @throws what `take` throws
 */
export function readAll(git: GitProcess, take: (chunk: Buffer) => boolean): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const takeNext = (chunk: Buffer) => {
      try {
        if (take(chunk)) return
      } catch (err) {
        reject(err as Error)
      }
      git.stdout.off('data', takeNext)
      git.kill()
      resolve(false)
    }
    git.stdout.on('data', takeNext)
    git.stdout.on('close', () => resolve(true))
  })
}

/** @returns why git did not end by itself: it reached a limit; `null` when it did */
export function limitReached(exit: GitExit): 'time' | 'memory' | null {
  if (exit.timedOut || exit.signal === 'SIGXCPU') return 'time'
  return exit.code !== 0 && OUT_OF_MEMORY.test(exit.stderr) ? 'memory' : null
}

/** @throws AppError as `GitReader.run` */
export function checkExit(args: readonly string[], exit: GitExit, okCodes: readonly number[] = [0]): void {
  if (exit.code !== null && okCodes.includes(exit.code)) return
  const limit = limitReached(exit)
  if (limit === 'time') throw new AppError('UNAVAILABLE', { details: { reason: 'took too long' } })
  if (limit === 'memory') throw tooMuch('needs more memory than the server gives')
  const how = exit.code === null ? `ended by ${exit.signal}` : `exit ${exit.code}`
  throw new AppError('GIT_FAILED', {
    cause: new Error(`git ${args[0] ?? ''}: ${how}: ${exit.stderr.trim()}`),
  })
}

function tooMuch(reason: string): AppError {
  return new AppError('UNPROCESSABLE', { details: { reason } })
}
