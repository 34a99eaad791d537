/**
 * The only place where a failure becomes an HTTP response: the REST envelope, a few lines of text on
 * git routes, or the names of the RFCs on OAuth routes. Refused refs of a push are results and are reported by the
 * transport room.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../kernel/errors.ts'
import { asAppError } from './framework-errors.ts'
import { oauthFailureOf } from './oauth-errors.ts'

/** What the shell needs of a logger; pino's has more. */
export interface ErrorLog {
  error(fields: object, message: string): void
  warn(fields: object, message: string): void
}

const MAX_TEXT_BYTES = 1024
/** A handler may have set them before it failed; a failure is not kept for a year. */
const OF_THE_ANSWER = ['etag', 'cache-control', 'content-disposition']
const CHALLENGES = ['Bearer realm="sluice"', 'Basic realm="sluice"']

/** Error handler of the server. What is no `AppError` is a bug: logged whole, and told to nobody. */
export function renderErrors(log: ErrorLog) {
  return (thrown: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const { bodyLimit, config } = request.routeOptions
    const error = asAppError(thrown, bodyLimit)
    if (error.status >= 500) logFailure(log, thrown, request)
    const text = config?.errors === 'text'
    for (const name of OF_THE_ANSWER) reply.removeHeader(name)
    if (config?.errors === 'oauth') return sendOAuth(error, reply)
    void reply
      .code(error.status)
      .headers(headersOf(error))
      .type(text ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8')
      .send(text ? textOf(error) : JSON.stringify(error))
  }
}

function sendOAuth(error: AppError, reply: FastifyReply): void {
  const { status, headers, body } = oauthFailureOf(error)
  void reply
    .code(status)
    .headers({ ...headersOf(error), ...headers })
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(body))
}

/** Message and reason, then hint and how long to wait, as git prints them behind `remote:`; at most 1 KiB. */
export function textOf(error: AppError): string {
  const { reason, hint, upstream } = (error.details ?? {}) as Readonly<Record<string, unknown>>
  const message = typeof upstream === 'string' ? `upstream ${upstream} is unreachable` : error.message
  const said = typeof reason === 'string' ? `${message}: ${reason}` : message
  const wait = waitOf(error)
  const lines = [
    said,
    ...(typeof hint === 'string' ? [hint] : []),
    ...(wait === null ? [] : [`retry after ${wait}`]),
  ]
  return Buffer.from(lines.map((line) => `${line}\n`).join(''))
    .subarray(0, MAX_TEXT_BYTES)
    .toString()
}

/** `12 seconds`: what `Retry-After` says, which git shows nobody. `null`: it is not known. */
export function waitOf({ details }: AppError): string | null {
  const seconds = (details as { readonly retryAfterSeconds?: unknown } | undefined)?.retryAfterSeconds
  return typeof seconds === 'number' ? `${seconds} ${seconds === 1 ? 'second' : 'seconds'}` : null
}

/** Headers that belong to the failure itself. @see RFC 6750 section 3, RFC 9110 sections 10.2.1, 10.2.3 */
export function headersOf(error: AppError): Record<string, string | string[]> {
  const details = (error.details ?? {}) as Record<string, unknown>
  switch (error.status) {
    case 401:
      return { 'www-authenticate': CHALLENGES, 'cache-control': 'no-store' }
    case 403:
      return details['missing'] === 'scope'
        ? { 'www-authenticate': `Bearer error="insufficient_scope", scope="${String(details['required'])}"` }
        : {}
    case 405:
      return { allow: String(details['allow']) }
    case 429:
    case 503:
      return { 'retry-after': String(details['retryAfterSeconds'] ?? 1) }
    default:
      return {}
  }
}

/** Route pattern, never the address: a client may have put a credential into its query. */
function logFailure(log: ErrorLog, err: unknown, request: FastifyRequest): void {
  const fields = { err, requestId: request.id, method: request.method, route: request.routeOptions.url }
  if (err instanceof AppError && err.status === 503) log.warn(fields, 'request could not be served')
  else log.error(fields, 'request failed')
}
