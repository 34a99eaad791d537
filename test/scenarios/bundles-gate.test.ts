/** Bundles of a repository with an upstream: what that took back is in none. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { gateWorld } from '../support/gate.ts'
import { maintainNow, setFetches } from '../support/maintained.ts'

test('a bundle of a gate is given away only while its upstream has what is in it', async () => {
  await using g = await gateWorld({ settings: { SLUICE_BUNDLE_MIN_BYTES: '1' } })
  const gate = await g.gate({ commits: 2 })
  await gate.agent.ok('clone', '-q', gate.url, '.')
  await setFetches(g.world, 5, gate.id)
  await maintainNow(g.world, gate.id)
  const [name] = await readdir(join(gate.path, 'bundles'))
  const url = `${gate.url}/bundles/${name}`
  expect((await gate.agent.fetch(url)).status).toBe(200)

  const { colleague } = gate.upstream
  await gate.upstream.commit('more', 'more\n')
  expect((await gate.agent.fetch(url)).status).toBe(200) // it has grown
  await colleague.ok('reset', '-q', '--hard', 'HEAD~2')
  await colleague.ok('commit', '-q', '--allow-empty', '-m', 'another')
  await colleague.ok('push', '-q', '--force', 'origin', 'main')
  expect((await gate.agent.fetch(url)).status).toBe(404) // asked for nothing else meanwhile
  expect(await (await gate.agent.fetch(`${gate.url}/bundles`)).text()).not.toContain('uri')
})
