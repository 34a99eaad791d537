/** Requests that come on one connection without waiting for answers (pipelined) are begun one after the other. */
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { AppError } from '../kernel/errors.ts'

/** Of one connection. Node stops reading from one whose answers pile up, so further refusals are few. */
const MAX_WAITING = 32

/**
 * Node hands out each request as it comes, but gives an answer its socket only when the one before is through. Until
 * then the answer does not hear that the client has gone, nor that what it writes will never leave: a place that is held
 * for it would be held for ever. So such a request waits, and is forgotten with its connection. One that comes when too
 * many wait is refused with `RATE_LIMITED`.
 *
 * Call before any other hook is added.
 */
export function beginInTurn(app: FastifyInstance): void {
  const waiting = new WeakMap<Socket, number>()
  app.addHook('onRequest', ({ raw: { socket } }, { raw }, done) => {
    if (raw.socket !== null) return done()
    const others = waiting.get(socket) ?? 0
    if (others === MAX_WAITING)
      return done(new AppError('RATE_LIMITED', { details: { retryAfterSeconds: 1 } }))
    waiting.set(socket, others + 1)
    const begin = () => {
      waiting.set(socket, (waiting.get(socket) ?? 1) - 1)
      done()
    }
    raw.once('socket', () => setImmediate(begin)) // it has to be node's answer first
  })
}
