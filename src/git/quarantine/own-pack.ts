/** A pack of whole objects and its index, built in memory. No deltas: what is kept for long is repacked by git. */
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { ObjectFormat } from '../../kernel/ids.ts'
import type { NewObject } from '../../kernel/ports.ts'
import type { Deflated } from './deflate-all.ts'

const TYPE_NUMBERS = { commit: 1, tree: 2, blob: 3, tag: 4 } as const satisfies Record<
  NewObject['type'],
  number
>
const PACK_HEADER_BYTES = 12
const INDEX_MAGIC = Buffer.from([0xff, 0x74, 0x4f, 0x63, 0, 0, 0, 2])
const FAN_OUT = 256

interface Placed {
  readonly oid: Buffer
  /** Of its bytes in the pack, header and all. */
  readonly crc: number
  readonly offset: number
}

/**
 * @param objects each once; together well below 2 GiB, so that offsets fit
 * @returns `name`: the pack's checksum, hex
 * @see gitformat-pack(5)
 */
export function buildPack(
  objects: readonly Deflated[],
  format: ObjectFormat,
): { name: string; pack: Buffer; index: Buffer } {
  const parts = [packHeader(objects.length)]
  const placed: Placed[] = []
  let offset = PACK_HEADER_BYTES
  for (const { object, deflated } of objects) {
    const header = entryHeader(object)
    placed.push({ oid: Buffer.from(object.oid, 'hex'), crc: crc32(deflated, crc32(header)), offset })
    parts.push(header, deflated)
    offset += header.length + deflated.length
  }
  const checksum = checksumOf(parts, format)
  const index = buildIndex(placed, checksum, format)
  return { name: checksum.toString('hex'), pack: Buffer.concat([...parts, checksum]), index }
}

function packHeader(count: number): Buffer {
  const header = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1')
  header.writeUInt32BE(count, 8)
  return header
}

/** Type and size, four bits of it in the first byte, seven in each that follows. */
function entryHeader({ type, content }: NewObject): Buffer {
  const bytes = [(TYPE_NUMBERS[type] << 4) | (content.length & 0x0f)]
  for (let size = content.length >>> 4; size > 0; size >>>= 7) {
    bytes[bytes.length - 1]! |= 0x80
    bytes.push(size & 0x7f)
  }
  return Buffer.from(bytes)
}

/** Version 2. */
function buildIndex(placed: readonly Placed[], packChecksum: Buffer, format: ObjectFormat): Buffer {
  const sorted = placed.toSorted((a, b) => a.oid.compare(b.oid))
  const parts = [
    INDEX_MAGIC,
    words(fanOut(sorted)),
    ...sorted.map(({ oid }) => oid),
    words(sorted.map(({ crc }) => crc)),
    words(sorted.map(({ offset }) => offset)),
    packChecksum,
  ]
  return Buffer.concat([...parts, checksumOf(parts, format)])
}

/** How many names begin with at most each value of a byte. */
function fanOut(sorted: readonly Placed[]): number[] {
  const counts = new Array<number>(FAN_OUT).fill(0)
  for (const { oid } of sorted) counts[oid[0] as number]!++
  let sum = 0
  return counts.map((count) => (sum += count))
}

/** 32 bits each, highest byte first. */
function words(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  values.forEach((value, i) => bytes.writeUInt32BE(value, 4 * i))
  return bytes
}

function checksumOf(parts: readonly Buffer[], format: ObjectFormat): Buffer {
  const hash = createHash(format)
  for (const part of parts) hash.update(part)
  return hash.digest()
}
