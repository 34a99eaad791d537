/** How many requests each route has answered, by status. Plain numbers, for the metrics. */
import type { FastifyInstance } from 'fastify'

export interface RequestCount {
  readonly method: string
  /** Pattern of the route, never an address; `unknown` where there is none. */
  readonly route: string
  readonly status: number
  readonly count: number
}

/** Counts every request of routes that are registered after this call. @returns reads the counts so far */
export function countRequests(app: FastifyInstance): () => readonly RequestCount[] {
  const counts = new Map<string, RequestCount>()
  app.addHook('onResponse', (request, reply, done) => {
    const { method, is404 } = request
    const route = is404 ? 'unknown' : (request.routeOptions.url ?? 'unknown')
    const status = reply.raw.statusCode
    const key = `${method} ${route} ${status}`
    counts.set(key, { method, route, status, count: (counts.get(key)?.count ?? 0) + 1 })
    done()
  })
  return () => [...counts.values()]
}
