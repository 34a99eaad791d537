/** The id under which a request can be found in logs: the client's own, if it is harmless. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** At most 128 visible ASCII characters. */
const ACCEPTABLE = /^[\x21-\x7e]{1,128}$/

export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && ACCEPTABLE.test(given) ? given : randomUUID()
}
