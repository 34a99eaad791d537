/** Logs JSON requests that took long. Clones, pushes and streams may, and are left alone. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ErrorLog } from './error-rendering.ts'

export function logSlowRequests(app: FastifyInstance, log: ErrorLog, slowMs: number): void {
  const report = (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    const elapsedMs = Math.round(reply.elapsedTime)
    if (elapsedMs >= slowMs) {
      const { method, url } = request.routeOptions
      log.warn({ requestId: request.id, method, route: url, elapsedMs }, 'slow request')
    }
    done()
  }
  app.addHook('onRoute', (route) => {
    if (route.config?.errors === 'text' || route.config?.lasting) return
    route.onResponse = [report, ...[route.onResponse ?? []].flat()]
  })
}
