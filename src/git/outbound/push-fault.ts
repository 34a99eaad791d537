/**
 * Why a push came to nothing, in words of ours: what git and the remote say may quote a credential, so it is
 * read here and shown to nobody.
 */
import { AppError, type ErrorCode } from '../../kernel/errors.ts'

type Fault = readonly [saying: RegExp, code: ErrorCode, reason: string]

/** The first that matches counts. git speaks English here: see the launcher's environment. */
const FAULTS: readonly Fault[] = [
  [
    /could not read (?:Username|Password)|Authentication failed|returned error: 401/,
    'UNPROCESSABLE',
    'the remote does not accept the credential (401)',
  ],
  [/returned error: 403/, 'UNPROCESSABLE', 'the remote does not let this credential push there (403)'],
  [
    /repository '[^']*' not found|returned error: 4(?:04|10)/,
    'UNPROCESSABLE',
    'the remote has no such repository, or hides it from this credential',
  ],
  [
    /returned error: 30\d/,
    'UNPROCESSABLE',
    'the remote redirects, which is not followed: set the URL at which the repository is now',
  ],
  [/returned error: 413/, 'UNPROCESSABLE', 'the push is larger than the remote takes'],
  [/returned error: 429/, 'UNAVAILABLE', 'the remote has had too many requests'],
  [/returned error: 4\d\d/, 'UNPROCESSABLE', 'the remote refuses the request'],
  [/returned error: 5\d\d/, 'UNAVAILABLE', 'the remote failed (5xx)'],
  [/Operation too slow|timed out/i, 'UNAVAILABLE', 'the remote has stopped answering'],
  [
    /failed to connect|couldn't connect|connection refused|no route to host|unreachable/i,
    'UNAVAILABLE',
    'no connection to the remote',
  ],
  [
    /certificate|\bssl\b|\btls\b|gnutls/i,
    'UNAVAILABLE',
    'no trusted TLS connection to the remote: look at its certificate',
  ],
  [
    /hash algorithm|object[- ]format|unexpected capabilities/i,
    'UNPROCESSABLE',
    'the remote keeps another object format: one is sha1, the other sha256',
  ],
  [
    /\bDAV\b|git-http-push|is this a git repository/,
    'UNPROCESSABLE',
    'the remote is no git server that takes pushes over smart HTTP',
  ],
  [
    /empty reply|hung up|disconnect|early EOF|connection reset|RPC failed|recv failure/i,
    'UNAVAILABLE',
    'the remote ended the connection',
  ],
]

/** @param stderr of git */
export function faultOf(stderr: string): AppError {
  const known = FAULTS.find(([saying]) => saying.test(stderr))
  return known ? fault(known[1], known[2]) : unavailable('git could not push there')
}

export function unavailable(reason: string): AppError {
  return fault('UNAVAILABLE', reason)
}

function fault(code: ErrorCode, reason: string): AppError {
  return new AppError(code, { details: { reason } })
}
