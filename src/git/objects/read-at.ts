/** Positioned reads of small pieces of a file. Blocking: for pieces that the page cache most likely holds. */
import { readSync } from 'node:fs'

/** @returns fewer than `length` bytes only at the end of the file */
export function readAt(fd: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const got = readSync(fd, bytes, filled, length - filled, position + filled)
    if (got === 0) break
    filled += got
  }
  return bytes.subarray(0, filled)
}
