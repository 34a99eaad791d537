import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSlug, RESERVED_SLUGS, slugOf } from '../../kernel/slug.ts'
import { BranchName, Description, Line, Name, Organisation } from './fields.ts'

describe('the slug of a name', () => {
  test.each([
    ['Rocket Parts', 'rocket-parts'],
    ['a/b\\c', 'a-b-c'],
    ['  --a--  ', 'a'],
    ['.hidden', 'hidden'],
    ['v1.2_final', 'v1.2_final'],
    ['Größe', 'gr-e'],
    ['a   &   b', 'a-b'],
    ['UPPER', 'upper'],
  ])('%j is %j', (name, slug) => {
    expect(slugOf(name)).toBe(slug)
    expect(Name.safeParse(name).success).toBe(true)
  })

  test('is its own slug, so that it can be found under it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        const slug = slugOf(name)
        expect(slugOf(slug)).toBe(slug)
        expect(slug).toMatch(/^(?:[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?)?$/)
      }),
    )
  })
})

describe('a name is refused', () => {
  test.each([...RESERVED_SLUGS])('that is reserved: %s', (word) => {
    expect(Name.safeParse(word).success).toBe(false)
    expect(Name.safeParse(`-${word.toUpperCase()}-`).success).toBe(false)
    expect(Organisation.safeParse(word).success).toBe(false)
  })

  test.each(['', ' ', '---', '..', '日本語', 'a.git', 'A.LOCK', 'a.git.', 'x'.repeat(129)])('%j', (name) => {
    expect(Name.safeParse(name).success).toBe(false)
  })

  test('and 128 characters are not too many', () => {
    expect(Name.safeParse('x'.repeat(128)).success).toBe(true)
    expect(isSlug('x'.repeat(128))).toBe(true)
  })
})

test.each([
  ['acme', 'acme'],
  ['ACME', 'acme'],
  ['0199C0DE-0000-7000-8000-000000000001', '0199c0de-0000-7000-8000-000000000001'],
])('the organisation %s is known as %s', (given, known) => {
  expect(Organisation.parse(given)).toBe(known)
})

test.each(['a b', 'a/b', '../x', '.', 'x.git', ''])('%j is no organisation', (given) => {
  expect(Organisation.safeParse(given).success).toBe(false)
})

test.each([
  ['main', true],
  ['feature/x', true],
  ['-x', false],
  ['a..b', false],
  ['a b', false],
  ['x.lock', false],
  ['', false],
  ['@{-1}', false],
])('branch name %j: %s', (name, valid) => {
  expect(BranchName.safeParse(name).success).toBe(valid)
})

test('a NUL, which is no text to a database, is refused in every text; a description may have lines', () => {
  expect(Name.safeParse('a\0b').success).toBe(false)
  expect(Name.safeParse('a\nb').success).toBe(false)
  expect(Line.safeParse('a\0b').success).toBe(false)
  expect(Description.safeParse('a\0b').success).toBe(false)
  expect(Description.safeParse('one\ntwo').success).toBe(true)
})
