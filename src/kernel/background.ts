/** What the server does later: jobs. */

/** Type of the jobs that repack a repository; their key is its id. */
export const MAINTENANCE = 'repo_maintenance'

/** What a job says when it has ended without an error. */
export interface JobEnd {
  /** Run it again, as if it were new, at that time: milliseconds since 1970. */
  readonly again: number
}

/** Type of the jobs that remove the data of a deleted repository; their key is its id. */
export const DELETE_REPO_STORAGE = 'delete_repo_storage'

/** Key of the jobs that recur. */
export const SERVER = 'server'

/** Work of one kind. It runs at least once: doing it again must change nothing. */
export interface JobKind<Payload = unknown> {
  /** As `jobType` in the admin routes: `mirror_push`, `webhook_delivery`, … */
  readonly type: string
  /** How many of them run at once in one server. Kinds have slots of their own, so none delays another. */
  readonly slots: number
  /** Starts until it has failed for good, and is only tried again by hand. `Infinity` for what recurs. */
  readonly maxAttempts: number
  /** Where the waits between attempts stop growing; default 6 h. */
  readonly longestWaitMs?: number
  /** Every start sees to it that one is queued under the key `server`, with an empty object as payload. */
  readonly recurs?: true
  /**
   * @param signal aborts when the server stops, or another one has taken the job over: throw soon, unless all is done
   * @throws what is tried again; the message of an AppError is shown to administrators
   */
  readonly run: (payload: Payload, signal: AbortSignal) => Promise<JobEnd | void>
}
