import fc from 'fast-check'
import { expect, test } from 'vitest'
import { GrepMatches, MAX_TEXT_CHARS } from './grep-matches.ts'

const LONG = '\u{1f600}'.repeat(MAX_TEXT_CHARS + 1)
const OUTPUT = Buffer.from(
  `id:a\nb\x00${12}\x00${3}\x00text\x00with a NUL\nid:c\x001\x001\x00\nid:d\x002\x009\x00${LONG}\n`,
)
const MATCHES = [
  { path: 'a\nb', line: 12, column: 3, text: 'text\0with a NUL' },
  { path: 'c', line: 1, column: 1, text: '' },
  { path: 'd', line: 2, column: 9, text: '\u{1f600}'.repeat(MAX_TEXT_CHARS) },
]

test('matches are the same, however the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(OUTPUT.length)), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), OUTPUT.length]
      const found = new GrepMatches(3, 3)
      for (const [i, end] of at.slice(1).entries()) expect(found.take(OUTPUT.subarray(at[i], end))).toBe(true)
      expect(found.found).toEqual(MATCHES)
    }),
  )
})

test('one more than the limit ends the reading', () => {
  const found = new GrepMatches(2, 3)
  expect(found.take(OUTPUT)).toBe(false)
  expect(found.found).toEqual(MATCHES.slice(0, 2))
})

test('a match that was cut off is none', () => {
  const found = new GrepMatches(3, 3)
  found.take(OUTPUT.subarray(0, 8))
  expect(found.found).toEqual([])
})
