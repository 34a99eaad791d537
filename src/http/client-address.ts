/** Where a request comes from that Fastify never sees, such as an upgrade; of the others it is `request.ip`. */
import type { IncomingMessage } from 'node:http'
import { addressesIn } from './outbound/address-ranges.ts'

/**
 * @param trustedProxies CIDR ranges
 * @returns what finds the nearest address that is no such proxy's; the farthest when all are
 */
export function clientAddress(trustedProxies: readonly string[]): (request: IncomingMessage) => string {
  const isTrusted = addressesIn(trustedProxies)
  return ({ socket, headers }) => {
    const peer = withoutMapping(socket.remoteAddress ?? '')
    const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',')
    const before = forwarded.split(',').flatMap((part) => part.trim() || [])
    const hops = [peer, ...before.reverse().map(withoutMapping)]
    return hops.find((hop) => !isTrusted(hop)) ?? hops.at(-1) ?? peer
  }
}

/** @see RFC 4291 section 2.5.5.2 */
function withoutMapping(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}
