/** What is kept of answers to fetches when a server ends, and a server that keeps none. */
import { readdir, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openHost } from '../support/host.ts'
import { world } from '../support/world.ts'

test('what a killed server has left of its answers is cut short, means nothing, and is swept by the next', async () => {
  await using host = await openHost({ program: 'main' })
  await host.owner.start(host.repoUrl)
  const head = await host.owner.commit('a.txt', 'a\n'.repeat(100_000))
  await host.owner.ok('push', '-q', 'origin', 'main')
  await host.owner.ok('clone', '-q', '--bare', host.repoUrl, 'before')
  const fetches = join(host.root, '.fetches')
  const [dead = ''] = await readdir(fetches)
  const files = await readdir(join(fetches, dead))
  expect(files).toHaveLength(1)
  await host.server.kill()
  await truncate(join(fetches, dead, files[0]!), 60)

  await host.start()
  expect(await readdir(fetches)).not.toContain(dead)
  await host.owner.ok('clone', '-q', '--bare', host.repoUrl, 'after')
  expect(await host.owner.ok('-C', 'after', 'rev-parse', 'main')).toBe(head)
  await host.owner.ok('-C', 'after', 'fsck', '--strict')
})

test('a server that is told to keep none has one git for every fetch, and nothing on disk', async () => {
  await using w = await world({ settings: { SLUICE_FETCH_CACHE_BYTES: '0' } })
  await w.agent.start(w.repo.url)
  await w.agent.commit('a.txt', 'a\n')
  await w.agent.ok('push', '-q', 'origin', 'main')
  const before = w.sluice.processesStarted()
  for (const name of ['one', 'two']) await w.agent.ok('clone', '-q', '--bare', w.repo.url, name)
  expect(w.sluice.processesStarted() - before).toBe(2)
  const fetches = join(w.config.gitStorageRoot, '.fetches')
  const [run = ''] = await readdir(fetches)
  expect(await readdir(join(fetches, run))).toEqual([])
})
