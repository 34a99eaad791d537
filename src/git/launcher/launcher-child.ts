/** The launcher process itself: started, restarted when it dies, and told what to do. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { AppError } from '../../kernel/errors.ts'
import type { FromLauncher, ToLauncher } from './messages.ts'

export interface LauncherChildOptions {
  readonly script: string
  /** Private directory for its socket. */
  readonly directory: string
  readonly env: Readonly<Record<string, string>>
  readonly onMessage: (message: FromLauncher) => void
  readonly onLost: () => void
}

/** It only pairs sockets with messages: 8 MiB of its own pages, tried; `--jitless` gains nothing. */
const NODE_FLAGS = ['--max-old-space-size=24', '--max-semi-space-size=1', '--single-threaded']
const FIRST_RESTART_MS = 20
const MAX_RESTART_MS = 5_000

export class LauncherChild implements AsyncDisposable {
  readonly #opts: LauncherChildOptions
  #child: ChildProcess | null = null
  #socketPath: string | null = null
  #starts = 0
  #delayMs = FIRST_RESTART_MS
  #disposed = false
  readonly #waiting = new Set<{ resolve: () => void; reject: (err: Error) => void }>()
  #timer: NodeJS.Timeout | null = null

  constructor(opts: LauncherChildOptions) {
    this.#opts = opts
    this.#start()
  }

  /** `null` while there is no launcher. */
  get socketPath(): string | null {
    return this.#socketPath
  }

  get pid(): number | null {
    return this.#socketPath === null ? null : (this.#child?.pid ?? null)
  }

  /** @throws AppError `LAUNCHER_LOST` after disposal; the reason of the signal */
  async ready(signal?: AbortSignal): Promise<void> {
    if (this.#disposed) throw new AppError('LAUNCHER_LOST')
    if (this.#socketPath !== null) return
    signal?.throwIfAborted()
    await new Promise<void>((resolve, reject) => {
      const waiting = { resolve, reject }
      this.#waiting.add(waiting)
      const leave = () => {
        this.#waiting.delete(waiting)
        reject(signal?.reason as Error)
      }
      signal?.addEventListener('abort', leave, { once: true })
    })
  }

  /** Its socket was found dead: it is not used any more, though its end has not been told yet. */
  giveUp(socketPath: string): void {
    if (this.#socketPath !== socketPath) return
    this.#socketPath = null
    this.#child?.kill('SIGKILL') // the next one is started when it has ended
  }

  send(message: ToLauncher): void {
    // a failure shows as the exit of the launcher, which fails what was in flight
    if (this.#child?.connected) this.#child.send(message, () => {})
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true
    if (this.#timer) clearTimeout(this.#timer)
    this.#socketPath = null
    for (const waiting of this.#waiting) waiting.reject(new AppError('LAUNCHER_LOST'))
    const child = this.#child
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    if (child.connected) child.disconnect()
    await gone
  }

  #start(): void {
    const socketPath = join(this.#opts.directory, String(++this.#starts))
    const child = spawn(process.execPath, [...NODE_FLAGS, this.#opts.script, socketPath], {
      env: this.#opts.env,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    this.#child = child
    child.on('message', (message: FromLauncher) => {
      if (message.type === 'ready') this.#becomeReady(socketPath)
      this.#opts.onMessage(message)
    })
    child.on('error', () => {}) // 'close' follows
    child.once('close', () => this.#lost())
  }

  #becomeReady(socketPath: string): void {
    if (this.#disposed) return
    this.#socketPath = socketPath
    this.#delayMs = FIRST_RESTART_MS
    for (const waiting of this.#waiting) waiting.resolve()
    this.#waiting.clear()
  }

  #lost(): void {
    this.#socketPath = null
    this.#opts.onLost()
    if (this.#disposed) return
    this.#timer = setTimeout(() => this.#startAgain(), this.#delayMs)
    this.#delayMs = Math.min(this.#delayMs * 2, MAX_RESTART_MS)
  }

  /** A machine that has no memory for one just now may have some later. */
  #startAgain(): void {
    try {
      this.#start()
    } catch {
      this.#lost()
    }
  }
}
