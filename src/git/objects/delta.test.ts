import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyDelta } from './delta.ts'

const MAX = 1 << 20
const size = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...size(n >> 7)])
const base = Buffer.from('0123456789'.repeat(20))

/** Copies `length` bytes of the base from `offset`, both below 256. */
const copy = (offset: number, length: number) => [0x80 | 0x01 | 0x10, offset, length]
const insert = (text: string) => [text.length, ...Buffer.from(text)]

function delta(resultSize: number, ...instructions: number[][]): Buffer {
  return Buffer.from([...size(base.length), ...size(resultSize), ...instructions.flat()])
}

test('copies and insertions make the object', () => {
  expect(applyDelta(base, delta(7, copy(3, 4), insert('abc')), MAX).toString()).toBe('3456abc')
})

test('a copy without a size takes 64 KiB', () => {
  const large = Buffer.alloc(0x10000, 'x')
  const bytes = Buffer.from([...size(large.length), ...size(large.length), 0x80])
  expect(applyDelta(large, bytes, MAX).equals(large)).toBe(true)
})

test.each([
  ['of another base', Buffer.from([...size(7), ...size(1), ...insert('a')])],
  ['that copies from behind the base', delta(100, copy(150, 100))],
  ['that makes more than it says', delta(1, insert('ab'))],
  ['that makes less than it says', delta(3, insert('ab'))],
  ['that ends inside an insertion', delta(3, [3, 0x61])],
  ['with the reserved instruction', delta(1, [0])],
  ['that would make too much', delta(MAX + 1)],
])('a delta %s is refused', (_, bytes) => {
  expect(() => applyDelta(base, bytes, MAX)).toThrow()
})

test('rubbish never does more than throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const forged = Buffer.concat([Buffer.from(size(base.length)), bytes])
      try {
        expect(applyDelta(base, forged, MAX).length).toBeLessThanOrEqual(MAX)
      } catch (err) {
        expect((err as Error).message).toMatch(/delta/)
      }
    }),
  )
})
