/** An answer taken apart into its bands. @see gitprotocol-common(5); gitprotocol-pack(5), "Packfile Data" */
import { HEADER_BYTES, packetLength, SPECIAL } from '../../src/git/wire/pkt-line.ts'
import { LoadFailure } from './failure.ts'

export interface Bands {
  /** Band 1, all of it. */
  readonly data: Buffer
  /** Band 3: why there is no more. */
  readonly fatal: string | null
}

const BAND = { data: 1, fatal: 3 } as const

/**
 * Lines before the bands begin, such as those of protocol v2, are passed over: none begins with such a byte.
 *
 * @throws LoadFailure when the answer ends within a packet
 */
export function bandsOf(answer: Buffer): Bands {
  const data: Buffer[] = []
  let fatal: string | null = null
  for (let at = 0; at < answer.length;) {
    const size = packetLength(answer.subarray(at, at + HEADER_BYTES))
    const begin = at + HEADER_BYTES
    at += Math.max(size, HEADER_BYTES)
    if (at > answer.length) throw new LoadFailure('the answer ends too early')
    if (SPECIAL[size] !== undefined) continue
    const payload = answer.subarray(begin + 1, at)
    if (answer[begin] === BAND.data) data.push(payload)
    if (answer[begin] === BAND.fatal) fatal = payload.toString('utf8').trim()
  }
  return { data: Buffer.concat(data), fatal }
}
