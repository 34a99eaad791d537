/** What the server and its launcher say to each other: over the IPC channel, and in front of each connection. */

/** The first bytes of a connection are the id of its process; git gets those behind them. */
export const ID_BYTES = 6

export interface StartMessage {
  readonly type: 'start'
  readonly id: number
  /** Whole command, program first. */
  readonly command: readonly string[]
  readonly cwd: string
  /** On top of the launcher's own, scrubbed environment. */
  readonly env: Readonly<Record<string, string>>
  /** Milliseconds after which the process group is killed; `null` for never. */
  readonly wallMs: number | null
  /** Send stderr as it comes, not only its tail at the end. */
  readonly liveStderr: boolean
}

export interface KillMessage {
  readonly type: 'kill'
  readonly id: number
}

export type ToLauncher = StartMessage | KillMessage

export interface ExitedMessage {
  readonly type: 'exited'
  readonly id: number
  /** `null` when a signal ended it, or when it could not be started. */
  readonly code: number | null
  readonly signal: string | null
  /** Last bytes of stderr, or why it could not be started. */
  readonly stderr: string
  readonly timedOut: boolean
}

export type FromLauncher =
  | { readonly type: 'ready' }
  | { readonly type: 'started'; readonly id: number; readonly pid: number }
  | { readonly type: 'stderr'; readonly id: number; readonly text: string }
  | ExitedMessage
