/**
 * pkt-lines as a helper meets them: whole ones that it reads or writes, and streams of them that it
 * only passes on.
 *
 * @see gitprotocol-common(5), "pkt-line Format"; gitprotocol-v2(5), "Packet-Line Framing"
 */
import { HelperError } from '../credential-helper/helper-error.ts'

export const FLUSH = Buffer.from('0000')
/** Ends a response to a `stateless-connect` client. */
export const RESPONSE_END = Buffer.from('0002')

const HEADER_BYTES = 4
const LENGTH = /^[0-9a-f]{4}$/i

export function pktLine(text: string): Buffer {
  const payload = Buffer.from(text)
  const length = (payload.length + HEADER_BYTES).toString(16).padStart(HEADER_BYTES, '0')
  return Buffer.concat([Buffer.from(length), payload])
}

/**
 * Bytes of the packet that begins `buf`, its header included; 4 for those without a payload.
 *
 * @returns `null` while the header is not all there
 * @throws HelperError when it is no header
 */
export function packetSize(buf: Buffer): number | null {
  if (buf.length < HEADER_BYTES) return null
  const digits = buf.toString('latin1', 0, HEADER_BYTES)
  const size = LENGTH.test(digits) ? Number.parseInt(digits, 16) : Number.NaN
  if (!(size < 3 || size >= HEADER_BYTES)) throw new HelperError('the answer is no git protocol')
  return Math.max(size, HEADER_BYTES)
}

/** Header and payload of a whole packet. */
export function isFlush(packet: Buffer): boolean {
  return packet.equals(FLUSH)
}

export function textOf(packet: Buffer): string {
  return packet.toString('utf8', HEADER_BYTES).replace(/\n$/, '')
}

/**
 * Follows a stream of packets that goes elsewhere, whatever its chunks are: tells whether it was cut
 * off in the middle of one.
 */
export class PacketBoundary {
  #header = Buffer.alloc(0)
  #left = 0

  /** Between two packets. */
  get isReached(): boolean {
    return this.#left === 0 && this.#header.length === 0
  }

  /** @throws HelperError when it is no stream of packets */
  pass(chunk: Buffer): void {
    let rest = chunk
    while (rest.length > 0) {
      const skipped = Math.min(this.#left, rest.length)
      this.#left -= skipped
      rest = rest.subarray(skipped)
      if (rest.length === 0) return
      const missing = HEADER_BYTES - this.#header.length
      this.#header = Buffer.concat([this.#header, rest.subarray(0, missing)])
      rest = rest.subarray(missing)
      const size = packetSize(this.#header)
      if (size === null) return
      if (this.#header.equals(RESPONSE_END)) throw new HelperError('the answer ends before its end')
      this.#left = size - HEADER_BYTES
      this.#header = Buffer.alloc(0)
    }
  }
}
