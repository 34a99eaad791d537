/** Lets pages of other origins call the server: of those that are configured, or of all. @see https://fetch.spec.whatwg.org/#http-cors-protocol */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'

const ALLOW_METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE'
const ALLOW_HEADERS =
  'authorization, content-type, idempotency-key, if-match, if-none-match, last-event-id, x-request-id'
const EXPOSE_HEADERS =
  'etag, link, location, retry-after, x-next-cursor, x-request-id, x-total-count, ratelimit-limit, ratelimit-remaining, ratelimit-reset'
const PREFLIGHT_SECONDS = '600'

/** What every answer of a GRASP server carries. @see GRASP-01 */
export const OPEN_CORS: Readonly<Record<string, string>> = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Methods': 'GET, POST, OPTIONS',
  'Access-Control-Allow-Headers':
    'Authorization, Content-Type, Git-Protocol, Accept, Content-Encoding, X-Requested-With',
}

export function allowOrigins(app: FastifyInstance, origins: readonly string[]): void {
  const allowed = new Set(origins)
  app.addHook('onRequest', (request, reply, done) => {
    const { origin, 'access-control-request-method': preflight } = request.headers
    reply.header('vary', 'Origin')
    if (origin === undefined || !allowed.has(origin)) return done()

    reply
      .header('access-control-allow-origin', origin)
      .header('access-control-expose-headers', EXPOSE_HEADERS)
    if (request.method !== 'OPTIONS' || preflight === undefined) return done()
    void reply
      .code(204)
      .header('access-control-allow-methods', ALLOW_METHODS)
      .header('access-control-allow-headers', ALLOW_HEADERS)
      .header('access-control-max-age', PREFLIGHT_SECONDS)
      .send()
  })
}

/**
 * For all origins but those above. Below Fastify, which never sees some answers: those of git are written past it,
 * and a malformed address reaches no hook.
 */
export function allowEverybody(app: FastifyInstance, origins: readonly string[]): void {
  const configured = new Set(origins)
  const headers = Object.entries(OPEN_CORS)
  app.server.prependListener(
    'request',
    ({ headers: { origin } }: IncomingMessage, response: ServerResponse) => {
      if (origin !== undefined && configured.has(origin)) return
      for (const [name, value] of headers) response.setHeader(name, value)
    },
  )
}
