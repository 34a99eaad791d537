/** Ends a server without cutting off who is being served, but not for ever. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
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

/**
 * Lets nobody who has connected ahead of a request, as browsers and pools do, hold the end up: to node such
 * a connection is not idle.
 */
export function dropUnusedConnections(app: FastifyInstance): void {
  const unused = new Set<Socket>()
  app.server.on('connection', (socket: Socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  app.server.on('request', ({ socket }: IncomingMessage) => unused.delete(socket))
  app.addHook('preClose', async () => {
    for (const socket of unused) if (socket.bytesRead === 0) socket.destroy()
  })
}

/**
 * Lets no answer whose head went out before the end began, as that of a clone or a stream, hold it up when it
 * is through: its client was not told that the connection closes, and may keep it for later.
 */
export function dropAnsweredConnections(app: FastifyInstance): void {
  let isEnding = false
  app.addHook('preClose', async () => {
    isEnding = true
  })
  app.server.on('request', (_request: IncomingMessage, response: ServerResponse) => {
    response.once('close', () => {
      if (isEnding) app.server.closeIdleConnections()
    })
  })
}
