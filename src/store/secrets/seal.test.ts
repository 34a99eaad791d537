import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sealWith } from './seal.ts'

const secret = randomBytes(32)
const { seal, open } = sealWith(secret, 'tests')

test('what was sealed opens to the same text, and no two seals are alike', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (plain, row) => {
      const sealed = seal(plain, row)
      expect(open(sealed, row)).toBe(plain)
      expect(seal(plain, row)).not.toBe(sealed)
    }),
  )
})

test('it opens for no other row, secret or purpose', () => {
  const sealed = seal('private', 'row-1')
  expect(sealed).not.toContain('private')
  expect(() => open(sealed, 'row-2')).toThrow()
  expect(() => sealWith(randomBytes(32), 'tests').open(sealed, 'row-1')).toThrow()
  expect(() => sealWith(secret, 'other').open(sealed, 'row-1')).toThrow()
})

test('no changed or missing byte goes unnoticed', () => {
  const sealed = Buffer.from(seal('private', 'row'), 'base64')
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed)
    changed[at] = (changed[at] ?? 0) ^ 1
    expect(() => open(changed.toString('base64'), 'row')).toThrow()
    expect(() => open(sealed.subarray(0, at).toString('base64'), 'row')).toThrow()
  }
})
