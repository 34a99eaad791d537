import { expect, test } from 'vitest'
import { forEachEngine } from '../../../test/support/databases.ts'
import { anEvent, eventStore, hexOf } from '../../../test/support/nostr-events.ts'
import { addressOf, type VerifiedEvent } from '../../nostr/event.ts'
import { KIND } from '../../nostr/kinds.ts'
import { deletionKey } from './event-rows.ts'
import type { Wanted } from './nostr-events.ts'

const CLIENT = { source: 'client' } as const
const NOON = 1_700_000_000

let names = 0
/** Nobody else's: the tests of an engine share its database. */
const newName = () => `${++names}`

forEachEngine('events of nostr', (on) => {
  const open = (room?: Parameters<typeof eventStore>[1]) => eventStore(on.database, room)

  test('what is served is found by its id, with where it came from and when', async () => {
    const { events, clock } = open()
    const event = anEvent({ content: newName(), tags: [['t', 'a']] })
    expect(await events.byId(event.id)).toBeNull()
    expect(await events.serve([event], { source: 'sync' })).toEqual([event])
    const held = { status: 'served', source: 'sync', receivedAt: clock.now(), waitsUntil: null }
    expect(await events.byId(event.id)).toEqual({ event, ...held })
  })

  test('what is served already is not served anew, by calls at the same time neither', async () => {
    const { events } = open()
    const event = anEvent({ content: newName() })
    const served = await Promise.all([events.serve([event], CLIENT), events.serve([event], CLIENT)])
    expect(served).toEqual([[event], []])
    expect(await events.serve([event], CLIENT)).toEqual([])
  })

  test.each(['older first', 'newer first', 'both at once'])(
    'of one address the newest event stays: %s',
    async (order) => {
      const { events } = open()
      const [older, newer] = versions({ d: newName(), at: [NOON, NOON + 1] })
      if (order === 'both at once') expect(await events.serve([newer, older], CLIENT)).toEqual([newer])
      else {
        const [first, second] = order === 'older first' ? [older, newer] : [newer, older]
        expect(await events.serve([first], CLIENT)).toEqual([first])
        expect(await events.serve([second], CLIENT)).toEqual(second === newer ? [newer] : [])
      }
      expect(await idsOf(events.find({ authors: [older.pubkey], identifier: dOf(older) }))).toEqual([
        newer.id,
      ])
    },
  )

  test('of one second the lowest id stays, in either order', async () => {
    const { events } = open()
    for (const order of [1, -1]) {
      const [low, high] = versions({ d: newName(), at: [NOON, NOON] }).toSorted(byId)
      for (const event of [low!, high!].toSorted((a, b) => order * byId(a, b)))
        await events.serve([event], CLIENT)
      expect(await idsOf(events.find({ identifier: dOf(low!) }))).toEqual([low!.id])
    }
  })

  test('an author replaces only his own, and only of the kind', async () => {
    const { events } = open()
    const d = newName()
    const all = [
      anEvent({ kind: 30_617, tags: [['d', d]] }),
      anEvent({ kind: 30_618, tags: [['d', d]] }),
      anEvent({ kind: 30_617, tags: [['d', d]], pubkey: hexOf('another') }),
      anEvent({ kind: 30_617, tags: [['d', `${d} `]] }),
    ]
    expect(await events.serve(all, CLIENT)).toHaveLength(4)
  })

  test('profiles are replaced without an identifier, notes never', async () => {
    const { events } = open()
    const pubkey = hexOf(newName())
    const of = (kind: number, at: number) => anEvent({ pubkey, kind, created_at: at })
    await events.serve([of(0, 1), of(0, 2), of(1, 1), of(1, 2), of(10_317, 1), of(10_317, 2)], CLIENT)
    const found = await events.find({ authors: [pubkey] })
    expect(found.map(({ event }) => [event.kind, event.created_at]).sort()).toEqual([
      [0, 2],
      [1, 1],
      [1, 2],
      [10_317, 2],
    ])
  })

  test('what is served stays while a newer one waits, and goes when that is served', async () => {
    const { events, clock } = open()
    const [older, newer] = versions({ d: newName(), at: [NOON, NOON + 1] })
    await events.serve([older], CLIENT)
    expect(await events.hold(newer, { source: 'client', waitsUntil: clock.now() + 1 })).toBe('held')
    expect(await statuses(events, older, newer)).toEqual(['served', 'purgatory'])
    expect(await events.query([{ ids: [older.id, newer.id] }], { limit: 9 })).toEqual([jsonOf(older)])
    expect(await events.serve([newer], { source: 'sync' })).toEqual([newer])
    expect(await statuses(events, older, newer)).toEqual([undefined, 'served'])
    expect(await events.byId(newer.id)).toMatchObject({ source: 'client', waitsUntil: null })
  })

  test('what a newer served one rules out does not wait either', async () => {
    const { events } = open()
    const [older, newer] = versions({ d: newName(), at: [NOON, NOON + 1] })
    await events.serve([newer], CLIENT)
    expect(await events.hold(older, { source: 'client', waitsUntil: 1 })).toBe('superseded')
    expect(await events.byId(older.id)).toBeNull()
  })

  test('all conditions must be met, of each list one value, and a list without values matches nothing', async () => {
    const { events } = open()
    const [t, pubkey] = [newName(), hexOf(newName())]
    const [issue, patch, other] = [
      anEvent({ kind: KIND.issue, tags: [['t', t]], pubkey }),
      anEvent({ kind: KIND.patch, tags: [['t', t]], pubkey, created_at: NOON + 1 }),
      anEvent({ kind: KIND.patch, tags: [['t', `${t} `]], pubkey }),
    ]
    await events.serve([issue, other], CLIENT)
    await events.hold(patch, WAITING)
    const tags = new Map([['t', [t, 'none']]])
    const find = (wanted: Wanted) => idsOf(events.find({ authors: [pubkey], ...wanted }))
    expect(await find({ tags })).toEqual([patch.id, issue.id])
    expect(await find({ tags, statuses: ['served'] })).toEqual([issue.id])
    expect(await find({ statuses: ['purgatory'] })).toEqual([patch.id])
    expect(await find({ tags, kinds: [KIND.patch] })).toEqual([patch.id])
    expect(await find({ ids: [issue.id, other.id], tags })).toEqual([issue.id])
    for (const none of [
      { ids: [] },
      { kinds: [] },
      { authors: [] },
      { statuses: [] },
      { tags: new Map([['t', []]]) },
    ])
      expect(await find(none)).toEqual([])
  })

  test('who waits is known, is told no twice, and can be given more time', async () => {
    const { events, clock } = open()
    const event = anEvent({ kind: KIND.pullRequest, content: newName() })
    const waitsUntil = clock.now() + 10
    expect(await events.hold(event, { source: 'client', waitsUntil })).toBe('held')
    expect(await events.hold(event, { source: 'sync', waitsUntil: 0 })).toBe('known')
    await events.extend([event.id], waitsUntil + 10)
    expect(await events.byId(event.id)).toMatchObject({ status: 'purgatory', waitsUntil: waitsUntil + 10 })
    await events.drop([event.id])
    expect(await events.byId(event.id)).toBeNull()
  })

  test('of one address the newest of those that wait stay', async () => {
    const { events, clock } = open({ room: { ...ROOM, entriesOfAddress: 2 } })
    const all = versions({ d: newName(), at: [NOON + 1, NOON + 3, NOON + 2, NOON] })
    const hold = (event: VerifiedEvent) =>
      events.hold(event, { source: 'client', waitsUntil: clock.now() + 9 })
    const holdings = []
    for (const event of all) holdings.push(await hold(event))
    expect(holdings).toEqual(['held', 'held', 'held', 'superseded'])
    const times = (await events.find({ identifier: dOf(all[0]!) })).map(({ event }) => event.created_at)
    expect(times).toEqual([NOON + 3, NOON + 2])
  })

  test('an author whose room in purgatory is full is refused, and nobody else', async () => {
    const { events } = open({ room: { ...ROOM, entriesOfAuthor: 3 } })
    const by = (author: string) =>
      events.hold(anEvent({ kind: KIND.pullRequest, content: newName(), pubkey: hexOf(author) }), WAITING)
    const author = newName()
    const holdings = await Promise.all([by(author), by(author), by(author), by(author)])
    expect(holdings.sort()).toEqual(['full', 'held', 'held', 'held'])
    expect(await by(newName())).toBe('held')
  })

  test('deletions of strangers are not looked through for those of the author, deletion-flood-regression', async () => {
    const { events } = open()
    const state = anEvent({ kind: KIND.state, tags: [['d', newName()]], pubkey: hexOf(newName()) })
    const address = addressOf(state)!
    const flood = Array.from({ length: 20 }, () =>
      anEvent({ kind: KIND.deletion, tags: [['a', address]], pubkey: hexOf(newName()) }),
    )
    await events.serve(flood, { source: 'client' })
    const { found } = await on.database.kysely
      .selectFrom('nostr_tags')
      .select(({ fn }) => fn.countAll<number>().as('found'))
      .where('key', '=', deletionKey(state.pubkey, 'a', address))
      .executeTakeFirstOrThrow()
    expect(Number(found)).toBe(0)
    expect(await events.isDeleted(state)).toBe(false)
  })

  test('an author of large events fills his own room in purgatory, and nobody loses a place by it, purgatory-bytes-regression', async () => {
    const { events } = open({ room: { ...ROOM, bytes: 20_000, bytesOfAuthor: 6_000 } })
    await empty(events)
    const large = (author: string, size = 2_000) =>
      anEvent({ kind: KIND.pullRequest, content: newName().padEnd(size), pubkey: hexOf(author) })
    const [victim, flooder] = [newName(), newName()]
    expect(await events.hold(large(victim), WAITING)).toBe('held')
    const flood = Array.from({ length: 20 }, () => events.hold(large(flooder), WAITING))
    expect((await Promise.all(flood)).filter((one) => one === 'held')).toHaveLength(2)
    expect(await events.hold(large(flooder, 10), WAITING)).toBe('held')
    expect(await events.find({ authors: [hexOf(victim)], statuses: ['purgatory'] })).toHaveLength(1)
  })

  test.each([
    ['entries', { ...ROOM, entries: 5 }],
    ['bytes', { ...ROOM, bytes: 5_000 }],
  ])('when purgatory is full of %s, whose time would end first makes room', async (_what, room) => {
    const { events } = open({ room })
    await empty(events)
    const all = Array.from({ length: 8 }, () =>
      anEvent({ kind: KIND.pullRequest, content: newName().padEnd(700) }),
    )
    for (const [at, event] of all.entries())
      expect(await events.hold(event, { source: 'client', waitsUntil: 1_000 + at })).toBe('held')
    const left = await idsOf(events.find({ statuses: ['purgatory'], kinds: [KIND.pullRequest] }))
    expect(left.length).toBeLessThanOrEqual(5)
    expect(left.length).toBeGreaterThan(2)
    expect(new Set(left)).toEqual(new Set(all.slice(-left.length).map(({ id }) => id)))
  })
})

