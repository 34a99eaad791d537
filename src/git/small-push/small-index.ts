/** The index of a small pack, whole: which objects it has, and where. @see gitformat-pack(5), "Version 2 pack-*.idx files" */

const MAGIC = Buffer.from([0xff, 0x74, 0x4f, 0x63, 0, 0, 0, 2])
const COUNT_AT = MAGIC.length + 4 * 255
const NAMES_AT = COUNT_AT + 4
const CRC_BYTES = 4
const FAR = 0x8000_0000

/** By hexadecimal id. @returns `null` for another version, and where an offset does not fit into 31 bits */
export function parseSmallIndex(index: Buffer, hashBytes: number): ReadonlyMap<string, number> | null {
  if (index.length < NAMES_AT || !index.subarray(0, MAGIC.length).equals(MAGIC)) return null
  const count = index.readUInt32BE(COUNT_AT)
  const offsetsAt = NAMES_AT + count * (hashBytes + CRC_BYTES)
  if (index.length < offsetsAt + 4 * count) return null
  const names = index.toString('hex', NAMES_AT, NAMES_AT + count * hashBytes)
  const offsets = new Map<string, number>()
  for (let at = 0; at < count; at++) {
    const offset = index.readUInt32BE(offsetsAt + 4 * at)
    if (offset >= FAR) return null
    offsets.set(names.slice(2 * hashBytes * at, 2 * hashBytes * (at + 1)), offset)
  }
  return offsets
}
