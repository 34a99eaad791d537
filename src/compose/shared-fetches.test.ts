import { setImmediate as nextRound } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { SlabPool } from '../git/launcher/slab-pool.ts'
import type { Git } from './git.ts'
import { readyAnswers } from './shared-fetches.ts'

const WORK_MS = 2

function work(): void {
  const end = performance.now() + WORK_MS
  while (performance.now() < end);
}

test('of many who are let in at once only some begin in each round of the event loop', async () => {
  const readers = { enter: async () => ({ [Symbol.dispose]: () => {} }) }
  const { admitReader } = readyAnswers({ readers, slabs: new SlabPool() } as unknown as Git)
  const begun: number[] = []
  let round = 0
  const { signal } = new AbortController()
  const all = Array.from({ length: 10 }, async (_, who) => {
    using _place = await admitReader({ repoId: 'r' as never, principal: `${who}` }, signal)
    begun.push(round)
    work()
  })
  for (; begun.length < all.length; round++) await nextRound()
  await Promise.all(all)
  expect(new Set(begun).size).toBeGreaterThanOrEqual(4)
})
