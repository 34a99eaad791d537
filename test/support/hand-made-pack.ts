/** Objects and packs put together byte by byte: what no git would write. @see gitformat-pack(5) */
import { createHash } from 'node:crypto'
import { constants, deflateRawSync, deflateSync } from 'node:zlib'
import type { ObjectFormat } from '../../src/kernel/ids.ts'

const TYPES = { commit: 1, tree: 2, blob: 3, tag: 4, 'ofs-delta': 6, 'ref-delta': 7 } as const
export type ObjectKind = 'commit' | 'tree' | 'blob' | 'tag'

export interface PackEntry {
  readonly type: keyof typeof TYPES
  /** Inflated, as the header of the entry claims. */
  readonly bytes: number
  /** What stands between the header and the zlib stream: the base of a delta. */
  readonly before?: Buffer
  readonly deflated: Buffer
}

export interface MadeObject {
  readonly oid: string
  readonly entry: PackEntry
}

export function object(
  type: ObjectKind,
  content: Buffer | string,
  format: ObjectFormat = 'sha1',
): MadeObject {
  const data = Buffer.from(content as string)
  const oid = createHash(format).update(`${type} ${data.length}\0`).update(data).digest('hex')
  return { oid, entry: { type, bytes: data.length, deflated: deflateSync(data) } }
}

export interface TreeEntry {
  readonly mode?: string
  readonly name: string
  readonly oid: string
}

/** Entries as given: neither sorted nor looked at. */
export function tree(entries: readonly TreeEntry[], format: ObjectFormat = 'sha1'): MadeObject {
  const parts = entries.map(({ mode = '100644', name, oid }) =>
    Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(oid, 'hex')]),
  )
  return object('tree', Buffer.concat(parts), format)
}

export function commit(treeOid: string): MadeObject {
  const who = 'M <m@example.test> 1700000000 +0000'
  return object('commit', `tree ${treeOid}\nauthor ${who}\ncommitter ${who}\n\nmade by hand\n`)
}

/** An object that says it is made from another one, which is in the pack or nowhere. */
export function refDelta(baseOid: string, delta: Buffer): PackEntry {
  return {
    type: 'ref-delta',
    bytes: delta.length,
    before: Buffer.from(baseOid, 'hex'),
    deflated: deflateSync(delta),
  }
}

/** Copies the first `copyBytes` of its base `times` times. */
export function copyingDelta(opts: { baseBytes: number; copyBytes: number; times: number }): Buffer {
  const size = [opts.copyBytes & 0xff, (opts.copyBytes >> 8) & 0xff, (opts.copyBytes >> 16) & 0xff]
  const copy = Buffer.from([0x80 | 0x70, ...size])
  const copies = Array.from({ length: opts.times }, () => copy)
  return Buffer.concat([varint(opts.baseBytes), varint(opts.copyBytes * opts.times), ...copies])
}

/** `mebibytes` of zeros, about a thousandth of that on the wire; made without holding them. */
export function zeros(type: ObjectKind, mebibytes: number): PackEntry {
  const mebibyte = 1024 * 1024
  const block = deflateRawSync(Buffer.alloc(mebibyte), { finishFlush: constants.Z_FULL_FLUSH })
  const bytes = mebibytes * mebibyte
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE((bytes % 65_521) * 65_536 + 1) // Adler-32 of zeros
  const blocks = Array.from({ length: mebibytes }, () => block)
  const end = Buffer.from([0x03, 0x00])
  return { type, bytes, deflated: Buffer.concat([Buffer.from([0x78, 0x9c]), ...blocks, end, checksum]) }
}

/** @param distance from the header of the base to that of the delta */
export function offsetDelta(distance: number, delta: Buffer): PackEntry {
  const bytes = [distance & 0x7f]
  for (let rest = distance >>> 7; rest > 0; rest >>>= 7) bytes.unshift(0x80 | (--rest & 0x7f))
  return { type: 'ofs-delta', bytes: delta.length, before: Buffer.from(bytes), deflated: deflateSync(delta) }
}

/** Copies all of a base of less than 64 KiB, and puts something behind it. */
export function appendingDelta(baseBytes: number, more: Buffer): Buffer {
  const copy = Buffer.from([0x80 | 0x30, baseBytes & 0xff, baseBytes >> 8])
  const insert = more.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([more.length]), more])
  return Buffer.concat([varint(baseBytes), varint(baseBytes + more.length), copy, insert])
}

/** Of the whole entry in its pack. */
export function entryBytes(entry: PackEntry): number {
  return entryHeader(entry).length + (entry.before?.length ?? 0) + entry.deflated.length
}

export function makePack(entries: readonly PackEntry[], format: ObjectFormat = 'sha1'): Buffer {
  const header = Buffer.alloc(12)
  header.write('PACK')
  header.writeUInt32BE(2, 4)
  header.writeUInt32BE(entries.length, 8)
  const body = entries.flatMap((e) => [entryHeader(e), e.before ?? Buffer.alloc(0), e.deflated])
  const pack = Buffer.concat([header, ...body])
  return Buffer.concat([pack, createHash(format).update(pack).digest()])
}

/** Three bits of type and a size of four bits, then seven bits a byte. */
function entryHeader({ type, bytes }: PackEntry): Buffer {
  const low = (TYPES[type] << 4) | (bytes & 0x0f)
  const rest = Math.floor(bytes / 16)
  return rest === 0 ? Buffer.from([low]) : Buffer.concat([Buffer.from([low | 0x80]), varint(rest)])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    const more = rest >= 128
    bytes.push((rest % 128) | (more ? 0x80 : 0))
    if (!more) return Buffer.from(bytes)
  }
}
