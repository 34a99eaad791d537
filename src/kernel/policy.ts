/** Who may refuse a ref update, and at which of three moments. */
import type { Resource } from './access.ts'
import type { Via } from './events.ts'
import type { PushedObjects } from './ports.ts'
import type { Principal } from './principal.ts'
import type { Redirection, RefUpdate, Refusal } from './ref-update.ts'
import type { Repository } from './repository.ts'

export interface Push {
  readonly repo: Repository
  readonly principal: Principal
  /** The principal's standing towards `repo`, read for this push. */
  readonly resource: Resource
  readonly via: Via
  readonly updates: readonly RefUpdate[]
  /** All refs or none (`git push --atomic`). */
  readonly atomic: boolean
  /** Values of `git push -o`, in order. */
  readonly options: readonly string[]
  /** Bytes the client says the pack will have; `null` when it does not say. */
  readonly announcedBytes: number | null
  /** Largest pack that the credential allows; `Infinity` when it does not say. */
  readonly maxPackBytes: number
  /**
   * The pusher is told where an update went that was redirected. Nothing may be redirected without it.
   *
   * @see gitprotocol-pack(5), report-status-v2
   */
  readonly readsRedirections?: boolean
  /** UUID of the agent that pushes for somebody, from `X-Agent-Id` or the token. */
  readonly agentId: string | null
  /** Network address of whoever asked; absent when that is the server itself. */
  readonly address?: string
  /**
   * Waits for a place among the running git processes; dispose to give it back.
   *
   * @throws AppError `OVERLOADED`
   */
  readonly admit: () => Promise<Disposable>
  /** Lines for the person at the other end while work goes on. */
  readonly progress: (text: string) => void
  /** A line that the person should read even if they want no progress. Absent: nobody reads it. */
  readonly remark?: (line: string) => void
  /** Called once refs have moved, though not yet on disk: the next writer of a branch may begin. */
  readonly onMoved?: () => void
  /** Aborts when the client has gone or the server drains. */
  readonly signal: AbortSignal
}

/** A push whose new objects can be read, though no ref points at them yet. */
export interface QuarantinedPush extends Push {
  readonly objects: PushedObjects
  /**
   * Waits for a person or another server without holding a place among the running git processes.
   *
   * @throws AppError `OVERLOADED`; what `wait` throws
   */
  readonly pause: <T>(wait: () => Promise<T>) => Promise<T>
}

/** A push whose refs are locked at their old values. */
export interface PreparedPush extends QuarantinedPush {
  /** Aborts at the deadline after which the locks are given back. */
  readonly deadline: AbortSignal
}

type Decisions<D> = readonly D[] | Promise<readonly D[]>

/** What is not named in it passes. */
export type Verdict = Decisions<Refusal | Redirection>
/** Refs are locked by then: where they go is settled. */
export type LastVerdict = Decisions<Refusal>

/**
 * Each method is optional; an empty array lets the push pass. A method that throws refuses
 * everything that still stands (fail closed), and its message never leaves the server. Only
 * `OUTCOME_UNKNOWN` goes on to the pusher: somebody else may have taken what is not refused here.
 */
export interface RefUpdatePolicy {
  readonly name: string
  /** Repositories in which it has a word; absent: all. */
  concerns?(repo: Repository): boolean
  /** Before the pack is read: names and ids only. */
  onCommands?(push: Push): Verdict
  /** Objects are in quarantine. git: `pre-receive`. */
  onObjects?(push: QuarantinedPush): Verdict
  /**
   * Refs are locked at their old values; the last veto, ref by ref. git: `reference-transaction prepared`.
   * Whoever hands the push on must have answered before `deadline`: who has not, has refused.
   */
  onPrepared?(push: PreparedPush): LastVerdict
}
