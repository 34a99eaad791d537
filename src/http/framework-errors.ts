/** Names the failures that Fastify, zod and Node raise in the words of kernel/errors.ts. */
import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { AppError, REFUSALS, type ErrorCode, type Fault } from '../kernel/errors.ts'
import { isStorageFull } from '../kernel/storage-full.ts'

/** @see https://fastify.dev/docs/latest/Reference/Errors/ */
const CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_BAD_URL: 'MALFORMED_HTTP',
  FST_ERR_MAX_PARAM_LENGTH: 'MALFORMED_HTTP',
  FST_ERR_CTP_BODY_TOO_LARGE: 'PAYLOAD_TOO_LARGE',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'MALFORMED_JSON',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'MALFORMED_HTTP',
  FST_ERR_CTP_INVALID_JSON_BODY: 'MALFORMED_JSON',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
}

/** An error that carries more than its message; both kinds of validation of Fastify's look so. */
interface Raised {
  readonly code?: unknown
  readonly message?: unknown
  readonly validation?: readonly { readonly instancePath: string; readonly message?: string }[]
  readonly validationContext?: string
}

/**
 * `INTERNAL_ERROR` when it is none of ours and none that a client can cause.
 *
 * @param bodyLimit of the route, in bytes
 */
export function asAppError(thrown: unknown, bodyLimit: number): AppError {
  if (thrown instanceof AppError) return thrown
  if (isStorageFull(thrown)) return storageFull(thrown)
  const raised = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as Raised
  if (raised.validation) return new AppError('VALIDATION_ERROR', { details: faultsOf(raised) })
  const code = isAborted(raised) ? 'REQUEST_ABORTED' : (CODES[String(raised.code)] ?? 'INTERNAL_ERROR')
  return new AppError(code, { details: detailsOf(code, bodyLimit), cause: thrown })
}

/** The words of a refused push; what else a request has done may stand. */
function storageFull(cause: unknown): AppError {
  const { reason } = REFUSALS.STORAGE_FULL
  return new AppError('UNAVAILABLE', {
    details: { reason, hint: 'tell its operator, and try again later' },
    cause,
  })
}

/** Node's error for a client that left in the middle of its body. */
function isAborted({ code, message }: Raised): boolean {
  return code === 'ECONNRESET' && message === 'aborted'
}

function detailsOf(code: ErrorCode, limitBytes: number): unknown {
  if (code === 'PAYLOAD_TOO_LARGE') return { limitBytes }
  if (code === 'MALFORMED_JSON') return [{ path: '', message: 'is not valid JSON' }] satisfies Fault[]
  if (code === 'MALFORMED_HTTP') return [{ path: '', message: 'is not valid HTTP' }] satisfies Fault[]
  return null
}

/** `/a/b` in the body becomes `a.b`; faults elsewhere keep the name of their place. */
function faultsOf({ validation = [], validationContext }: Raised): Fault[] {
  const place = validationContext === 'body' || !validationContext ? [] : [validationContext]
  return validation.map(({ instancePath, message }) => ({
    path: [...place, ...instancePath.split('/').filter(Boolean)].join('.'),
    message: message ?? 'is not valid',
  }))
}

const SOCKET_CODES: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
}

/** Answers what never became a request, with these headers, too. @see Node's `clientError` event */
export function clientErrorAnswers(headers: Readonly<Record<string, string>>) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return (err: Error & { code?: string }, socket: Socket): void => answerClientError(err, socket, lines)
}

function answerClientError(err: Error & { code?: string }, socket: Socket, headers: readonly string[]): void {
  if (err.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const error = new AppError(SOCKET_CODES[String(err.code)] ?? 'MALFORMED_HTTP')
  const body = JSON.stringify(error)
  const head = [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${randomUUID()}`,
    ...headers,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
