/** What a call to a server fails with. It never holds a token. */
import type { ErrorCode, ERRORS } from '../kernel/errors.ts'

/** Codes that servers answer; docs/errors.md says what each means. */
export type ServerErrorCode = (typeof ERRORS)[ErrorCode]['envelope']

/** Failures on this side of the wire. */
export type ClientErrorCode =
  /** Nobody answered: no route, no name, connection lost. `cause` says why. */
  | 'NO_ANSWER'
  /** What answered is no Sluice server, or something between that changed the answer. */
  | 'MALFORMED_ANSWER'
  /** The server points elsewhere; a credential is not sent there. */
  | 'REDIRECTED'

export class SluiceError extends Error {
  override readonly name = 'SluiceError'
  /** Servers newer than this client may answer others. */
  readonly code: ServerErrorCode | ClientErrorCode | (string & {})
  /** HTTP status; `null` where there was no answer. */
  readonly status: number | null
  /** As the server gave them; `details.reason` says what to do next where there is one. */
  readonly details: unknown
  /** For the operator of the server, who finds the request in the log by it. */
  readonly requestId: string | null

  constructor(
    code: SluiceError['code'],
    message: string,
    opts: { status?: number; details?: unknown; requestId?: string | null; cause?: unknown } = {},
  ) {
    super(message, 'cause' in opts ? { cause: opts.cause } : {})
    this.code = code
    this.status = opts.status ?? null
    this.details = opts.details ?? null
    this.requestId = opts.requestId ?? null
  }
}
