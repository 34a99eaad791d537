/** events-and-jobs.md, section 2, mirror: remotes of one organisation that never end keep nobody else waiting. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openGitHost, type GitHost } from '../support/git-host.ts'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
let slow: GitHost
let host: GitHost
beforeAll(async () => {
  slow = await openGitHost()
  slow.behave('hang')
  host = await openGitHost()
  w = await restWorld({ SLUICE_OUTBOUND_ALLOW: '127.0.0.0/8' })
})
afterAll(async () => {
  await slow[Symbol.asyncDispose]()
  await w[Symbol.asyncDispose]()
  await host[Symbol.asyncDispose]()
})

/** A repository with one commit, and a mirror of it. */
async function mirrored(server: Stage, name: string, url: string) {
  await server.create('owner', { name })
  const changes = [{ path: 'a', action: 'put', content: 'x', encoding: 'utf-8' }]
  await server.ask('owner', 'POST', `/repos/${server.org}/${name}/commits`, {
    branch: 'main',
    message: 'one',
    changes,
  })
  const at = `/repos/${server.org}/${name}/mirrors/m`
  const credential = { username: 'u', password: 'p' }
  expect((await server.ask('owner', 'PUT', at, { url, credential })).status).toBe(201)
  return at
}

test('an organisation whose remotes hang has others pushed to theirs all the same-regression', async () => {
  const attacker = new Stage(w)
  for (let n = 0; n < 16; n++) await mirrored(attacker, `r${n}`, await slow.create(`acme/${randomUUID()}`))
  await expect.poll(() => slow.calls.length, { timeout: 10_000 }).toBeGreaterThan(3)
  const owner = new Stage(w)
  const at = await mirrored(owner, 'r', await host.create(`acme/${randomUUID()}`))
  const state = async () => (await owner.ask('owner', 'GET', at)).json.state as string
  await expect.poll(state, { timeout: 10_000 }).toBe('ok')
})
