/** What anybody may leave on a GRASP host under the ids of events: so much, and no more. */
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { graspWorld, remoteRefs, type GraspWorld } from '../support/grasp.ts'

let g: GraspWorld
beforeAll(async () => {
  g = await graspWorld({ settings: { SLUICE_GRASP_MAX_TIP_BYTES: '1MiB' } })
})
afterAll(() => g[Symbol.asyncDispose]())

const someId = () => randomBytes(32).toString('hex')

test('more tips without events than one address may leave are refused, and none of them stays', async () => {
  const { url, actor, head } = await g.hosted()
  const tips = Array.from({ length: 101 }, () => `${head}:refs/nostr/${someId()}`)
  const pushed = await actor.git('push', '-q', url, ...tips)
  expect(pushed.code).not.toBe(0)
  expect(pushed.output).toContain('remote rejected')
  expect([...(await remoteRefs(actor, url)).keys()].filter((ref) => ref.startsWith('refs/nostr/'))).toEqual(
    [],
  )
  await actor.ok('push', '-q', url, tips[0]!)
})

test('a tip that is larger than what a tip may be is refused, and its objects are not kept', async () => {
  const { url, actor } = await g.hosted()
  await writeFile(join(actor.dir, 'large.bin'), randomBytes(2 << 20))
  await actor.ok('add', 'large.bin')
  const tip = await actor.commit('readme', 'with something large\n')
  const pushed = await actor.git('push', '-q', url, `${tip}:refs/nostr/${someId()}`)
  expect(pushed.code).not.toBe(0)
  expect(pushed.output).toMatch(/remote rejected.*pull request is too large/)
  const stranger = await g.git('stranger')
  await stranger.start(url)
  expect((await stranger.git('fetch', '-q', url, tip)).code).not.toBe(0)
})
