/** Small pushes are taken in the server itself; whatever is unusual about one, git takes or refuses as ever. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { world, type World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await world()
  await w.agent.start(w.repo.url)
})
afterAll(() => w[Symbol.asyncDispose]())

async function metric(name: string): Promise<number> {
  const text = await (await w.owner.fetch(`${w.url}/metrics`)).text()
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
}

test('a push of a commit needs no git but the one that moves refs, which stays', async () => {
  await w.agent.commit('a.txt', 'one\n')
  await w.agent.ok('push', 'origin', 'main')
  const started = await metric('sluice_git_processes_started_total')
  await w.agent.commit('a.txt', 'two\n')
  const tip = await w.agent.commit('deep/er/b.txt', 'three\n')
  await w.agent.ok('push', 'origin', 'main')
  expect(await metric('sluice_git_processes_started_total')).toBe(started)
  expect(await metric('sluice_small_pushes_taken_total')).toBe(2)
  expect(await metric('sluice_small_pushes_held_bytes')).toBe(0)
  expect((await w.onServer('rev-parse', 'main')).stdout.trim()).toBe(tip)
  expect((await w.onServer('fsck', '--strict')).output).toBe('')
})
