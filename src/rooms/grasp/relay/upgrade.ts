/** Requests that ask for another protocol: WebSockets at `/` are the relay's, all others are answered over HTTP. */
import { ServerResponse, STATUS_CODES, type IncomingMessage, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { OPEN_CORS } from '../../../http/cors.ts'

export type UpgradeRefusal = 400 | 404 | 429 | 503

const RETRY_AFTER_SECONDS = 10

export function isWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket'
}

export function isAtRoot({ url = '' }: IncomingMessage): boolean {
  return url.split('?', 1)[0] === '/'
}

/**
 * As if it had not asked, and for the last time on its connection, which is no longer read: a client may offer
 * HTTP/2 without TLS, as curl does. @see RFC 9110 section 7.8
 */
export function answerInHttp(server: Server, request: IncomingMessage, wire: Socket): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuseUpgrade(wire, 400)
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(wire)
  response.once('finish', () => wire.end())
  server.emit('request', request, response)
}

export function refuseUpgrade(wire: Socket, status: UpgradeRefusal): void {
  const headers = {
    ...OPEN_CORS,
    ...(status === 429 || status === 503 ? { 'Retry-After': String(RETRY_AFTER_SECONDS) } : {}),
    'Content-Length': '0',
    Connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  wire.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n`)
  wire.destroySoon()
}
