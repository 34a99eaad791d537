/** What an agent does to a server, whichever way it speaks git. */
import type { MadeCommit } from './commit-line.ts'

/** Of one agent; one call at a time. All but `prepare` are what is timed, and throw what `kindOf` can name. */
export interface LoadClient extends AsyncDisposable {
  /** Whatever must be done before a push that is not the server's affair. */
  prepare(commit: MadeCommit): Promise<void>
  /** Forced, as the ref is the agent's own. */
  push(ref: string, commit: MadeCommit): Promise<void>
  /** The default branch, one commit deep, and thrown away or, in a session, worked on. */
  clone(): Promise<void>
  /** Removes a ref. */
  remove(ref: string): Promise<void>
}

/** Where an agent works. */
export interface AgentPlace {
  /** With the origin in front, what a client is given. */
  readonly path: string
  /** Tip of what it clones; `null`: it pushes without having cloned. A push from a shallow clone says so. */
  readonly shallow: string | null
}
