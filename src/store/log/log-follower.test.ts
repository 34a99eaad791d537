import { expect, test } from 'vitest'
import { forEachEngine, storeOn } from '../../../test/support/databases.ts'
import { happening } from '../../../test/support/between.ts'
import type { NewEvent, StoredEvent } from '../../kernel/events.ts'
import type { RepoId } from '../../kernel/ids.ts'
import { newId } from '../../kernel/uuid.ts'
import { EventCursors } from './event-cursors.ts'
import { EventTail } from './event-tail.ts'
import { handOver, type Subscriber } from './hand-over.ts'
import { LogFollower, type LogFollowerParts } from './log-follower.ts'

const REPO = newId() as RepoId

function news(n: number, rest: Partial<NewEvent> = {}): NewEvent {
  const nobody = { orgId: null, projectId: null, actorId: null, agentId: null }
  return { type: 'push', repoId: REPO, ...nobody, data: { n }, ...rest }
}

const numbers = (events: readonly StoredEvent[]) => events.map(({ data }) => (data as { n: number }).n)
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i)

forEachEngine('a follower of the log', (on) => {
  async function open() {
    const { events: log } = storeOn(on.database)
    const faults: unknown[] = []
    const onFailed = (err: unknown) => void faults.push(err)
    const tail = await EventTail.open({ database: on.database, log, onFailed })
    const cursors = new EventCursors(on.database)
    const name = newId()
    const follow = (parts: Partial<LogFollowerParts>) => {
      const all = { name, tail, cursors, from: 'end', concerns: () => true, take: async () => {}, onFailed }
      const follower = new LogFollower({ ...all, ...parts } as LogFollowerParts)
      log.onAppended((appended) => follower.wake(appended))
      return follower
    }
    const append = (...list: NewEvent[]) => on.database.transaction((trx) => log.append(trx, list))
    return { log, tail, cursors, name, follow, append, faults }
  }

  test('gets everything once, in order, from where it begins, however much comes at once', async () => {
    const { follow, append, tail } = await open()
    using _ = tail
    await append(news(-1))
    const taken: StoredEvent[] = []
    await using follower = follow({ take: async (events) => void taken.push(...events) })
    await follower.caughtUp(REPO)
    for (const n of upTo(30)) await append(...upTo(20).map((m) => news(n * 20 + m)))
    await follower.caughtUp(REPO)
    expect(numbers(taken)).toEqual(upTo(600))
  })

  test('what was refused, and what does not concern it, is passed over', async () => {
    const { follow, append, tail } = await open()
    using _ = tail
    const taken: StoredEvent[] = []
    const concerns = (type: string) => type === 'push'
    await using follower = follow({ concerns, take: async (events) => void taken.push(...events) })
    await follower.caughtUp(REPO)
    await append(news(1), news(2, { denied: true }), news(3, { type: 'repo.renamed' }), news(4))
    await follower.caughtUp(REPO)
    expect(numbers(taken)).toEqual([1, 4])
  })

  test('one that comes back goes on where it was, also behind what is in memory', async () => {
    const { follow, append, tail } = await open()
    using _ = tail
    await (async () => {
      await using first = follow({})
      await first.caughtUp(REPO)
    })()
    for (const n of upTo(12)) await append(...upTo(200).map((m) => news(n * 200 + m)))
    await tail.after(0)
    const taken: StoredEvent[] = []
    await using second = follow({ take: async (events) => void taken.push(...events) })
    await second.caughtUp(REPO)
    expect(numbers(taken)).toEqual(upTo(2_400))
  })

  test('one that fails is tried again from where it stopped', async () => {
    const { follow, append, tail, faults } = await open()
    using _ = tail
    const taken: number[] = []
    let failures = 2
    const done = happening()
    const take = async (events: readonly StoredEvent[]) => {
      if (numbers(events).includes(2) && failures-- > 0) throw new Error('not now')
      taken.push(...numbers(events))
      if (taken.includes(2)) done.happen()
    }
    await using follower = follow({ take })
    await follower.caughtUp(REPO)
    await append(news(1), news(2))
    await done.happened
    expect(taken).toEqual([1, 2])
    expect(faults).toHaveLength(2)
  })

  test('two servers hand an event over once between them', async () => {
    const one = await open()
    const two = await open()
    using _one = one.tail
    using _two = two.tail
    const written: number[] = []
    const subscriber: Subscriber = {
      name: newId(),
      from: 'end',
      concerns: (type) => type === 'push',
      prepare: async (events) => async () => void written.push(...numbers(events)),
    }
    const takeOf = ({ cursors }: { cursors: EventCursors }) =>
      handOver({ database: on.database, cursors, subscriber, onPassedOver: () => {} })
    const { name } = subscriber
    await using a = one.follow({ name, take: takeOf(one) })
    await using b = two.follow({ name, take: takeOf(two) })
    await Promise.all([a.caughtUp(REPO), b.caughtUp(REPO)])
    await Promise.all(upTo(40).map((n) => (n % 2 ? one : two).append(news(n))))
    await one.tail.after(0)
    await two.tail.after(0)
    await Promise.all([a.caughtUp(REPO), b.caughtUp(REPO)])
    expect(written.toSorted((x, y) => x - y)).toEqual(upTo(40))
  })

  test('an event that always fails is passed over in the end, and delays none before it', async () => {
    const { cursors, name, append, log, tail } = await open()
    using _ = tail
    const from = await log.lastSequence()
    await append(news(1), news(2), news(3))
    const written: number[] = []
    const passed: StoredEvent[] = []
    const subscriber: Subscriber = {
      name,
      from: 'end',
      concerns: () => true,
      prepare: async (events) => {
        if (numbers(events).includes(2)) throw new Error('poison')
        return async () => void written.push(...numbers(events))
      },
    }
    const onPassedOver = (event: StoredEvent) => void passed.push(event)
    const take = handOver({ database: on.database, cursors, subscriber, onPassedOver })
    const events = (await log.since(from, 10)).filter(({ repoId }) => repoId === REPO)
    const to = events.at(-1)!.sequence
    for (let n = 1; n < 5; n++) await expect(take(events, to)).rejects.toThrow('poison')
    expect(written).toEqual([1])
    expect(await take(events, to)).toBe(to)
    expect(written).toEqual([1, 3])
    expect(numbers(passed)).toEqual([2])
  })
})
