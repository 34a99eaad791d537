/** A message as the network may deliver it: cut anywhere. For the tests of parsers. */
import { Readable } from 'node:stream'
import fc from 'fast-check'

/** Delivers `bytes` in pieces that end at `cuts`. */
export function cutStream(bytes: Buffer, cuts: readonly number[]): Readable {
  return Readable.from(cut(bytes, cuts), { objectMode: false })
}

export function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...new Set([...cuts.map((c) => c % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b)
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end)).filter((piece) => piece.length > 0)
}

export function everyByte(bytes: Buffer): number[] {
  return [...bytes.keys()]
}

export const anyCuts: fc.Arbitrary<number[]> = fc.array(fc.nat(), { maxLength: 20 })
