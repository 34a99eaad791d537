/**
 * Side-band multiplexing of an answer: data, progress and a last word on one stream.
 *
 * @see gitprotocol-pack(5), "Packfile Data"; gitprotocol-capabilities(5), side-band-64k
 */
import type { Capabilities } from './capabilities.ts'
import { pktLine } from './pkt-line.ts'

export const BAND = { data: 1, progress: 2, fatal: 3 } as const
export type Band = (typeof BAND)[keyof typeof BAND]

export type SideBand = 'side-band-64k' | 'side-band'

/**
 * Bytes of one packet after the band. The manual's 65519 and 999 count the packet's length digits in,
 * or not; these are what git itself sends.
 */
export const MAX_BAND_BYTES: Readonly<Record<SideBand, number>> = {
  'side-band-64k': 65_515,
  'side-band': 995,
}

/** No data on band 1, as git sends to hold a connection open. */
export const KEEP_ALIVE = pktLine(Buffer.from([BAND.data]))

/** The wider of the bands that the client asked for; `null`: it reads none. */
export function sideBandOf(capabilities: Capabilities): SideBand | null {
  if (capabilities.has('side-band-64k')) return 'side-band-64k'
  return capabilities.has('side-band') ? 'side-band' : null
}

/** As many packets as the payload needs; none for an empty one. */
export function sideBand(band: Band, payload: string | Buffer, width: SideBand = 'side-band-64k'): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
  const mark = Buffer.from([band])
  const packets: Buffer[] = []
  for (let at = 0; at < bytes.length; at += MAX_BAND_BYTES[width]) {
    packets.push(pktLine(Buffer.concat([mark, bytes.subarray(at, at + MAX_BAND_BYTES[width])])))
  }
  return Buffer.concat(packets)
}
