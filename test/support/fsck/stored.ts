/** Bytes as zlib has them that compress nothing, made without it: for very many small ones it is slow. @see RFC 1950, RFC 1951 3.2.4 */

const HEADER = Buffer.from([0x78, 0x01])
const MAX_BLOCK_BYTES = 0xffff
const BASE = 65_521
/** So many sums fit before they are reduced. */
const SUMS = 3_800

export function stored(content: Buffer): Buffer {
  const parts: Buffer[] = [HEADER]
  let at = 0
  do {
    const block = content.subarray(at, at + MAX_BLOCK_BYTES)
    at += block.length
    const head = Buffer.alloc(5)
    head[0] = Number(at === content.length)
    head.writeUInt16LE(block.length, 1)
    head.writeUInt16LE(block.length ^ 0xffff, 3)
    parts.push(head, block)
  } while (at < content.length)
  const check = Buffer.alloc(4)
  check.writeUInt32BE(adler32(content))
  return Buffer.concat([...parts, check])
}

function adler32(content: Buffer): number {
  let a = 1
  let b = 0
  for (let at = 0; at < content.length; at += SUMS) {
    for (const byte of content.subarray(at, at + SUMS)) {
      a += byte
      b += a
    }
    a %= BASE
    b %= BASE
  }
  return b * 0x1_0000 + a
}
