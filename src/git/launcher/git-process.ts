/** One running git, seen from the server: a duplex Unix socket for its bytes, and how it ended. */
import { connect, type Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import { AppError } from '../../kernel/errors.ts'
import { ID_BYTES, type ExitedMessage, type ToLauncher } from './messages.ts'
import type { Pump } from './pump.ts'

export interface GitExit {
  /** `null` when a signal ended it. */
  readonly code: number | null
  readonly signal: string | null
  /** Last 8 KiB. */
  readonly stderr: string
  /** It ran into `wallMs`. */
  readonly timedOut: boolean
}

export interface GitProcess {
  /** `end()` is git's end of file. An early exit of git shows as EPIPE here; `exited` tells why. */
  readonly stdin: Writable
  /** The same socket: whoever starts a process reads it to its end, or destroys it. Silent when pumped. */
  readonly stdout: Readable
  /** @throws AppError `LAUNCHER_LOST`, `OVERLOADED` */
  readonly exited: Promise<GitExit>
  /** Ends git and all its children; when they have ended, what is unread of their output is dropped. */
  readonly kill: () => void
}

/** Why the kernel had no room for one more connection. */
const FULL = new Set(['EAGAIN', 'EMFILE', 'ENFILE'])

export class LaunchedProcess implements GitProcess {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly exited: Promise<GitExit>
  /** Leader of its process group; known once it runs. */
  pid: number | null = null
  readonly onStderr: ((text: string) => void) | null
  readonly #id: number
  readonly #socket: Socket
  readonly #tell: (message: ToLauncher) => void
  #settle: (exit: GitExit | AppError) => void = () => {}
  #state: 'connecting' | 'running' | 'ended' = 'connecting'
  #killed = false

  /**
   * @param request sent once connected, when the id is on its way: see `pair` of the launcher
   */
  constructor(
    id: number,
    socketPath: string,
    request: ToLauncher,
    opts: {
      tell: (message: ToLauncher) => void
      /** Nobody listens at `socketPath` any more. */
      onUnreachable: () => void
      stderr?: (text: string) => void
      pump?: Pump
    },
  ) {
    this.#id = id
    this.#tell = opts.tell
    this.onStderr = opts.stderr ?? null
    this.exited = new Promise((resolve, reject) => {
      this.#settle = (exit) => (exit instanceof AppError ? reject(exit) : resolve(exit))
    })
    this.exited.catch(() => {}) // not everyone waits for it
    const { pump } = opts
    this.#socket = connect({ path: socketPath, ...(pump ? { onread: pump.onread } : {}) })
    pump?.attach(this.#socket, this.kill)
    this.stdin = this.stdout = this.#socket
    this.#socket.write(bytesOf(id)) // in front of what others write; before 'connect' is heard below
    this.#socket.on('error', (err: NodeJS.ErrnoException) => {
      if (this.#state !== 'connecting') return
      if (FULL.has(err.code ?? '')) return this.lose('OVERLOADED')
      opts.onUnreachable()
      this.lose('LAUNCHER_LOST')
    })
    this.#socket.on('connect', () => {
      if (this.#state === 'ended') return
      this.#state = 'running'
      this.#tell(request)
      if (this.#killed) this.#end()
    })
    this.#socket.on('close', () => {
      // never started, it may have lost its connection on the way: the launcher would wait for that for ever
      if (this.#state === 'running' && this.pid === null) this.#tell({ type: 'kill', id })
    })
  }

  readonly kill = (): void => {
    if (this.#killed) return
    this.#killed = true
    if (this.#state === 'running') this.#end()
    else if (this.#state === 'ended') this.#socket.destroy() // what it has written may be unread
  }

  /** What the launcher tells of its end. */
  end(exit: ExitedMessage): void {
    this.#state = 'ended'
    this.#settle({ code: exit.code, signal: exit.signal, stderr: exit.stderr, timedOut: exit.timedOut })
  }

  /** The launcher is gone, and with it whoever would have ended this group. */
  lose(code: 'LAUNCHER_LOST' | 'OVERLOADED'): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.#socket.destroy()
    if (this.pid !== null) endGroup(this.pid)
    const details = code === 'OVERLOADED' ? { retryAfterSeconds: 1 } : null
    this.#settle(new AppError(code, { details }))
  }

  #end(): void {
    this.#tell({ type: 'kill', id: this.#id })
    this.#socket.destroy()
  }
}

function bytesOf(id: number): Buffer {
  const bytes = Buffer.alloc(ID_BYTES)
  bytes.writeUIntBE(id, 0, ID_BYTES)
  return bytes
}

/** Between SIGTERM, after which git removes its lock files, and SIGKILL. */
const GRACE_MS = 2_000

function endGroup(pid: number): void {
  signalGroup(pid, 'SIGTERM')
  setTimeout(() => signalGroup(pid, 'SIGKILL'), GRACE_MS).unref()
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // gone already
  }
}
