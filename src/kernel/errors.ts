/**
 * Every error and every refusal that a client can see, in two tables. docs/errors.md is generated
 * from them. How they look on a wire is the business of the room that speaks that protocol.
 */

interface ErrorEntry {
  /** HTTP status. */
  readonly status: number
  /** Code in the REST envelope. */
  readonly envelope: string
  readonly message: string
}

export const ERRORS = {
  VALIDATION_ERROR: { status: 400, envelope: 'VALIDATION_ERROR', message: 'request is not valid' },
  INVALID_OID: { status: 400, envelope: 'VALIDATION_ERROR', message: 'not an object id' },
  INVALID_REF_NAME: { status: 400, envelope: 'VALIDATION_ERROR', message: 'not a valid full ref name' },
  MALFORMED_PACKET: { status: 400, envelope: 'VALIDATION_ERROR', message: 'malformed pkt-line' },
  MALFORMED_REQUEST: { status: 400, envelope: 'VALIDATION_ERROR', message: 'malformed git request' },
  REQUEST_ABORTED: { status: 400, envelope: 'VALIDATION_ERROR', message: 'request body ended early' },
  TOO_MANY_COMMANDS: {
    status: 400,
    envelope: 'VALIDATION_ERROR',
    message: 'too many ref updates in one push',
  },
  UNKNOWN_SERVICE: { status: 400, envelope: 'VALIDATION_ERROR', message: 'unknown git service' },
  MALFORMED_HTTP: { status: 400, envelope: 'VALIDATION_ERROR', message: 'malformed HTTP request' },
  MALFORMED_JSON: { status: 400, envelope: 'VALIDATION_ERROR', message: 'body is not valid JSON' },
  UNAUTHORIZED: { status: 401, envelope: 'UNAUTHORIZED', message: 'authentication required' },
  INVALID_CREDENTIAL: { status: 401, envelope: 'UNAUTHORIZED', message: 'credential is not valid' },
  FORBIDDEN: { status: 403, envelope: 'FORBIDDEN', message: 'not allowed' },
  DUMB_HTTP: {
    status: 403,
    envelope: 'FORBIDDEN',
    message: 'dumb HTTP is not served; use a git client from this decade',
  },
  REPO_ARCHIVED: { status: 403, envelope: 'FORBIDDEN', message: 'repository is archived' },
  NOT_FOUND: { status: 404, envelope: 'NOT_FOUND', message: 'not found' },
  REPO_NOT_FOUND: { status: 404, envelope: 'NOT_FOUND', message: 'repository not found' },
  METHOD_NOT_ALLOWED: { status: 405, envelope: 'METHOD_NOT_ALLOWED', message: 'method not allowed' },
  NOT_ACCEPTABLE: { status: 406, envelope: 'NOT_ACCEPTABLE', message: 'no representation of that type' },
  REQUEST_TIMEOUT: { status: 408, envelope: 'REQUEST_TIMEOUT', message: 'request body stalled' },
  CONFLICT: { status: 409, envelope: 'CONFLICT', message: 'conflict' },
  ALREADY_EXISTS: { status: 409, envelope: 'ALREADY_EXISTS', message: 'already exists' },
  REF_STALE: { status: 409, envelope: 'REF_STALE', message: 'ref moved; fetch first' },
  MERGE_CONFLICT: { status: 409, envelope: 'MERGE_CONFLICT', message: 'both sides changed the same thing' },
  IDEMPOTENCY_KEY_REUSED: {
    status: 409,
    envelope: 'IDEMPOTENCY_KEY_REUSED',
    message: 'this Idempotency-Key was used with another request',
  },
  GONE: { status: 410, envelope: 'GONE', message: 'repository was deleted; it can still be restored' },
  PRECONDITION_FAILED: { status: 412, envelope: 'PRECONDITION_FAILED', message: 'precondition failed' },
  PAYLOAD_TOO_LARGE: { status: 413, envelope: 'PAYLOAD_TOO_LARGE', message: 'request body is too large' },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    envelope: 'UNSUPPORTED_MEDIA_TYPE',
    message: 'unsupported content type',
  },
  RANGE_NOT_SATISFIABLE: {
    status: 416,
    envelope: 'RANGE_NOT_SATISFIABLE',
    message: 'no byte of the file is in that range',
  },
  UNPROCESSABLE: { status: 422, envelope: 'UNPROCESSABLE', message: 'cannot be done' },
  OUTBOUND_REFUSED: {
    status: 422,
    envelope: 'UNPROCESSABLE',
    message: 'this server does not connect to that address',
  },
  BACKUP_UNUSABLE: {
    status: 422,
    envelope: 'UNPROCESSABLE',
    message: 'nothing can be restored from this backup',
  },
  PACK_REJECTED: { status: 422, envelope: 'UNPROCESSABLE', message: 'pack could not be unpacked' },
  RATE_LIMITED: { status: 429, envelope: 'RATE_LIMITED', message: 'too many requests' },
  HEADERS_TOO_LARGE: { status: 431, envelope: 'VALIDATION_ERROR', message: 'request headers are too large' },
  OAUTH_INVALID_REQUEST: { status: 400, envelope: 'invalid_request', message: 'the request is not valid' },
  OAUTH_INVALID_CLIENT: {
    status: 401,
    envelope: 'invalid_client',
    message: 'unknown client or wrong secret',
  },
  OAUTH_INVALID_GRANT: {
    status: 400,
    envelope: 'invalid_grant',
    message: 'the assertion, code or refresh token is not valid',
  },
  OAUTH_INVALID_SCOPE: {
    status: 400,
    envelope: 'invalid_scope',
    message: 'unknown scope, or more than the presented token allows',
  },
  OAUTH_INVALID_TARGET: {
    status: 400,
    envelope: 'invalid_target',
    message: 'no such repository, or none that this subject may use so',
  },
  OAUTH_INVALID_DETAILS: {
    status: 400,
    envelope: 'invalid_authorization_details',
    message: 'malformed authorization_details, or more than the presented token allows',
  },
  OAUTH_UNAUTHORIZED_CLIENT: {
    status: 400,
    envelope: 'unauthorized_client',
    message: 'this client may not use this grant',
  },
  OAUTH_UNSUPPORTED_GRANT_TYPE: {
    status: 400,
    envelope: 'unsupported_grant_type',
    message: 'this grant type is not offered here',
  },
  OAUTH_UNSUPPORTED_TOKEN_TYPE: {
    status: 400,
    envelope: 'unsupported_token_type',
    message: 'tokens of this type cannot be revoked here',
  },
  OAUTH_AUTHORIZATION_PENDING: {
    status: 400,
    envelope: 'authorization_pending',
    message: 'nobody has confirmed the login yet',
  },
  OAUTH_SLOW_DOWN: { status: 400, envelope: 'slow_down', message: 'ask less often' },
  OAUTH_EXPIRED_TOKEN: {
    status: 400,
    envelope: 'expired_token',
    message: 'the device code has expired; start again',
  },
  OAUTH_ACCESS_DENIED: { status: 400, envelope: 'access_denied', message: 'the login was refused' },
  INTERNAL_ERROR: { status: 500, envelope: 'INTERNAL_ERROR', message: 'internal error' },
  GIT_FAILED: { status: 500, envelope: 'INTERNAL_ERROR', message: 'git failed' },
  OUTCOME_UNKNOWN: {
    status: 500,
    envelope: 'INTERNAL_ERROR',
    message: 'it is not known whether this was applied; look before you try again',
  },
  SCHEMA_TOO_NEW: {
    status: 500,
    envelope: 'INTERNAL_ERROR',
    message: 'the database was written by a newer version; start that version, or restore a backup',
  },
  SCHEMA_TOO_OLD: {
    status: 500,
    envelope: 'INTERNAL_ERROR',
    message: 'the database was written by an earlier version; start the server of this version once',
  },
  DATA_DIRECTORY_IN_USE: {
    status: 503,
    envelope: 'UNAVAILABLE',
    message: 'another server is using this data directory',
  },
  BACKUP_FAILED: {
    status: 500,
    envelope: 'INTERNAL_ERROR',
    message: 'the backup could not be written or restored',
  },
  RESTORE_UNFINISHED: {
    status: 503,
    envelope: 'UNAVAILABLE',
    message: 'a restore into this data directory has not been finished',
  },
  KEY_SECRET_UNUSABLE: {
    status: 500,
    envelope: 'INTERNAL_ERROR',
    message: 'the secret that seals the signing keys cannot be used',
  },
  UNAVAILABLE: { status: 503, envelope: 'UNAVAILABLE', message: 'temporarily unavailable; try again' },
  UPSTREAM_UNAVAILABLE: {
    status: 503,
    envelope: 'UNAVAILABLE',
    message: 'the upstream of this repository could not be asked',
  },
  OVERLOADED: { status: 503, envelope: 'UNAVAILABLE', message: 'too many git operations at once; try again' },
  LAUNCHER_LOST: { status: 503, envelope: 'UNAVAILABLE', message: 'git was restarted; try again' },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof ERRORS

