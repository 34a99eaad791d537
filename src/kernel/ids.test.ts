import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isOid, isRefName, isZero, parseRepoId, zeroOid } from './ids.ts'

const gitAccepts = (ref: string) => spawnSync('git', ['check-ref-format', ref]).status === 0

test.each([
  ['refs/heads/main', true],
  ['refs/heads/feature/x', true],
  ['refs/heads/ümlaut', true],
  ['refs/heads/a@b', true],
  ['refs/heads/-dash', true],
  ['refs/heads/.hidden', false],
  ['refs/heads/a..b', false],
  ['refs/heads/a.lock', false],
  ['refs/heads/a.lock/b', false],
  ['refs/heads/a b', false],
  ['refs/heads/a\x01', false],
  ['refs/heads/a~1', false],
  ['refs/heads/a^', false],
  ['refs/heads/a:b', false],
  ['refs/heads/a?', false],
  ['refs/heads/a*', false],
  ['refs/heads/a[', false],
  ['refs/heads/a\\b', false],
  ['refs/heads/a@{b', false],
  ['refs/heads/a.', false],
  ['refs/heads/a/', false],
  ['refs/heads//a', false],
  ['refs/heads/', false],
])('%s is a ref name: %s, and git agrees', (ref, valid) => {
  expect(isRefName(ref)).toBe(valid)
  expect(gitAccepts(ref)).toBe(valid)
})

test('on random names isRefName never accepts what git check-ref-format refuses', () => {
  const piece = fc.constantFrom(
    'a',
    'B',
    '.',
    '..',
    '/',
    '@',
    '{',
    '.lock',
    '-',
    '~',
    ' ',
    '\\',
    '*',
    'é',
    '\x7f',
    ':',
    '[',
  )
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), (pieces) => {
      const ref = `refs/heads/${pieces.join('')}`
      expect(isRefName(ref)).toBe(gitAccepts(ref))
    }),
    { numRuns: 300 },
  )
})

test('names outside refs/, over-long ones and undecodable ones are refused', () => {
  expect(isRefName('HEAD')).toBe(false)
  expect(isRefName('heads/main')).toBe(false)
  expect(isRefName(`refs/heads/${'x'.repeat(251)}`)).toBe(false)
  expect(isRefName(`refs/${'x/'.repeat(600)}y`)).toBe(false)
  expect(isRefName('refs/heads/\ufffd')).toBe(false)
  expect(isRefName('refs/heads/\ud800')).toBe(false)
  expect(isRefName('refs/heads/\u{1f680}')).toBe(true)
})

test('object ids are 40 or 64 lower-case hex digits', () => {
  expect(isOid('a'.repeat(40))).toBe(true)
  expect(isOid('a'.repeat(64))).toBe(true)
  expect(isOid('A'.repeat(40))).toBe(false)
  expect(isOid('a'.repeat(41))).toBe(false)
  expect(isZero(zeroOid('sha256'))).toBe(true)
  expect(zeroOid('sha256')).toHaveLength(64)
})

test('what cannot be a repository id names no repository', () => {
  expect(parseRepoId('0190A1B2-0000-7000-8000-000000000000')).toBe('0190a1b2-0000-7000-8000-000000000000')
  expect(() => parseRepoId('../../etc')).toThrow('repository not found')
})
