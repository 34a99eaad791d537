import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matches } from './filter.ts'
import type { NostrEvent } from './event.ts'
import { InvalidFilter, MAX_FILTER_VALUES, MAX_VALUES_TOGETHER, parseFilter } from './parse-filter.ts'

const key = 'ab'.repeat(32)
const id = 'cd'.repeat(32)

test('every field is read, and each value once', () => {
  const said = { ids: [id], authors: [key, key], kinds: [1, 30_617], since: 1, until: 2, limit: 0 }
  expect(parseFilter({ ...said, '#d': ['a', 'b', 'a'], '#A': ['x'] })).toEqual({
    ...said,
    authors: [key],
    tags: new Map([
      ['d', ['a', 'b']],
      ['A', ['x']],
    ]),
  })
  expect(parseFilter({})).toEqual({})
})

describe('is refused with a sentence that says why:', () => {
  test.each([
    ['a list', [], 'a filter is an object'],
    ['the beginning of an id', { ids: ['cdcd'] }, 'ids must list 64 lower-case hex digits'],
    ['a key in upper case', { authors: [key.toUpperCase()] }, 'authors must list 64 lower-case hex digits'],
    ['an npub', { authors: ['npub1'] }, 'authors must list 64 lower-case hex digits'],
    ['one kind', { kinds: 1 }, 'kinds must be a list'],
    ['a kind that there is not', { kinds: [65_536] }, 'kinds must list whole numbers from 0 to 65535'],
    ['too many', { '#t': Array(MAX_FILTER_VALUES + 1).fill('x') }, `#t lists more than ${MAX_FILTER_VALUES}`],
    ['too many together', manyValues('abc'), `more than ${MAX_VALUES_TOGETHER} values together`],
    ['a number in a tag', { '#t': [1] }, '#t must list short strings'],
    ['a NUL in a tag', { '#t': ['a\0'] }, '#t must list short strings'],
    ['a long value', { '#t': ['x'.repeat(4_097)] }, '#t must list short strings'],
    ['a tag of two letters', { '#tt': ['x'] }, 'unknown field "#tt"'],
    ['a tag that is no letter', { '#1': ['x'] }, 'unknown field "#1"'],
    ['a search', { search: 'words' }, 'unknown field "search"'],
    ['a negative limit', { limit: -1 }, 'limit must be a whole number'],
    ['a fraction', { since: 0.5 }, 'since must be a whole number'],
    ['null', { until: null }, 'until must be a whole number'],
    ['a prototype', JSON.parse('{"__proto__": []}'), 'unknown field "__proto__"'],
  ])('%s', (_, value, why) => {
    expect(() => parseFilter(value)).toThrow(InvalidFilter)
    expect(() => parseFilter(value)).toThrow(why)
  })
})

/** As many of each tag as there may be of one. */
function manyValues(letters: string) {
  const values = Array.from({ length: MAX_FILTER_VALUES }, (_, n) => `value ${n}`)
  return Object.fromEntries([...letters].map((letter) => [`#${letter}`, values]))
}

test('nothing that JSON can say throws anything else', () => {
  const field = fc.constantFrom('ids', 'authors', 'kinds', 'since', 'until', 'limit', '#e', '#', 'x')
  const value = fc.oneof(fc.jsonValue(), fc.array(fc.nat()), fc.nat(), fc.array(fc.string()))
  fc.assert(
    fc.property(fc.oneof(fc.dictionary(field, value), fc.jsonValue()), (said) => {
      try {
        parseFilter(said)
      } catch (err) {
        expect(err).toBeInstanceOf(InvalidFilter)
      }
    }),
    { numRuns: 1_000 },
  )
})

describe('an event matches', () => {
  const event: NostrEvent = {
    ...{ id, pubkey: key, created_at: 10, kind: 1, content: '', sig: '' },
    tags: [['e', 'one', 'two'], ['p'], ['t', 'nostr'], ['t', 'git']],
  }

  test.each([
    ['nothing asked', {}, true],
    ['its id', { ids: [id] }, true],
    ['another id', { ids: [key] }, false],
    ['no id at all', { ids: [] }, false],
    ['its author and kind', { authors: [key], kinds: [0, 1] }, true],
    ['its author and another kind', { authors: [key], kinds: [2] }, false],
    ['its second, from both sides', { since: 10, until: 10 }, true],
    ['a second later', { since: 11 }, false],
    ['a second earlier', { until: 9 }, false],
    ['a value of a later tag of the name', { '#t': ['git'] }, true],
    ['one value of each of two names', { '#t': ['git', 'x'], '#e': ['one'] }, true],
    ['a value of one name only', { '#t': ['git'], '#e': ['x'] }, false],
    ['what stands behind the value', { '#e': ['two'] }, false],
    ['a value in another case', { '#t': ['Git'] }, false],
    ['no value at all', { '#t': [] }, false],
    ['an empty value where there is none', { '#p': [''] }, false],
  ])('%s: %o is %o', (_, filter, expected) => {
    expect(matches(parseFilter(filter), event)).toBe(expected)
  })
})