/** One fault of a request, as `details` of `VALIDATION_ERROR` lists them. */
export interface Fault {
  readonly path: string
  readonly message: string
}

/** An expected failure: a row of `ERRORS`. Everything else that is thrown is a bug. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  /** Safe to show to the client. */
  readonly details: unknown

  constructor(code: ErrorCode, opts: { details?: unknown; cause?: unknown } = {}) {
    super(ERRORS[code].message, 'cause' in opts ? { cause: opts.cause } : {})
    this.code = code
    this.details = opts.details ?? null
  }

  get status(): number {
    return ERRORS[this.code].status
  }

  /** The REST envelope. */
  toJSON(): { error: { code: string; message: string; details: unknown } } {
    const { envelope, message } = ERRORS[this.code]
    return { error: { code: envelope, message, details: this.details } }
  }
}

/** Why one ref did not move. `reason` stands on the `ng` line, `hint` on side-band 2. */
export const REFUSALS = {
  REF_NAME_INVALID: { reason: 'invalid ref name', hint: 'see git check-ref-format' },
  REF_RESERVED: { reason: 'reserved ref', hint: 'refs/internal and refs/pull are kept by the server' },
  REF_REPEATED: { reason: 'ref named twice in one push', hint: null },
  REF_STALE: {
    reason: 'stale info; fetch first',
    hint: 'the ref moved since you last saw it: git fetch, then push again',
  },
  REF_CONFLICT: { reason: 'ref name conflicts with another ref', hint: 'a/b cannot exist beside a' },
  REF_LOCKED: { reason: 'ref is locked; try again', hint: null },
  NOTHING_NAMED: { reason: 'neither old nor new value', hint: null },
  OID_FORMAT: { reason: 'object id of another object format', hint: null },
  NOT_PERMITTED: { reason: 'not permitted', hint: 'ask an owner of the repository for write access' },
  TOKEN_SCOPE: { reason: 'token does not allow this', hint: 'use a token that may write to this ref' },
  TOKEN_SIZE: { reason: 'pack is larger than the token allows', hint: null },
  REPO_ARCHIVED: { reason: 'archived', hint: 'the repository is archived; an owner can un-archive it' },
  BRANCH_PROTECTED: {
    reason: 'branch is protected',
    hint: 'push to another branch and open a pull request, or ask an owner of the repository',
  },
  REPO_JUST_MADE: { reason: 'repository is being created by another push', hint: 'push again in a moment' },
  BRANCH_NOT_COMMIT: { reason: 'a branch must point at a commit', hint: null },
  PACK_TOO_LARGE: {
    reason: 'pack is too large',
    hint: 'push in smaller steps, or raise SLUICE_MAX_PACK_BYTES',
  },
  UNPACK_FAILED: { reason: 'unpacker error', hint: null },
  OBJECTS_MISSING: {
    reason: 'missing necessary objects',
    hint: 'the pack does not hold all that the new value needs',
  },
  ATOMIC: { reason: 'atomic push failed', hint: 'another ref of this push was refused' },
  INTERNAL: {
    reason: 'internal error',
    hint: 'nothing was applied; try again, or tell the operator the request id',
  },
  STORAGE_FULL: {
    reason: 'no space left on the server',
    hint: 'nothing was applied; tell its operator, and push again later',
  },
  OUTCOME_UNKNOWN: { reason: 'outcome unknown', hint: 'fetch and look before you push again' },
  POLICY_FAILED: {
    reason: 'refused: a check could not be made',
    hint: 'the server could not decide; try again, or tell its operator',
  },
  RATE_LIMITED: {
    reason: 'too many pushes; wait and push again',
    hint: 'wait a minute, then push again',
  },
  DEADLINE: { reason: 'took too long; try again', hint: null },
  SECRET_FOUND: {
    reason: 'secret found',
    hint: 'take the secret out of every commit of this push and revoke it; if it is none, ask an owner to approve it',
  },
  STATE_MISSING: {
    reason: 'no signed state allows this',
    hint: 'publish a state (kind 30618) that a maintainer has signed to the relay of this server, then push',
  },
  STATE_DIFFERS: {
    reason: 'not what is signed',
    hint: 'publish a newer state (kind 30618) that declares these refs to the relay of this server, then push',
  },
  REF_NOT_SIGNED: {
    reason: 'no state can allow this ref',
    hint: 'push branches and tags, and tips of pull requests to refs/nostr/<id of the event>',
  },
  TIP_REFUSED: {
    reason: 'not the tip of a pull request',
    hint: 'push the commit that the event names to refs/nostr/<its id>, 64 lower-case hex digits',
  },
  TIP_TOO_LARGE: {
    reason: 'pull request is too large',
    hint: 'push fewer or smaller objects, or raise SLUICE_GRASP_MAX_TIP_BYTES',
  },
  TIPS_WAITING: {
    reason: 'too many tips wait for their events',
    hint: 'publish the event of the pull request first, then push its tip',
  },
  UPSTREAM_REFUSED: { reason: 'upstream refused', hint: null },
  UPSTREAM_UNAVAILABLE: {
    reason: 'upstream is unreachable',
    hint: 'nothing was applied, here or there; push again later',
  },
} as const satisfies Record<string, { readonly reason: string; readonly hint: string | null }>

export type RefusalCode = keyof typeof REFUSALS
