import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FairQueue } from './limits.ts'

const ROOMY = { total: 100, perRepository: 100, perPrincipal: 100, maxWaiting: 100 }
const key = (repoId: string, principal = 'p') => ({ repoId, principal })

test.each([
  ['in total', { ...ROOMY, total: 1 }, key('a', 'one'), key('b', 'two')],
  ['per repository', { ...ROOMY, perRepository: 1 }, key('a', 'one'), key('a', 'two')],
  ['per principal', { ...ROOMY, perPrincipal: 1 }, key('a', 'one'), key('b', 'one')],
])('the bound %s makes the next one wait until a place is free', async (_what, limits, first, second) => {
  const queue = new FairQueue(limits)
  const place = await queue.enter(first)
  const waits = queue.enter(second)
  expect([queue.running, queue.waiting]).toEqual([1, 1])
  place[Symbol.dispose]()
  place[Symbol.dispose]()
  using _second = await waits
  expect([queue.running, queue.waiting]).toEqual([1, 0])
})

test('principals take turns, however many requests one of them has', async () => {
  const queue = new FairQueue({ ...ROOMY, total: 1 })
  const first = await queue.enter(key('r', 'greedy'))
  const order: string[] = []
  const all = ['greedy', 'greedy', 'greedy', 'modest', 'shy'].map(async (who) => {
    using _place = await queue.enter(key('r', who))
    order.push(who)
  })
  first[Symbol.dispose]()
  await Promise.all(all)
  expect(order).toEqual(['greedy', 'modest', 'shy', 'greedy', 'greedy'])
})

test('one who may not run yet does not hold up those behind', async () => {
  const queue = new FairQueue({ ...ROOMY, total: 2, perRepository: 1 })
  using _busy = await queue.enter(key('busy'))
  const other = await queue.enter(key('other'))
  const stuck = queue.enter(key('busy'))
  const passes = queue.enter(key('third'))
  other[Symbol.dispose]()
  using _passed = await passes
  expect(queue.waiting).toBe(1)
  stuck.catch(() => {})
})

test('the fewer places are free the fewer one principal gets, and some for everybody are left', async () => {
  const queue = new FairQueue({
    total: 512,
    perRepository: 512,
    perPrincipal: 32,
    partOfFree: 0.5,
    maxWaiting: 9_999,
  })
  const places = async (who: string) => {
    const before = queue.running
    for (let n = 0; n < 512; n++) void queue.enter(key('r', who)).then((place) => held.push(place))
    await new Promise(setImmediate)
    return queue.running - before
  }
  const held: Disposable[] = []
  expect(await places('first')).toBe(171)
  expect(await places('second')).toBe(114)
  for (const who of ['third', 'fourth', 'fifth', 'sixth'])
    expect(await places(who)).toBeGreaterThanOrEqual(32)
  while (queue.waiting > 0) {
    for (const place of held.splice(0)) place[Symbol.dispose]()
    await new Promise(setImmediate) // those who wait come in
  }
  expect(queue.waiting).toBe(0)
})

test('a queue that is too long refuses with a time to come back', async () => {
  let now = 0
  const queue = new FairQueue({ ...ROOMY, total: 1, maxWaiting: 2 }, () => now)
  const place = await queue.enter(key('a'))
  const waits = [queue.enter(key('a')), queue.enter(key('a'))]
  const refused = { code: 'OVERLOADED', status: 503 }
  await expect(queue.enter(key('a'))).rejects.toMatchObject({ ...refused, details: { retryAfterSeconds: 2 } })
  now = 100_000
  place[Symbol.dispose]()
  using _next = await waits[0]
  const last = queue.enter(key('a'))
  await expect(queue.enter(key('a'))).rejects.toMatchObject({
    ...refused,
    details: { retryAfterSeconds: 22 },
  })
  last.catch(() => {})
})

test('who has filled the queue keeps nobody out of it', async () => {
  const queue = new FairQueue({ ...ROOMY, total: 2, perPrincipal: 1, maxWaiting: 3 })
  const enter = async (who: string) => {
    using _place = await queue.enter(key('r', who))
    return who
  }
  const held = [await queue.enter(key('r', 'greedy')), await queue.enter(key('r', 'modest'))]
  const greedy = [enter('greedy'), enter('greedy'), enter('greedy')]
  await expect(enter('greedy')).rejects.toMatchObject({ code: 'OVERLOADED' })
  const modest = enter('modest')
  await expect(greedy.pop()).rejects.toMatchObject({ code: 'OVERLOADED', details: { retryAfterSeconds: 2 } })
  const shy = enter('shy')
  await expect(greedy.pop()).rejects.toMatchObject({ code: 'OVERLOADED' })
  await expect(enter('late'), 'each waits with one only').rejects.toMatchObject({ code: 'OVERLOADED' })
  for (const place of held) place[Symbol.dispose]()
  expect(await Promise.all([...greedy, modest, shy])).toEqual(['greedy', 'modest', 'shy'])
  expect([queue.running, queue.waiting]).toEqual([0, 0])
})

test('whoever gives up waiting leaves the queue', async () => {
  const queue = new FairQueue({ ...ROOMY, total: 1 })
  using _place = await queue.enter(key('a'))
  const abort = new AbortController()
  const waits = queue.enter(key('a'), abort.signal)
  abort.abort(new Error('gone'))
  await expect(waits).rejects.toThrow('gone')
  expect(queue.waiting).toBe(0)
  await expect(queue.enter(key('b'), abort.signal)).rejects.toThrow('gone')
})

test('whatever comes and goes, bounds hold and everybody gets in', async () => {
  const arrivals = fc.array(fc.tuple(fc.nat(3), fc.nat(3), fc.nat(4)), { maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(arrivals, async (requests) => {
      const limits = { total: 4, perRepository: 2, perPrincipal: 3, maxWaiting: 100 }
      const queue = new FairQueue(limits)
      const held = new Map<string, number>()
      const add = (name: string, by: number) => held.set(name, (held.get(name) ?? 0) + by)
      const runs = requests.map(async ([repo, who, ticks]) => {
        using _place = await queue.enter(key(`${repo}`, `${who}`))
        add(`r${repo}`, 1)
        add(`p${who}`, 1)
        expect(queue.running).toBeLessThanOrEqual(limits.total)
        expect(held.get(`r${repo}`)).toBeLessThanOrEqual(limits.perRepository)
        expect(held.get(`p${who}`)).toBeLessThanOrEqual(limits.perPrincipal)
        for (let i = 0; i < ticks; i++) await Promise.resolve()
        add(`r${repo}`, -1)
        add(`p${who}`, -1)
      })
      await Promise.all(runs)
      expect([queue.running, queue.waiting]).toEqual([0, 0])
    }),
  )
})
