/** Tells whether a request was made on this machine, and not merely passed on by a proxy on it. */
import type { IncomingMessage } from 'node:http'

const LOOPBACK = /^(?:::1|(?:::ffff:)?127\.\d+\.\d+\.\d+)$/
const PROXY_HEADERS = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'] as const

export function isFromThisMachine(request: Pick<IncomingMessage, 'headers' | 'socket'>): boolean {
  if (PROXY_HEADERS.some((name) => request.headers[name] !== undefined)) return false
  return LOOPBACK.test(request.socket.remoteAddress ?? '')
}
