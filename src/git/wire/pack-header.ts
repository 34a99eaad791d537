/** The twelve bytes before a pack's objects. What follows is git's to judge. @see gitformat-pack(5) */
import { AppError } from '../../kernel/errors.ts'

export const PACK_HEADER_BYTES = 12
const SIGNATURE = 'PACK'

export interface PackHeader {
  readonly version: 2 | 3
  /** As the sender claims. */
  readonly objects: number
}

/**
 * @param head the first `PACK_HEADER_BYTES` of a pack, or more
 * @throws AppError `PACK_REJECTED` with `details.reason`
 */
export function parsePackHeader(head: Buffer): PackHeader {
  if (head.length < PACK_HEADER_BYTES) throw rejected('pack ends inside its header')
  if (head.toString('latin1', 0, SIGNATURE.length) !== SIGNATURE) throw rejected('pack signature mismatch')
  const version = head.readUInt32BE(4)
  if (version !== 2 && version !== 3) throw rejected(`pack version ${version} unsupported`)
  return { version, objects: head.readUInt32BE(8) }
}

function rejected(reason: string): AppError {
  return new AppError('PACK_REJECTED', { details: { reason } })
}
