/** The main job, once through: create, push, clone, fetch. */
import { expect, test } from 'vitest'
import { world } from '../support/world.ts'

test('what one agent pushes another clones', async () => {
  await using w = await world()
  await w.agent.start(w.repo.url)
  const head = await w.agent.commit('a.txt', 'hello\n')
  const pushed = await w.agent.git('push', 'origin', 'main')
  expect(pushed.output).toContain('* [new branch]      main -> main')
  expect(pushed.code).toBe(0)

  const cloned = await w.owner.git('clone', '-q', w.repo.url, 'copy')
  expect(cloned.output).toBe('')
  expect((await w.owner.git('-C', 'copy', 'rev-parse', 'HEAD')).stdout.trim()).toBe(head)
  expect((await w.onServer('fsck', '--strict')).code).toBe(0)
})

test('a stranger is told the repository is not there, and nobody is asked who he is', async () => {
  await using w = await world()
  expect((await w.stranger.git('ls-remote', w.repo.url)).output).toContain('not found')
  expect((await w.nobody.git('ls-remote', w.repo.url)).output).toContain('could not read Username')
})