const ROOM = { entries: 1_000, bytes: 1e9, entriesOfAuthor: 1_000, bytesOfAuthor: 1e9, entriesOfAddress: 10 }
const WAITING = { source: 'client', waitsUntil: 1 } as const

type Events = ReturnType<typeof eventStore>['events']

function versions({ d, at }: { d: string; at: readonly number[] }) {
  return at.map((created_at, n) =>
    anEvent({ kind: KIND.state, tags: [['d', d]], created_at, content: String(n) }),
  ) as [VerifiedEvent, VerifiedEvent, ...VerifiedEvent[]]
}

function dOf(event: VerifiedEvent): string {
  return addressOf(event)!.split(':')[2]!
}

function byId(a: VerifiedEvent, b: VerifiedEvent): number {
  return a.id < b.id ? -1 : 1
}

async function idsOf(found: ReturnType<Events['find']>): Promise<string[]> {
  return (await found).map(({ event }) => event.id)
}

async function statuses(events: Events, ...all: readonly VerifiedEvent[]) {
  return await Promise.all(all.map(async ({ id }) => (await events.byId(id))?.status))
}

async function empty(events: Events): Promise<void> {
  await events.drop(await idsOf(events.find({ statuses: ['purgatory'] })))
}

function jsonOf({ id, pubkey, created_at, kind, tags, content, sig }: VerifiedEvent): string {
  return JSON.stringify({ id, pubkey, created_at, kind, tags, content, sig })
}
