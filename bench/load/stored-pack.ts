/**
 * A pack of whole objects whose zlib streams are stored blocks: what deflating makes of random content
 * anyway, and a hundredth of its cost to the process that makes the load.
 *
 * @see gitformat-pack(5); RFC 1950; RFC 1951, "Non-compressed blocks"
 */
import { createHash } from 'node:crypto'

export type ObjectType = 'commit' | 'tree' | 'blob'

export interface LoadObject {
  readonly type: ObjectType
  /** At most 65,535 bytes, which one stored block holds. */
  readonly content: Buffer
  /** SHA-1. */
  readonly oid: string
}

const TYPE_NUMBERS: Readonly<Record<ObjectType, number>> = { commit: 1, tree: 2, blob: 3 }
const MAX_STORED_BYTES = 0xffff
const ADLER_MODULUS = 65_521
/** So many bytes can be summed before the sums have to be reduced. */
const ADLER_BATCH = 3_800

/** @throws RangeError over 65,535 bytes */
export function loadObject(type: ObjectType, content: Buffer): LoadObject {
  if (content.length > MAX_STORED_BYTES) throw new RangeError(`${type} of ${content.length} bytes`)
  const oid = createHash('sha1').update(`${type} ${content.length}\0`).update(content).digest('hex')
  return { type, content, oid }
}

export function storedPack(objects: readonly LoadObject[]): Buffer {
  const head = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1')
  head.writeUInt32BE(objects.length, 8)
  const parts = [
    head,
    ...objects.flatMap(({ type, content }) => [entryHeader(type, content.length), stored(content)]),
  ]
  const bytes = Buffer.concat(parts)
  return Buffer.concat([bytes, createHash('sha1').update(bytes).digest()])
}

/** Type and size, four bits of it in the first byte, seven in each that follows. */
function entryHeader(type: ObjectType, length: number): Buffer {
  const bytes = [(TYPE_NUMBERS[type] << 4) | (length & 0x0f)]
  for (let size = length >>> 4; size > 0; size >>>= 7) {
    bytes[bytes.length - 1]! |= 0x80
    bytes.push(size & 0x7f)
  }
  return Buffer.from(bytes)
}

function stored(content: Buffer): Buffer {
  const stream = Buffer.allocUnsafe(content.length + 11)
  stream.writeUInt16BE(0x7801, 0)
  stream.writeUInt8(1, 2) // the last block, stored
  stream.writeUInt16LE(content.length, 3)
  stream.writeUInt16LE(content.length ^ 0xffff, 5)
  content.copy(stream, 7)
  stream.writeUInt32BE(adler32(content), 7 + content.length)
  return stream
}

function adler32(content: Buffer): number {
  let a = 1
  let b = 0
  for (let at = 0; at < content.length;) {
    const end = Math.min(at + ADLER_BATCH, content.length)
    for (; at < end; at++) {
      a += content[at]!
      b += a
    }
    a %= ADLER_MODULUS
    b %= ADLER_MODULUS
  }
  return ((b << 16) | a) >>> 0
}
