import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RefName, RepoId } from './ids.ts'
import { LandingQueue } from './landing-queue.ts'

const repo = 'r' as RepoId
const main = 'refs/heads/main' as RefName

/** Enters `who` on `main`, notes when its turn comes, and gives it back at once. */
async function land(queue: LandingQueue, order: string[], who: string, party: string): Promise<void> {
  using _turn = await queue.enter(repo, main, party)
  order.push(who)
  await new Promise(setImmediate)
}

test('one party with many commits in line waits between two of them for every other', async () => {
  const queue = new LandingQueue()
  const order: string[] = []
  const busy = ['b1', 'b2', 'b3', 'b4', 'b5'].map((who) => land(queue, order, who, 'busy'))
  const others = [land(queue, order, 'x', 'x'), land(queue, order, 'y1', 'y'), land(queue, order, 'y2', 'y')]
  await Promise.all([...busy, ...others])
  expect(order).toEqual(['b1', 'b2', 'x', 'y1', 'b3', 'y2', 'b4', 'b5'])
})

test('who writes to another branch, or another repository, does not wait', async () => {
  const queue = new LandingQueue()
  using _held = await queue.enter(repo, main, 'a')
  using _branch = await queue.enter(repo, 'refs/heads/other' as RefName, 'b')
  using _repository = await queue.enter('other' as RepoId, main, 'b')
})

test('when too many wait, one more is told to come back later, and those in line are served', async () => {
  const queue = new LandingQueue(2)
  const order: string[] = []
  const waiting = ['first', 'second', 'third'].map((who) => land(queue, order, who, who))
  await expect(queue.enter(repo, main, 'fourth')).rejects.toMatchObject({
    code: 'OVERLOADED',
    details: { retryAfterSeconds: 5 },
  })
  await Promise.all(waiting)
  await land(queue, order, 'later', 'later')
  expect(order).toEqual(['first', 'second', 'third', 'later'])
})

test('a party that has filled the line keeps no other out of it-regression', async () => {
  const queue = new LandingQueue(3)
  const order: string[] = []
  const busy = ['b1', 'b2', 'b3', 'b4'].map((who) => land(queue, order, who, 'busy'))
  const sentAway = expect(busy[3]).rejects.toMatchObject({ code: 'OVERLOADED' })
  const other = land(queue, order, 'x', 'x')
  await expect(land(queue, order, 'b5', 'busy')).rejects.toMatchObject({ code: 'OVERLOADED' })
  await sentAway
  await Promise.all([...busy.slice(0, 3), other])
  expect(order).toEqual(['b1', 'b2', 'x', 'b3'])
})

test('who waits is counted while he does, and how long he did when his turn has come', async () => {
  let now = 0
  const queue = new LandingQueue(2, () => now)
  const held = await queue.enter(repo, main, 'a')
  const waiting = [queue.enter(repo, main, 'b'), queue.enter(repo, main, 'c')]
  await expect(queue.enter(repo, main, 'sent away')).rejects.toMatchObject({ code: 'OVERLOADED' })
  expect(queue).toMatchObject({ waiting: 2, waits: 0, waitedMs: 0 })
  now = 30
  held[Symbol.dispose]()
  const second = await waiting[0]
  expect(queue).toMatchObject({ waiting: 1, waits: 1, waitedMs: 30 })
  now = 50
  second?.[Symbol.dispose]()
  await waiting[1]
  expect(queue).toMatchObject({ waiting: 0, waits: 2, waitedMs: 80 })
})

test('nobody shares a turn, everybody gets one, and each party keeps its own order', async () => {
  const parties = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(parties, async (arrivals) => {
      const queue = new LandingQueue()
      const order: { readonly party: string; readonly at: number }[] = []
      let holders = 0
      await Promise.all(
        arrivals.map(async (party, at) => {
          using _turn = await queue.enter(repo, main, party)
          expect(++holders).toBe(1)
          order.push({ party, at })
          await new Promise(setImmediate)
          holders--
        }),
      )
      expect(order).toHaveLength(arrivals.length)
      for (const party of ['a', 'b', 'c']) {
        const own = order.filter((each) => each.party === party).map(({ at }) => at)
        expect(own).toEqual(own.toSorted((x, y) => x - y))
      }
    }),
  )
})
