/** After whatever was done to a server: it serves, nothing lies about, and git finds nothing wrong. */
import { expect, vi } from 'vitest'
import { leftovers, repositoriesOf } from './leftovers.ts'
import { gitsOf } from './processes.ts'
import type { World } from './world.ts'

/** The agent has a work tree with `main`. What has been cut off takes a moment to end. */
export async function expectStillSound(w: World): Promise<void> {
  await vi.waitFor(
    async () => {
      expect(gitsOf(process.pid)).toEqual([])
      expect(await leftovers(repositoriesOf(w.dir))).toEqual([])
    },
    { timeout: 5_000 },
  )
  await w.agent.commit('alive.txt', `${performance.now()}\n`)
  expect((await w.agent.git('push', w.repo.url, 'main')).code).toBe(0)
  const fsck = await w.onServer('fsck', '--strict', '--no-dangling')
  expect(fsck.output).toBe('')
}
