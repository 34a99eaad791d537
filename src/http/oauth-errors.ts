/**
 * How a failure looks to an OAuth client, on routes whose `config.errors` is `oauth`. The rows
 * `OAUTH_*` of kernel/errors.ts carry the names of the RFCs; every other failure gets one of theirs.
 */
import { z } from 'zod'
import type { AppError } from '../kernel/errors.ts'
import { ERRORS } from '../kernel/errors.ts'

export interface OAuthFailure {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: { readonly error: string; readonly error_description: string }
}

/** Answers of these endpoints hold secrets, and their failures are not kept either. @see RFC 6749, section 5.1 */
export const NOT_KEPT = { 'cache-control': 'no-store', pragma: 'no-cache' } as const

const MAX_DESCRIPTION_CHARS = 200
/** @see RFC 6749, section 5.2 */
const NOT_IN_A_DESCRIPTION = /[^\x20\x21\x23-\x5b\x5d-\x7e]/g

/** @see RFC 6749, sections 4.1.2.1 and 5.2 */
export function oauthFailureOf(error: AppError): OAuthFailure {
  const own = error.code.startsWith('OAUTH_')
  const status = own ? error.status : statusOf(error.status)
  return {
    status,
    headers: { ...NOT_KEPT, ...(own && status === 401 && { 'www-authenticate': 'Basic realm="sluice"' }) },
    body: {
      error: own ? ERRORS[error.code].envelope : nameOf(status),
      error_description: descriptionOf(error),
    },
  }
}

/** The framework's own complaints about a request are no fault of type or method here. */
function statusOf(status: number): number {
  return [401, 413, 429].includes(status) || status >= 500 ? status : 400
}

function nameOf(status: number): string {
  if (status === 401) return ERRORS.OAUTH_INVALID_CLIENT.envelope // where a credential is asked for, as to introspect
  if (status === 429 || status === 503) return 'temporarily_unavailable'
  return status >= 500 ? 'server_error' : 'invalid_request'
}

function descriptionOf({ message, details }: AppError): string {
  const reason = (details as { reason?: unknown } | null)?.reason
  const said = typeof reason === 'string' ? `${message}: ${reason}` : message
  return said.replace(NOT_IN_A_DESCRIPTION, '?').slice(0, MAX_DESCRIPTION_CHARS)
}

const OAuthError = z.object({ error: z.string(), error_description: z.string() }).meta({
  id: 'OAuthError',
  example: { error: 'invalid_scope', error_description: 'unknown scope, or more than the token allows' },
})

/** Answers of a route that fail, for its `response` schema. */
export function oauthFailures<Status extends number>(
  ...statuses: Status[]
): Record<Status, typeof OAuthError> {
  const entries = statuses.map((status) => [status, OAuthError])
  return Object.fromEntries(entries) as Record<Status, typeof OAuthError>
}
