/** Events name URLs that are no git servers, or not to be asked: nothing is started, and nothing is connected to. */
import { createServer, type Server } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { graspWorld, type GraspWorld } from '../support/grasp.ts'

/** A listener on every address of this machine that counts who comes. */
let spy: Server
let connections = 0
let w: GraspWorld
beforeAll(async () => {
  spy = createServer((socket) => {
    connections++
    socket.destroy()
  })
  await once(spy.listen(0), 'listening')
  w = await graspWorld({
    settings: { SLUICE_GRASP_SYNC: 'on', SLUICE_GRASP_SYNC_PATIENCE_SECONDS: '0' },
  })
})
afterAll(async () => {
  await w[Symbol.asyncDispose]()
  spy.close()
})

const OID = '1'.repeat(40)

/** Resolves when a hunt for this identifier has ended, and waits for its next turn. */
async function hunted(identifier: string): Promise<void> {
  await using database = await w.world.openDatabase()
  const hunts = async () => {
    const rows = await database.kysely
      .selectFrom('jobs')
      .selectAll()
      .where('type', '=', 'grasp_sync')
      .execute()
    return rows.filter(({ payload, status, run_at }) => {
      return payload.includes(identifier) && status === 'queued' && run_at > Date.now() + 5_000
    }).length
  }
  await expect.poll(hunts, { timeout: 10_000 }).toBe(1)
}

test('hostile clone URLs start no process and make no connection', async () => {
  const { port } = spy.address() as AddressInfo
  const identifier = w.identifier('hostile')
  const clone = [
    w.cloneUrl(w.owner, identifier),
    ...[
      '127.0.0.1',
      'localhost',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '0.0.0.0',
      '127.1',
      '2130706433',
      '0x7f000001',
    ].map((host) => `http://${host}:${port}/a/b.git`),
    `http://localhost.:${port}/a/b.git`,
    `https://user:password@localhost:${port}/a/b.git`,
    'http://169.254.169.254/latest/meta-data',
    'http://10.0.0.1/a.git',
    `git://127.0.0.1:${port}/a`,
    `ssh://127.0.0.1:${port}/a`,
    'file:///etc',
    'ext::sh -c touch% /tmp/pwned',
    '/etc',
    '--upload-pack=touch /tmp/pwned',
    `--upload-pack=http://127.0.0.1:${port}`,
    'http://[::1',
    'http://example.org:22/a.git',
    '',
  ]
  const before = w.world.sluice.processesStarted()
  await w.announce(w.owner, identifier, { clone })
  await w.state(w.owner, identifier, { 'refs/heads/main': OID })
  await hunted(identifier)
  expect(connections).toBe(0)
  expect(w.world.sluice.processesStarted()).toBe(before)
})

test('ids that are none, and names that look like options, reach no git', async () => {
  const identifier = w.identifier('options')
  const before = w.world.sluice.processesStarted()
  await w.announce(w.owner, identifier, {
    clone: [w.cloneUrl(w.owner, identifier), 'https://127.0.0.2/a.git'],
  })
  const refs = { 'refs/heads/main': '--upload-pack=touch /tmp/pwned', 'refs/heads/--output=x': OID }
  expect((await w.state(w.owner, identifier, refs)).accepted).toBe(true)
  expect(w.world.sluice.processesStarted()).toBe(before)
  expect(connections).toBe(0)
})
