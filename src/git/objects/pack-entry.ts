/** The header of one object in a pack: its type and size, or its delta base. @see gitformat-pack(5) */
import type { ObjectType } from './object-type.ts'

export type PackEntry =
  | { readonly kind: 'whole'; readonly type: ObjectType; readonly size: number; readonly bodyAt: number }
  /** `base`: offset in the same pack, or the binary id of an object in it. `size`: of the inflated delta. */
  | {
      readonly kind: 'delta'
      readonly base: number | Buffer
      readonly size: number
      readonly bodyAt: number
    }

/** Bytes that hold the header of any entry: two numbers of ten bytes, or one and an id of 32. */
export const ENTRY_HEADER_BYTES = 48

const WHOLE = new Map<number, ObjectType>([
  [1, 'commit'],
  [2, 'tree'],
  [3, 'blob'],
  [4, 'tag'],
])
const OFFSET_DELTA = 6
const ID_DELTA = 7

/**
 * @param head starts at the entry; more is ignored
 * @param offset of the entry in the pack
 * @throws Error when the bytes are no entry
 */
export function parsePackEntry(head: Buffer, offset: number, hashBytes: number): PackEntry {
  const { type, size, next } = takeTypeAndSize(head)
  const whole = WHOLE.get(type)
  if (whole !== undefined) return { kind: 'whole', type: whole, size, bodyAt: offset + next }
  if (type === ID_DELTA && head.length >= next + hashBytes) {
    const base = head.subarray(next, next + hashBytes)
    return { kind: 'delta', base, size, bodyAt: offset + next + hashBytes }
  }
  if (type !== OFFSET_DELTA) throw damaged()
  const back = takeDistance(head, next)
  if (back.value <= 0 || back.value > offset) throw damaged()
  return { kind: 'delta', base: offset - back.value, size, bodyAt: offset + back.next }
}

/** Three bits of type and four of size in the first byte, then seven a byte. */
function takeTypeAndSize(head: Buffer): { type: number; size: number; next: number } {
  let byte = byteAt(head, 0)
  const type = (byte >> 4) & 0x07
  let size = byte & 0x0f
  let next = 1
  for (let scale = 16; byte & 0x80; scale *= 128) {
    byte = byteAt(head, next++)
    size += (byte & 0x7f) * scale
  }
  return { type, size, next }
}

/** Most significant first, and one added for each byte but the last. */
function takeDistance(head: Buffer, at: number): { value: number; next: number } {
  let next = at
  let byte = byteAt(head, next++)
  let value = byte & 0x7f
  while (byte & 0x80) {
    byte = byteAt(head, next++)
    value = (value + 1) * 128 + (byte & 0x7f)
  }
  return { value, next }
}

function byteAt(head: Buffer, at: number): number {
  const byte = head[at]
  if (byte === undefined) throw damaged()
  return byte
}

function damaged(): Error {
  return new Error('damaged pack entry')
}
