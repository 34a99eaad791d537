import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { forEachEngine } from '../../../test/support/databases.ts'
import { anEvent, eventStore, hexOf } from '../../../test/support/nostr-events.ts'
import { byNewest, eventJson, type VerifiedEvent } from '../../nostr/event.ts'
import { matches, type Filter } from '../../nostr/filter.ts'
import { classOf } from '../../nostr/event.ts'

const EVENTS = 1_500
const RUNS = 150

/** Few of each, so that conditions meet; the first tag is on most events. */
const authorArb = fc.constantFrom(...['ada', 'bob', 'eve'].map(hexOf))
const kindArb = fc.constantFrom(1, 5, 1111, 1618, 1621, 30_618)
const timeArb = fc.nat({ max: 40 })
const valueArb = fc.constantFrom('x', 'X', '', 'y', 'z'.repeat(3_000), 'nul\0', '\u{1f980}', '\ud800')
const OTHER_VALUES = Array.from({ length: 20 }, (_, n) => `other ${n}`)
const nameArb = fc.constantFrom('a', 'A', 'd', 'e', 't')
const tagArb = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(nameArb, valueArb, fc.string()).map((tag) => tag as string[]) },
  { weight: 1, arbitrary: nameArb.map((name) => [name]) },
  { weight: 1, arbitrary: fc.constantFrom([], ['long', 'x'], ['t', 'popular', 'second']) },
)
const eventArb = fc
  .record({
    pubkey: authorArb,
    kind: kindArb,
    created_at: timeArb,
    tags: fc.array(tagArb, { maxLength: 5 }),
    content: fc.string(),
  })
  .map((fields) => anEvent(fields))

function filterArb(events: readonly VerifiedEvent[]): fc.Arbitrary<Filter> {
  const idArb = fc.oneof(fc.constantFrom(...events.map(({ id }) => id)), fc.constant(hexOf('none')))
  const some = <T>(arb: fc.Arbitrary<T>, maxLength = 3) => fc.array(arb, { maxLength })
  /** Long lists are asked for in another way than short ones. */
  const valuesArb = fc.tuple(some(valueArb), fc.constantFrom([], OTHER_VALUES)).map((all) => all.flat())
  const tagsArb = fc.array(fc.tuple(nameArb, valuesArb), { maxLength: 2 }).map((all) => new Map(all))
  return fc.record(
    {
      ids: some(idArb, 600),
      authors: some(authorArb),
      kinds: some(kindArb),
      tags: tagsArb,
      since: timeArb,
      until: timeArb,
      limit: fc.oneof(fc.nat({ max: 5 }), fc.nat({ max: 3_000 })),
    },
    { requiredKeys: [] },
  )
}

forEachEngine('what is asked of the events', (on) => {
  const all = distinct(fc.sample(eventArb, { numRuns: EVENTS, seed: 1 }))
  /** Of one second and address the lowest id stays, so that what is expected does not depend on the order. */
  const served = all.filter((event) => !all.some((other) => replaces(other, event)))
  let store: ReturnType<typeof eventStore>['events']

  beforeAll(async () => {
    store = eventStore(on.database).events
    await Promise.all(all.map((event) => store.serve([event], { source: 'client' })))
    const waiting = Array.from({ length: 50 }, (_, n) =>
      anEvent({ kind: 1618, content: `waits ${n}`, tags: [['t', 'x']] }),
    )
    await Promise.all(waiting.map((event) => store.hold(event, { source: 'client', waitsUntil: 1 })))
  })

  test('an answer is what matches, newest first, each once, up to the limits', async () => {
    const question = fc.record({
      filters: fc.array(filterArb(served), { minLength: 1, maxLength: 3 }),
      limit: fc.constantFrom(3, 700, 5_000),
    })
    await fc.assert(
      fc.asyncProperty(question, async ({ filters, limit }) => {
        const expected = answer(served, filters, limit)
        expect(idsIn(await store.query(filters, { limit }))).toEqual(expected.map(({ id }) => id))
      }),
      { numRuns: RUNS },
    )
  })

  test('what is counted and compared is what is answered', async () => {
    await fc.assert(
      fc.asyncProperty(filterArb(served), async (filter) => {
        const found = answer(served, [filter], Infinity).toReversed()
        expect(await store.count([filter])).toEqual({ count: found.length, approximate: false })
        const vector = await store.vector(filter, { max: EVENTS })
        const ascending = found.toSorted((a, b) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1))
        expect(vector).toEqual(ascending.map(({ created_at, id }) => ({ created_at, id })))
      }),
      { numRuns: RUNS },
    )
  })
})

function answer(events: readonly VerifiedEvent[], filters: readonly Filter[], limit: number) {
  const found = new Set(
    filters.flatMap((filter) =>
      events
        .filter((event) => matches(filter, event))
        .toSorted(byNewest)
        .slice(0, filter.limit),
    ),
  )
  return [...found].toSorted(byNewest).slice(0, limit)
}

function replaces(other: VerifiedEvent, event: VerifiedEvent): boolean {
  if (classOf(event.kind) !== 'addressable') return false
  const sameAddress =
    other.kind === event.kind && other.pubkey === event.pubkey && storedD(other) === storedD(event)
  return sameAddress && byNewest(other, event) < 0
}

function storedD({ tags }: VerifiedEvent): string {
  return Buffer.from((tags.find(([name]) => name === 'd')?.[1] ?? '').replaceAll('\0', '\uFFFD')).toString()
}

function distinct(events: readonly VerifiedEvent[]): VerifiedEvent[] {
  return [...new Map(events.map((event) => [event.id, event])).values()]
}

function idsIn(texts: readonly string[]): string[] {
  return texts.map((json) => {
    const event = JSON.parse(json) as VerifiedEvent
    expect(json).toBe(eventJson(event))
    return event.id
  })
}
