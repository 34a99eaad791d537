/**
 * pkt-line framing: four hex digits of length (themselves included), then the payload. What the
 * payload means is the business of the file named after the message.
 *
 * @see gitprotocol-common(5), "pkt-line Format"; gitprotocol-v2(5), "Packet-Line Framing"
 */
import { AppError } from '../../kernel/errors.ts'

export const FLUSH = Buffer.from('0000')
/** Separates sections of a protocol v2 message. */
export const DELIM = Buffer.from('0001')
/** Ends a stateless response of protocol v2. */
export const RESPONSE_END = Buffer.from('0002')

export const HEADER_BYTES = 4
export const MAX_PAYLOAD_BYTES = 65_516

const LENGTH = /^[0-9a-fA-F]{4}$/
/** By length: packets that have no payload. */
export const SPECIAL = ['flush', 'delim', 'response-end'] as const

export type Packet =
  | { readonly kind: 'data'; readonly payload: Buffer; readonly rest: Buffer }
  | { readonly kind: (typeof SPECIAL)[number]; readonly rest: Buffer }

/**
 * Frames one payload; text is sent as UTF-8, without a line feed of its own.
 *
 * @throws RangeError over `MAX_PAYLOAD_BYTES`: the caller has to split
 */
export function pktLine(payload: string | Buffer): Buffer {
  const bytes = Buffer.byteLength(payload)
  if (bytes > MAX_PAYLOAD_BYTES) throw new RangeError(`pkt-line payload of ${bytes} bytes`)
  const packet = Buffer.allocUnsafe(HEADER_BYTES + bytes)
  packet.write(packet.length.toString(16).padStart(HEADER_BYTES, '0'), 'latin1')
  if (typeof payload === 'string') packet.write(payload, HEADER_BYTES, 'utf8')
  else payload.copy(packet, HEADER_BYTES)
  return packet
}

/**
 * Takes one packet off the front of `buf`. Payload and rest are views, not copies.
 *
 * @returns `null` when `buf` does not yet hold a whole packet
 * @throws AppError `MALFORMED_PACKET` as soon as the four length digits are there and wrong
 */
export function takePacket(buf: Buffer): Packet | null {
  if (buf.length < HEADER_BYTES) return null
  const size = packetLength(buf)
  const special = SPECIAL[size]
  if (special !== undefined) return { kind: special, rest: buf.subarray(HEADER_BYTES) }
  if (buf.length < size) return null
  return { kind: 'data', payload: buf.subarray(HEADER_BYTES, size), rest: buf.subarray(size) }
}

/**
 * The length that the first four bytes announce, themselves included: 0, 1 and 2 are the special
 * packets, 3 means nothing, 4 is an empty line, which git reads too.
 *
 * @throws AppError `MALFORMED_PACKET`
 */
export function packetLength(head: Buffer): number {
  const digits = head.toString('latin1', 0, HEADER_BYTES)
  const size = LENGTH.test(digits) ? Number.parseInt(digits, 16) : Number.NaN
  const known = size < SPECIAL.length || (size >= HEADER_BYTES && size <= HEADER_BYTES + MAX_PAYLOAD_BYTES)
  if (!known) throw new AppError('MALFORMED_PACKET', { details: { length: digits } })
  return size
}

/** The text of a line packet. Bytes that are not UTF-8 become U+FFFD; one line feed at the end is dropped. */
export function lineOf(payload: Buffer): string {
  return payload.toString('utf8').replace(/\n$/, '')
}
