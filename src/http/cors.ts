/** Lets pages of the configured origins call the API. @see https://fetch.spec.whatwg.org/#http-cors-protocol */
import type { FastifyInstance } from 'fastify'

const ALLOW_METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE'
const ALLOW_HEADERS =
  'authorization, content-type, idempotency-key, if-match, if-none-match, last-event-id, x-request-id'
const EXPOSE_HEADERS =
  'etag, link, location, retry-after, x-next-cursor, x-request-id, x-total-count, ratelimit-limit, ratelimit-remaining, ratelimit-reset'
const PREFLIGHT_SECONDS = '600'

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
