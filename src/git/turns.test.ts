import { setImmediate as nextRound } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Turns } from './turns.ts'

/** Each turn takes `costMs` by a clock of its own. */
async function serve(times: number, costMs: number) {
  let now = 0
  const turns = new Turns(() => now)
  const served: { who: number; round: number }[] = []
  let round = 0
  const all = Array.from({ length: times }, async (_, who) => {
    await turns.take()
    now += costMs
    served.push({ who, round })
  })
  while (served.length < times) {
    await nextRound()
    round++
  }
  await Promise.all(all)
  return served
}

test('many who wait at once are served in order, and each round of the event loop takes only some of them', async () => {
  const served = await serve(100, 1)
  expect(served.map(({ who }) => who)).toEqual(Array.from({ length: 100 }, (_, who) => who))
  const rounds = new Map<number, number>()
  for (const { round } of served) rounds.set(round, (rounds.get(round) ?? 0) + 1)
  expect(Math.max(...rounds.values())).toBeLessThanOrEqual(4)
  expect(rounds.size).toBe(25)
})

test('turns that take next to no time are all of one round', async () => {
  const served = await serve(100, 0.01)
  expect(new Set(served.map(({ round }) => round)).size).toBe(1)
})

test('whoever has had a turn waits for the next behind those who have had none', async () => {
  const turns = new Turns()
  const order: string[] = []
  const stream = async (name: string) => {
    for (let piece = 0; piece < 3; piece++) {
      await turns.take()
      order.push(name)
    }
  }
  await Promise.all(['a', 'b', 'c'].map(stream))
  expect(order.join('')).toBe('abcabcabc')
})
