/**
 * Puts a remark for the person at the other end into the answer to a `fetch` of protocol v2, where its pack begins:
 * from there on it is multiplexed. An answer without a pack has no place for one.
 *
 * @see gitprotocol-v2(5), fetch, "packfile section"
 */
import { takePacket } from './pkt-line.ts'
import { BAND, sideBand } from './side-band.ts'

const NOTHING = Buffer.alloc(0)
const SECTION = 'packfile\n'
/** The section's own line, too, comes on band 1 if the client asked for `sideband-all`. */
const SECTION_LINES = new Set([SECTION, `\x01${SECTION}`])

export class PackfileRemark {
  readonly #remark: Buffer
  /** Start of a packet that is not whole yet; `null`: all that comes is passed on as it is. */
  #held: Buffer | null = NOTHING

  /** @param text one line, without its line feed */
  constructor(text: string) {
    this.#remark = sideBand(BAND.progress, `${text}\n`)
  }

  /** @param bytes of the answer, in pieces of any size @returns what to send now */
  readonly pass = (bytes: Buffer): Buffer => {
    if (this.#held === null) return bytes
    const passed: Buffer[] = []
    let rest: Buffer = Buffer.concat([this.#held, bytes])
    for (let packet = takePacket(rest); packet !== null; packet = takePacket(rest)) {
      passed.push(rest.subarray(0, rest.length - packet.rest.length))
      rest = packet.rest
      if (packet.kind !== 'data' || !SECTION_LINES.has(packet.payload.toString('latin1'))) continue
      this.#held = null
      return Buffer.concat([...passed, this.#remark, rest])
    }
    this.#held = rest
    return Buffer.concat(passed)
  }
}
