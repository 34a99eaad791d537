/** Numbers and bytes that look random and are the same in every run. */
import { createCipheriv, createHash } from 'node:crypto'

/** Incompressible; as fast as the processor encrypts. The same seed and length: the same bytes. */
export function randomBytes(seed: string, length: number): Buffer {
  const key = createHash('sha256').update(seed).digest().subarray(0, 16)
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length))
}

/** `next(limit)`: a whole number from 0 to below the limit. */
export function randomNumbers(seed: string): (limit: number) => number {
  const BLOCK = 4096
  const WORD = 4
  let block: Buffer = Buffer.alloc(0)
  let blocks = 0
  return (limit) => {
    if (block.length < WORD) block = randomBytes(`${seed}/${blocks++}`, BLOCK)
    const word = block.readUInt32LE()
    block = block.subarray(WORD)
    return word % limit
  }
}
