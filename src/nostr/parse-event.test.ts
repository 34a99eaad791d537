import fc from 'fast-check'
import { finalizeEvent, generateSecretKey } from 'nostr-tools/pure'
import { describe, expect, test } from 'vitest'
import { eventId } from './event.ts'
import { InvalidEvent, MAX_TAGS, MAX_TAG_VALUE_BYTES, parseEvent } from './parse-event.ts'

const { id, pubkey, created_at, kind, tags, content, sig } = finalizeEvent(
  { kind: 30_617, created_at: 1_700_000_000, tags: [['d', 'name']], content: 'text' },
  generateSecretKey(),
)
const event = { id, pubkey, created_at, kind, tags, content, sig }

test('an event of another library is read as it is', () => {
  expect(parseEvent(JSON.parse(JSON.stringify(event)))).toEqual(event)
  expect(eventId(event)).toBe(event.id)
})

test('what stands beside the seven fields is not kept', () => {
  expect(parseEvent({ ...event, verified: true, __proto__: { kind: 5 } })).toEqual(event)
})

describe('is refused with a sentence that says why:', () => {
  const valueOf = (bytes: number) => [['x', 'é'.repeat(bytes / 2)]]

  test.each([
    ['no object', [], 'an event is an object'],
    ['null', null, 'an event is an object'],
    ['a text', JSON.stringify(event), 'an event is an object'],
    ['an id that is too short', { ...event, id: id.slice(1) }, 'id must be 64 lower-case hex digits'],
    ['an id in upper case', { ...event, id: 'A'.repeat(64) }, 'id must be 64 lower-case hex digits'],
    ['an id with a line end', { ...event, id: `${id}\n` }, 'id must be 64 lower-case hex digits'],
    ['a list as a key', { ...event, pubkey: [pubkey] }, 'pubkey must be 64 lower-case hex digits'],
    ['no signature', { ...event, sig: undefined }, 'sig must be 128 lower-case hex digits'],
    ['a time before 1970', { ...event, created_at: -1 }, 'created_at must be a whole number'],
    ['a fraction of a second', { ...event, created_at: 1.5 }, 'created_at must be a whole number'],
    ['a time beyond all', { ...event, created_at: 2 ** 53 }, 'created_at must be a whole number'],
    ['a time in a text', { ...event, created_at: '1' }, 'created_at must be a whole number'],
    ['a kind of 17 bits', { ...event, kind: 65_536 }, 'kind must be a whole number from 0 to 65535'],
    ['no tags', { ...event, tags: {} }, 'tags must be a list'],
    ['too many tags', { ...event, tags: Array(MAX_TAGS + 1).fill(['t', 'x']) }, `more than ${MAX_TAGS} tags`],
    ['a tag without a name', { ...event, tags: [[]] }, 'a tag must be a list of one or more strings'],
    ['a number in a tag', { ...event, tags: [['t', 1]] }, 'a tag must be a string'],
    ['a NUL in a tag', { ...event, tags: [['t', 'a\0']] }, 'a tag holds a NUL character'],
    ['a long value', { ...event, tags: valueOf(MAX_TAG_VALUE_BYTES + 2) }, 'more than 4096 bytes'],
    ['no content', { ...event, content: null }, 'content must be a string'],
    ['half of a character', { ...event, content: '\ud800' }, 'content holds half of a surrogate pair'],
  ])('%s', (_, value, why) => {
    expect(() => parseEvent(value)).toThrow(InvalidEvent)
    expect(() => parseEvent(value)).toThrow(why)
  })

  test('but values and tags of just the size are read', () => {
    const largest = { ...event, tags: valueOf(MAX_TAG_VALUE_BYTES) }
    expect(parseEvent(largest)).toEqual(largest)
    expect(parseEvent({ ...event, tags: Array(MAX_TAGS).fill(['t']) }).tags).toHaveLength(MAX_TAGS)
  })
})

test('nothing that JSON can say throws anything else', () => {
  const almost = fc.record(
    {
      id: fc.oneof(fc.constant(id), fc.json()),
      pubkey: fc.oneof(fc.constant(pubkey), fc.jsonValue()),
      created_at: fc.oneof(fc.integer(), fc.double(), fc.jsonValue()),
      kind: fc.oneof(fc.integer(), fc.jsonValue()),
      tags: fc.oneof(fc.array(fc.array(fc.string({ unit: 'binary' }))), fc.jsonValue()),
      content: fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()),
      sig: fc.oneof(fc.constant(sig), fc.jsonValue()),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.oneof(almost, fc.jsonValue()), (value) => {
      try {
        const read = parseEvent(value)
        expect(JSON.parse(JSON.stringify(read))).toEqual(read)
      } catch (err) {
        expect(err).toBeInstanceOf(InvalidEvent)
      }
    }),
    { numRuns: 1_000 },
  )
})
