/** Ends a server without cutting off who is being served, but not for ever. */
import type { FastifyInstance } from 'fastify'

/**
 * Takes no new connections, closes idle ones, and gives running requests `graceMs` to end; then
 * their connections are cut.
 */
export async function closeWithin(app: FastifyInstance, graceMs: number): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), graceMs)
  try {
    await app.close()
  } finally {
    clearTimeout(cut)
  }
}
