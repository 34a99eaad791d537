/**
 * The server is killed at the steps of a push through a gate. After a restart and one read the gate shows what
 * its upstream has, and the log tells of each ref that moved once.
 */
import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Actor } from '../support/actor.ts'
import type { Mishap } from '../support/doomed/server.ts'
import { openHost, type Host } from '../support/host.ts'
import { openHttpsUpstream, type HttpsUpstream } from '../support/https-upstream.ts'

const FORGE_PATH = 'forge/app'

/** `refreshed`: the upstream took it, and the next read brought it. `recovered`: the start finished it. */
type Outcome = 'absent' | 'refreshed' | 'recovered'

const STEPS: readonly (Mishap & { readonly outcome: Outcome })[] = [
  { what: 'SIGKILL', step: 'after open', outcome: 'absent' },
  { what: 'SIGKILL', step: 'before decide', outcome: 'refreshed' },
  { what: 'SIGKILL', step: 'after decide', outcome: 'recovered' },
  { what: 'power cut', step: 'halfway commit', outcome: 'recovered' },
  { what: 'SIGKILL', step: 'before complete', outcome: 'recovered' },
]

let host: Host
let forge: HttpsUpstream
let agent: Actor

beforeAll(async () => {
  forge = await openHttpsUpstream()
  const url = await forge.create(FORGE_PATH)
  host = await openHost({ settings: { SLUICE_GATE_ALLOW_PRIVATE: '1', SLUICE_GATE_IDLE_SECONDS: '60' } })
  const { username, password: token, ca } = forge
  const body = JSON.stringify({ url, ca, key: { provider: 'token', username, token } })
  const at = `${host.server.url}/repos/acme/app/upstream`
  const declared = await host.owner.fetch(at, { method: 'PUT', body })
  expect([200, 201]).toContain(declared.status)
  agent = await host.actor('agent')
  await agent.start(host.repoUrl)
  await agent.commit('a.txt', 'first\n')
  await agent.ok('push', '-q', host.repoUrl, 'main', ...STEPS.map((_, n) => `main:old-${n}`))
})
afterAll(async () => {
  await host[Symbol.asyncDispose]()
  await forge[Symbol.asyncDispose]()
})

test.each(STEPS.map((step, n) => ({ ...step, n })))(
  '$what $step: $outcome',
  async ({ outcome, n, ...mishap }) => {
    const before = { refs: await forge.refs(FORGE_PATH), pushes: (await host.pushes()).length }
    await agent.commit('a.txt', `change ${n}\n`)
    await host.server.arm(mishap)
    const pushed = await agent.git('push', host.repoUrl, 'main', `main:new-${n}`, `:old-${n}`)
    expect(pushed.code).not.toBe(0)
    expect(await host.server.ended).toBe('SIGKILL')
    await host.start()
    await agent.ok('ls-remote', host.repoUrl)
    await expectConverged()
    const isNew = (await forge.refs(FORGE_PATH)).join() !== before.refs.join()
    expect(isNew).toBe(outcome !== 'absent')
    const told = (await host.pushes()).slice(before.pushes).map(({ data }) => data)
    expect(told.flatMap(({ refs }) => refs.map(({ ref }) => ref)).sort()).toEqual(
      isNew ? ['refs/heads/main', `refs/heads/new-${n}`, `refs/heads/old-${n}`].sort() : [],
    )
    expect(new Set(told.map(({ via }) => via))).toEqual(new Set(isNew ? [VIA[outcome]] : []))
    expect(told.some(({ recovered }) => recovered)).toBe(outcome === 'recovered')
  },
)

test('killed while the upstream is at its hooks: what lands there afterwards is here with the next read', async () => {
  const [begun, go] = [join(host.dir, 'begun'), join(host.dir, 'go')]
  await new Promise((resolve) => spawn('mkfifo', [begun, go]).on('close', resolve))
  await forge.setHook(FORGE_PATH, 'pre-receive', `echo begun > '${begun}'; cat '${go}' > /dev/null`)
  const pushes = (await host.pushes()).length
  const tip = await agent.commit('a.txt', 'landed late\n')
  const pushed = agent.git('push', host.repoUrl, 'main')
  await readFile(begun)
  await host.server.kill()
  expect((await pushed).code).not.toBe(0)
  await host.start()
  await writeFile(go, 'go\n')
  await vi.waitFor(async () => expect(await forge.refs(FORGE_PATH)).toContain(`refs/heads/main ${tip}`), {
    timeout: 10_000,
  })
  expect(await agent.ok('ls-remote', host.repoUrl, 'refs/heads/main')).toContain(tip)
  await expectConverged()
  const told = (await host.pushes()).slice(pushes).map(({ data }) => [data.via, data.refs.length])
  expect(told).toEqual([['upstream', 1]])
})

const VIA = { absent: null, refreshed: 'upstream', recovered: 'git' } as const

/** Refs are those of the upstream, and nothing is left of the push that died. */
async function expectConverged(): Promise<void> {
  const refs = [...(await host.refs())].map(([ref, oid]) => `${ref} ${oid}`)
  expect(refs).toEqual(await forge.refs(FORGE_PATH))
  await using database = await host.openDatabase()
  expect(await database.kysely.selectFrom('intents').select('id').execute()).toEqual([])
  await vi.waitFor(async () => expect(await host.leftovers()).toEqual([]))
  const fsck = await host.onServer('fsck', '--strict', '--no-dangling')
  expect([fsck.code, fsck.output]).toEqual([0, ''])
}
