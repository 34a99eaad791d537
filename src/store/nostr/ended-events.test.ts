import { expect, test } from 'vitest'
import { forEachEngine } from '../../../test/support/databases.ts'
import { anEvent, eventStore, hexOf } from '../../../test/support/nostr-events.ts'
import { addressOf, type VerifiedEvent } from '../../nostr/event.ts'
import { KIND } from '../../nostr/kinds.ts'

const CLIENT = { source: 'client' } as const
const DAY_MS = 24 * 60 * 60 * 1_000
const NOON = 1_700_000_000

let names = 0
const newName = () => `${++names}`

forEachEngine('deletions of events', (on) => {
  test('a deletion removes what its author names, served or not, and it does not come back', async () => {
    const { events } = eventStore(on.database)
    const [served, waiting] = [anEvent({ content: newName() }), anEvent({ content: newName() })]
    await events.serve([served], CLIENT)
    await events.hold(waiting, { source: 'client', waitsUntil: 1 })
    const deletion = deletionOf(served, waiting)
    const removed = await events.applyDeletion(deletion)
    expect(new Map(removed.map(({ event, status }) => [event.id, status]))).toEqual(
      new Map([
        [served.id, 'served'],
        [waiting.id, 'purgatory'],
      ]),
    )
    expect(await events.byId(deletion.id)).toMatchObject({ status: 'served' })
    expect(await events.isDeleted(served)).toBe(true)
    expect(await events.serve([served, waiting], CLIENT)).toEqual([])
    expect(await events.hold(waiting, { source: 'client', waitsUntil: 1 })).toBe('deleted')
    expect(await events.query([{ ids: [served.id, waiting.id] }], { limit: 9 })).toEqual([])
    expect(await events.applyDeletion(deletion)).toEqual([])
  })

  test('nobody deletes what is not his', async () => {
    const { events } = eventStore(on.database)
    const note = anEvent({ content: newName() })
    const repository = anEvent({ kind: KIND.announcement, tags: [['d', newName()]] })
    await events.serve([note, repository], CLIENT)
    const deletion = { ...deletionOf(note, repository), pubkey: hexOf('attacker') }
    expect(await events.applyDeletion(deletion)).toEqual([])
    expect([await events.isDeleted(note), await events.isDeleted(repository)]).toEqual([false, false])
    expect((await events.byId(note.id))?.status).toBe('served')
  })

  test('by its address a deletion removes all versions until then, and no later one', async () => {
    const { events } = eventStore(on.database)
    const version = (created_at: number, d: string) =>
      anEvent({ kind: KIND.state, tags: [['d', d]], created_at })
    const d = newName()
    const [before, same, after] = [version(NOON - 1, d), version(NOON, d), version(NOON + 1, d)]
    await events.serve([before], CLIENT)
    await events.hold(same, { source: 'client', waitsUntil: 1 })
    await events.hold(after, { source: 'client', waitsUntil: 1 })
    const deletion = anEvent({ kind: KIND.deletion, created_at: NOON, tags: [['a', addressOf(before)!]] })
    const removed = await events.applyDeletion(deletion)
    expect(new Set(removed.map(({ event }) => event.id))).toEqual(new Set([before.id, same.id]))
    expect([await events.isDeleted(same), await events.isDeleted(after)]).toEqual([true, false])
    expect(await events.serve([before, same, after], CLIENT)).toEqual([after])
  })

  test('a deletion cannot be deleted', async () => {
    const { events } = eventStore(on.database)
    const note = anEvent({ content: newName() })
    const deletion = deletionOf(note)
    await events.applyDeletion(deletion)
    expect(await events.applyDeletion(deletionOf(deletion))).toEqual([])
    expect(await events.serve([note], CLIENT)).toEqual([])
  })

  test('what only waits in purgatory deletes nothing', async () => {
    const { events } = eventStore(on.database)
    const note = anEvent({ content: newName() })
    await events.hold(deletionOf(note), { source: 'client', waitsUntil: 1 })
    expect(await events.isDeleted(note)).toBe(false)
  })
})

forEachEngine('the time of events', (on) => {
  test('who has waited long enough expires, is known for a week, and is found by its tags no more', async () => {
    const { events, clock } = eventStore(on.database)
    const now = clock.now()
    const [due, later] = [
      anEvent({ content: newName(), tags: [['t', 'due']] }),
      anEvent({ content: newName() }),
    ]
    await events.hold(due, { source: 'client', waitsUntil: now })
    await events.hold(later, { source: 'client', waitsUntil: now + 1 })
    const expired = await events.expire(now)
    expect(expired.map(({ event, status }) => [event.id, status])).toEqual([[due.id, 'purgatory']])
    expect(await events.byId(due.id)).toMatchObject({ status: 'expired', waitsUntil: now + 7 * DAY_MS })
    expect(await events.find({ tags: new Map([['t', ['due']]]), statuses: ['expired'] })).toEqual([])
    expect(await events.find({ ids: [due.id, later.id] })).toHaveLength(1)
    await events.expire(now + 7 * DAY_MS - 1)
    expect(await events.byId(due.id)).not.toBeNull()
    await events.expire(now + 7 * DAY_MS)
    expect(await events.byId(due.id)).toBeNull()
  })

  test('what has expired can wait anew, and be served after all', async () => {
    const { events, clock } = eventStore(on.database)
    const tags = [['t', newName()]]
    const [again, late] = [anEvent({ content: newName(), tags }), anEvent({ content: newName(), tags })]
    for (const event of [again, late]) await events.hold(event, { source: 'sync', waitsUntil: clock.now() })
    await events.expire(clock.now())
    expect(await events.hold(again, { source: 'client', waitsUntil: clock.now() + 1 })).toBe('held')
    expect(await events.serve([late], CLIENT)).toEqual([late])
    const found = await events.find({ tags: new Map([['t', [tags[0]![1]!]]]) })
    expect(new Map(found.map(({ event, status }) => [event.id, status]))).toEqual(
      new Map([
        [again.id, 'purgatory'],
        [late.id, 'served'],
      ]),
    )
  })

  test('an event that says until when it holds is not answered after that, and is removed', async () => {
    const { events, clock } = eventStore(on.database)
    const seconds = clock.now() / 1_000 + 10
    const event = anEvent({ content: newName(), tags: [['expiration', String(seconds)]] })
    const forever = anEvent({ content: newName(), tags: [['expiration', 'tomorrow']] })
    await events.serve([event, forever], CLIENT)
    const ask = () => events.query([{ ids: [event.id, forever.id] }], { limit: 9 })
    expect(await ask()).toHaveLength(2)
    clock.advance(9_999)
    const tooEarly = await events.expire(clock.now())
    expect(tooEarly.map((held) => held.event.id)).not.toContain(event.id)
    expect(await ask()).toHaveLength(2)
    clock.advance(1)
    expect(await ask()).toHaveLength(1)
    expect((await events.expire(clock.now())).map((held) => held.event.id)).toEqual([event.id])
    expect(await events.byId(event.id)).toBeNull()
  })
})

function deletionOf(...named: readonly VerifiedEvent[]): VerifiedEvent {
  const tags = named.map((event) => ['e', event.id])
  const addresses = named.flatMap((event) => addressOf(event) ?? []).map((address) => ['a', address])
  return anEvent({ kind: KIND.deletion, created_at: NOON + 10, tags: [...tags, ...addresses] })
}
