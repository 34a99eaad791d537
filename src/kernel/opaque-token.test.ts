import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mintOpaqueToken, parseOpaqueToken } from './opaque-token.ts'

test('a minted token has the published shape and parses to its kind and SHA-256', () => {
  const { token, hash } = mintOpaqueToken('deploy')
  expect(token).toMatch(/^slc_deploy_[0-9A-Za-z]{49}$/)
  expect(hash).toBe(createHash('sha256').update(token).digest('hex'))
  expect(parseOpaqueToken(token)).toEqual({ kind: 'deploy', hash })
})

test('any one changed character of a token is noticed without a database', () => {
  fc.assert(
    fc.property(fc.nat(58), fc.constantFrom('0', 'a', 'Z', '-', '_', ' ', 'é', ''), (at, other) => {
      const { token } = mintOpaqueToken('admin')
      const changed = token.slice(0, at) + other + token.slice(at + 1)
      if (changed !== token) expect(parseOpaqueToken(changed)).toBeNull()
    }),
    { numRuns: 500 },
  )
})

test.each([
  '',
  'slc_',
  'slc__',
  'slc_admin_short',
  `slc_admin_${'0'.repeat(49)}`,
  `x${mintOpaqueToken('ci').token}`,
])('%j is no opaque token', (text) => expect(parseOpaqueToken(text)).toBeNull())

test('every base62 character is drawn about equally often', () => {
  const counts = new Map<string, number>()
  for (let i = 0; i < 2000; i++)
    for (const c of mintOpaqueToken('t0').token.slice(7, 50)) counts.set(c, (counts.get(c) ?? 0) + 1)
  const expected = (2000 * 43) / 62
  expect(counts.size).toBe(62)
  // Six standard deviations: modulo bias would put the first eight at 25 % more.
  for (const n of counts.values()) expect(Math.abs(n - expected)).toBeLessThan(6 * Math.sqrt(expected))
})

test('a kind that would break the shape is not minted', () => {
  expect(() => mintOpaqueToken('Admin_1')).toThrow(TypeError)
})
