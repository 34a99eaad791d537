/** A pack and its index, built in memory of what is compressed already. What is kept for long is repacked by git. */
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { ObjectFormat, Oid } from '../../kernel/ids.ts'
import type { NewObject } from '../../kernel/ports.ts'
import type { Deflated } from './deflate-all.ts'

export interface PackItem {
  readonly oid: Oid
  readonly type: NewObject['type']
  /** Inflated: an object, or the delta that makes it of `base`. */
  readonly bytes: number
  readonly deflated: Buffer
  /** Which of the items before it; `null`: it is whole. */
  readonly base: number | null
}

export interface BuiltPack {
  /** The pack's checksum, hex. */
  readonly name: string
  readonly pack: Buffer
  readonly index: Buffer
}

const TYPE_NUMBERS = { commit: 1, tree: 2, blob: 3, tag: 4 } as const satisfies Record<
  NewObject['type'],
  number
>
const OFFSET_DELTA = 6
const PACK_HEADER_BYTES = 12
const INDEX_MAGIC = Buffer.from([0xff, 0x74, 0x4f, 0x63, 0, 0, 0, 2])
const FAN_OUT = 256

interface Placed {
  readonly oid: Buffer
  /** Of its bytes in the pack, header and all. */
  readonly crc: number
  readonly offset: number
}

/** As `packItems`, of whole objects. */
export function buildPack(objects: readonly Deflated[], format: ObjectFormat): BuiltPack {
  const whole = ({ object: { oid, type, content }, deflated }: Deflated) => {
    return { oid, type, bytes: content.length, deflated, base: null }
  }
  return packItems(objects.map(whole), format)
}

/**
 * @param items each object once; together well below 2 GiB, so that offsets fit
 * @see gitformat-pack(5)
 */
export function packItems(items: readonly PackItem[], format: ObjectFormat): BuiltPack {
  const parts = [packHeader(items.length)]
  const placed: Placed[] = []
  let offset = PACK_HEADER_BYTES
  for (const item of items) {
    const { oid, deflated } = item
    const base = item.base === null ? null : (placed[item.base] as Placed)
    const header = entryHeader(item, base && offset - base.offset)
    placed.push({ oid: Buffer.from(oid, 'hex'), crc: crc32(deflated, crc32(header)), offset })
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

/**
 * Type and size, four bits of it in the first byte, seven in each that follows; then how far back the base is.
 *
 * @param distance to the base; `null`: a whole object
 */
function entryHeader({ type, bytes: size }: PackItem, distance: number | null): Buffer {
  const bytes = [((distance === null ? TYPE_NUMBERS[type] : OFFSET_DELTA) << 4) | (size & 0x0f)]
  for (let left = size >>> 4; left > 0; left >>>= 7) {
    bytes[bytes.length - 1]! |= 0x80
    bytes.push(left & 0x7f)
  }
  return Buffer.from(distance === null ? bytes : [...bytes, ...distanceBytes(distance)])
}

/** Most significant first, and one less for each byte but the last. */
function distanceBytes(distance: number): number[] {
  const bytes = [distance & 0x7f]
  for (let left = distance >>> 7; left > 0; left >>>= 7) bytes.unshift(0x80 | (--left & 0x7f))
  return bytes
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
