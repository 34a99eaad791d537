import { expect, test } from 'vitest'
import { forEachEngine, storeOn } from '../../../../test/support/databases.ts'
import type { RepoId } from '../../../kernel/ids.ts'
import { newId } from '../../../kernel/uuid.ts'
import { Deliveries } from '../../../store/deliveries/deliveries.ts'
import { listDeliveries } from '../../../store/deliveries/shown-deliveries.ts'
import { deliverLine } from './deliver-line.ts'
import { Outages } from './outages.ts'
import type { DeliveryAnswer, Receiver } from './receiver.ts'

const HOUR_MS = 3600_000
const FOR_EVER = new AbortController().signal

const attempt = (status: number | null) => ({ status, excerpt: null, error: null, durationMs: 1 })
const DELIVERED: DeliveryAnswer = { kind: 'delivered', attempt: attempt(204) }
const AWAY: DeliveryAnswer = { kind: 'unreachable', attempt: attempt(null) }
const REJECTED: DeliveryAnswer = { kind: 'rejected', attempt: attempt(500) }

forEachEngine('a line of deliveries', (on) => {
  /** One receiver, whose answers `answer` gives by the number of the event. */
  function open() {
    const { database, clock, events } = { ...storeOn(on.database) }
    const deliveries = new Deliveries({ database, clock, newId })
    const outages = new Outages(clock)
    const line = { receiver: newId(), repoId: newId() as RepoId }
    const sent: number[] = []
    const broughtForward: string[] = []
    const state = { answer: (_n: number): DeliveryAnswer => DELIVERED, there: true }
    const receiver: Receiver = {
      name: line.receiver,
      send: async (_delivery, { data }) => {
        const { n } = data as { n: number }
        sent.push(n)
        return state.answer(n)
      },
    }
    const bringForward = async (name: string) => void broughtForward.push(name)
    const parts = { deliveries, outages, clock, bringForward }
    const run = (signal = FOR_EVER) =>
      deliverLine(parts, line, async () => (state.there ? receiver : null), signal)
    const add = (...numbers: number[]) =>
      database.transaction(async (trx) => {
        const nobody = { orgId: null, projectId: null, actorId: null, agentId: null }
        await events.append(
          trx,
          numbers.map((n) => ({ type: 'push', repoId: line.repoId, ...nobody, data: { n } })),
        )
        const rows = await trx
          .selectFrom('events')
          .select(['id', 'sequence'])
          .where('repo_id', '=', line.repoId)
          .orderBy('sequence', 'desc')
          .limit(numbers.length)
          .execute()
        const stored = rows.reverse().map(({ id, sequence }, i) => ({
          ...{ id, sequence, type: 'push', repoId: line.repoId, ...nobody },
          ...{ createdAt: clock.now(), data: { n: numbers[i] } },
        }))
        await deliveries.add(
          trx,
          stored.map((event) => ({ receiver: line.receiver, event })),
        )
        return stored
      })
    const shown = async () => {
      const page = await listDeliveries(database.kysely, { receiver: line.receiver }, { limit: 100 })
      return page.items.toSorted((a, b) => a.sequence - b.sequence)
    }
    const statuses = async () => (await shown()).map(({ status }) => status)
    return {
      database,
      clock,
      deliveries,
      outages,
      line,
      sent,
      broughtForward,
      state,
      run,
      add,
      shown,
      statuses,
    }
  }

  test('is sent in the order of the log until it is empty', async () => {
    const { add, run, sent, shown } = open()
    await add(...Array.from({ length: 250 }, (_, n) => n))
    expect(await run()).toBeUndefined()
    expect(sent).toEqual(Array.from({ length: 250 }, (_, n) => n))
    expect((await shown()).every(({ status, attempts }) => status === 'delivered' && attempts === 1)).toBe(
      true,
    )
    await run()
    expect(sent).toHaveLength(250)
  })

  test('waits for its head while the receiver is away, and goes on in order when it is back', async () => {
    const { add, run, sent, state, clock, shown, broughtForward, line } = open()
    await add(1, 2, 3)
    state.answer = () => AWAY
    const first = await run()
    expect(sent).toEqual([1])
    expect(first?.again).toBeGreaterThan(clock.now())
    expect((await shown()).map(({ attempts }) => attempts)).toEqual([1, 0, 0])
    await run()
    expect(sent).toEqual([1])
    clock.advance(30_000)
    state.answer = () => DELIVERED
    expect(await run()).toBeUndefined()
    expect(sent).toEqual([1, 1, 2, 3])
    expect(broughtForward).toEqual([line.receiver])
  })

  test('is parked when the receiver has been away for three days, with all that is as old', async () => {
    const { add, run, state, clock, statuses } = open()
    await add(1, 2)
    state.answer = () => AWAY
    await run()
    clock.advance(73 * HOUR_MS)
    await add(3)
    const end = await run()
    expect(await statuses()).toEqual(['parked', 'parked', 'waiting'])
    expect(end?.again).toBeGreaterThan(clock.now())
  })

  test('waits for one that is rejected for five attempts, then goes on without it; it is tried by itself', async () => {
    const { add, run, sent, state, clock, shown } = open()
    await add(1, 2)
    state.answer = (n) => (n === 1 ? REJECTED : DELIVERED)
    for (let attempts = 1; attempts < 5; attempts++) {
      await run()
      clock.advance(HOUR_MS)
    }
    expect(sent).toEqual([1, 1, 1, 1])
    const end = await run()
    expect(sent).toEqual([1, 1, 1, 1, 1, 2])
    expect(end?.again).toBeGreaterThan(clock.now())
    expect(await shown()).toMatchObject([
      { status: 'waiting', inLine: false, attempts: 5, responseStatus: 500 },
      { status: 'delivered' },
    ])
    clock.advance(12 * HOUR_MS)
    state.answer = () => DELIVERED
    expect(await run()).toBeUndefined()
    expect(sent.at(-1)).toBe(1)
  })

  test('what nobody asks for is forgotten and holds up nothing', async () => {
    const { add, run, state, shown } = open()
    await add(1, 2)
    state.answer = (n) => (n === 1 ? { kind: 'unwanted' } : DELIVERED)
    await run()
    expect(await shown()).toMatchObject([{ status: 'delivered', attempts: 1 }])
  })

  test('is parked when there is nobody to send it to', async () => {
    const { add, run, state, statuses, sent } = open()
    await add(1, 2)
    state.there = false
    expect(await run()).toBeUndefined()
    expect([sent, await statuses()]).toEqual([[], ['parked', 'parked']])
  })

  test('another line of a receiver that was just away is not tried for half a minute', async () => {
    const { add, run, sent, outages, line, clock } = open()
    await add(1)
    outages.isDown(line.receiver, clock.now() + HOUR_MS)
    expect(await run()).toEqual({ again: clock.now() + 30_000 })
    expect(sent).toEqual([])
    clock.advance(30_000)
    await run()
    expect(sent).toEqual([1])
  })

  test('large events are read a few at a time, and all of them are sent-regression', async () => {
    const { add, run, sent, database, deliveries, line } = open()
    const pad = 'x'.repeat(1.5 * 1024 * 1024)
    for (const { id, data } of await add(1, 2, 3, 4, 5))
      await database.kysely
        .updateTable('events')
        .set({ data: JSON.stringify({ ...data, pad }) })
        .where('id', '=', id)
        .execute()
    const { waiting, more } = await deliveries.head(line, 100)
    expect([waiting.length, more]).toEqual([2, true])
    expect(await run()).toBeUndefined()
    expect(sent).toEqual([1, 2, 3, 4, 5])
  })

  test('what is sent by hand waits for no other', async () => {
    const { add, run, sent, state, clock, database, deliveries, line, outages } = open()
    const [event] = await add(1, 2)
    state.answer = () => AWAY
    await run()
    const of = { receiver: line.receiver, event: event! }
    await database.transaction((trx) => deliveries.addAside(trx, of, newId()))
    outages.forget(line.receiver)
    state.answer = () => DELIVERED
    const end = await run()
    expect(sent).toEqual([1, 1])
    expect(end?.again).toBeGreaterThan(clock.now())
  })

  test('a stop writes down what was sent, and leaves the rest waiting', async () => {
    const { add, run, state, statuses } = open()
    await add(1, 2, 3)
    const stop = new AbortController()
    state.answer = (n) => {
      if (n === 2) stop.abort(new Error('stopping'))
      return DELIVERED
    }
    await expect(run(stop.signal)).rejects.toThrow('stopping')
    expect(await statuses()).toEqual(['delivered', 'delivered', 'waiting'])
  })

  test('an event is written down for a receiver once, however often it is handed over', async () => {
    const { add, run, sent, deliveries, database, line } = open()
    const [event] = await add(1)
    await database.transaction((trx) => deliveries.add(trx, [{ receiver: line.receiver, event: event! }]))
    await run()
    expect(sent).toEqual([1])
  })
})
