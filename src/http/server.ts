/**
 * The HTTP shell: limits, request ids, one error shape, permission on every route. Knows no room.
 * Fastify's own logger is off, so `request.log` goes nowhere: what is worth a line is thrown, or slow.
 */
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { AppError } from '../kernel/errors.ts'
import { dropAnsweredConnections, dropUnusedConnections } from './closing.ts'
import { allowEverybody, allowOrigins, OPEN_CORS } from './cors.ts'
import { renderErrors, type ErrorLog } from './error-rendering.ts'
import { clientErrorAnswers } from './framework-errors.ts'
import { beginInTurn } from './in-turn.ts'
import { guardRoutes, type PermissionParts } from './permission.ts'
import { requestIdOf } from './request-id.ts'
import { logSlowRequests } from './slow-requests.ts'

export interface ServerParts {
  readonly log: ErrorLog
  /** CIDR ranges of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[]
  /** Browser origins that may call with credentials; none: no CORS headers at all. */
  readonly corsOrigins: readonly string[]
  /** Pages of any other origin may call as well, without a credential of the browser's. */
  readonly isOpenToPages: boolean
  /** JSON requests that take longer are logged. */
  readonly slowRequestMs: number
  readonly permission: PermissionParts
}

const MAX_JSON_BYTES = 2 * 1024 * 1024
const MAX_HEADER_BYTES = 16 * 1024
const HEADERS_TIMEOUT_MS = 30_000
/** libgit2 packs for 20 s between two requests of one push and then uses the same connection. */
const KEEP_ALIVE_MS = 125_000
/** In neither direction a byte: such a connection would hold what it has, a place for git say, for ever. */
const SILENCE_MS = 10 * 60_000
/** Long names shall reach validation and get its message. */
const MAX_PARAM_CHARS = 8 * 1024

/** A server without routes. Register rooms on it, then `listen`. */
export function createServer(parts: ServerParts): FastifyInstance {
  const render = renderErrors(parts.log)
  const app = Fastify({
    logger: false,
    bodyLimit: MAX_JSON_BYTES,
    requestTimeout: 0, // an upload may take hours; idle bodies are cut by their reader
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionTimeout: SILENCE_MS,
    http: { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: HEADERS_TIMEOUT_MS },
    routerOptions: { maxParamLength: MAX_PARAM_CHARS },
    trustProxy: parts.trustedProxies.length > 0 ? [...parts.trustedProxies] : false,
    genReqId: requestIdOf,
    return503OnClosing: false, // a connection that is still open gets its answer, then `close`
    forceCloseConnections: 'idle',
    frameworkErrors: (err, request, reply) => {
      reply.header('x-request-id', request.id)
      if (parts.isOpenToPages && request.method === 'OPTIONS') answerOptions(reply)
      else render(err, request, reply)
    },
    clientErrorHandler: clientErrorAnswers(parts.isOpenToPages ? OPEN_CORS : {}),
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(render)
  acceptJsonOnly(app)
  beginInTurn(app)
  if (parts.corsOrigins.length > 0) allowOrigins(app, parts.corsOrigins)
  if (parts.isOpenToPages) allowEverybody(app, parts.corsOrigins)
  dropUnusedConnections(app)
  dropAnsweredConnections(app)
  nameRequests(app, parts.isOpenToPages)
  logSlowRequests(app, parts.log, parts.slowRequestMs)
  guardRoutes(app, parts.permission)
  return app
}

/**
 * A hook that every request passes. Unknown routes end here, before their body is looked at.
 *
 * @param hasOptions whether pages may ask for the options of any address, also where there is nothing
 */
function nameRequests(app: FastifyInstance, hasOptions: boolean): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    if (!request.is404) return done()
    const allow = methodsAt(app, request)
    if (request.method === 'OPTIONS' && (hasOptions || allow !== '')) answerOptions(reply, allow)
    else if (allow === '') done(new AppError('NOT_FOUND'))
    else done(new AppError('METHOD_NOT_ALLOWED', { details: { allow } }))
  })
}

function answerOptions(reply: FastifyReply, allow = ''): void {
  if (allow !== '') reply.header('allow', allow)
  void reply.code(204).send()
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** Value of `Allow`; empty when there is nothing at the address. @see RFC 9110 sections 9.3.7, 15.5.6 */
function methodsAt(app: FastifyInstance, request: FastifyRequest): string {
  const url = request.url.split('?', 1)[0] ?? ''
  return METHODS.filter((method) => app.findRoute({ method, url }) !== null).join(', ')
}

/** Other types are 415 unless a room adds its parser. An empty body is no body, whatever its type. */
function acceptJsonOnly(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined)
    else void parseJson(request, body as string, done)
  })
}
