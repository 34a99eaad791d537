/** Push options: what `git push -o` sends between the commands and the pack. @see gitprotocol-pack(5) */
import type { ByteSource } from '../byte-source.ts'
import { PacketReader } from '../packet-reader.ts'
import { malformedRequest } from './malformed-request.ts'
import { HEADER_BYTES, lineOf } from './pkt-line.ts'

export const MAX_OPTIONS = 64
export const MAX_OPTION_BYTES = 4096
const MAX_BYTES = MAX_OPTIONS * (HEADER_BYTES + MAX_OPTION_BYTES + 1) + HEADER_BYTES
const CONTROL = /[\x00-\x1f\x7f]/

/**
 * Only there when the client sent the capability `push-options`.
 *
 * @throws AppError `MALFORMED_PACKET`, `MALFORMED_REQUEST`, and what `ByteSource.read` throws
 */
export async function readPushOptions(body: ByteSource): Promise<string[]> {
  const packets = new PacketReader(body, { maxBytes: MAX_BYTES, overBudget: 'MALFORMED_REQUEST' })
  const options: string[] = []
  for await (const payload of packets.untilFlush('push option')) {
    if (options.push(parseOption(payload)) > MAX_OPTIONS) throw malformedRequest('too many push options')
  }
  return options
}

function parseOption(payload: Buffer): string {
  const option = lineOf(payload)
  if (Buffer.byteLength(option) > MAX_OPTION_BYTES) throw malformedRequest('push option is too long')
  if (CONTROL.test(option)) throw malformedRequest('control character in a push option')
  return option
}
