/** After a push to a repository that is busy, the first client that fetches finds its answer made. */
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { Actor } from '../support/actor.ts'
import { world, type World } from '../support/world.ts'

let w: World
let names = 0
beforeAll(async () => {
  w = await world({ settings: { SLUICE_WARM_UPS_PER_MINUTE: '100' } })
})
afterAll(() => w[Symbol.asyncDispose]())

beforeEach(async () => {
  w.repo = await w.createRepo(`r${++names}`)
  w.owner = await w.actor(`owner-${names}`, { accountId: w.owner.accountId })
  await w.owner.start(w.repo.url)
  await w.owner.gitWith({ input: history(20) }, 'fast-import', '--quiet')
  await w.owner.ok('reset', '-q', '--hard', 'main')
  await w.owner.ok('push', '-q', 'origin', 'main')
})

/** More commits than a client names in one request. */
function history(commits: number): string {
  const lines = Array.from({ length: commits }, (_, n) => {
    const who = `committer A <a@example.test> ${1_700_000_000 + n} +0000`
    return `commit refs/heads/main\n${who}\ndata 2\nc\nM 100644 inline a.txt\ndata 3\n${n % 10}a\n`
  })
  return lines.join('')
}

/** Answers made before anybody asked, so far. */
async function warmUps(server: World = w): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  return Number(/^sluice_fetch_warm_ups_total\{result="made"\} (\d+)$/m.exec(text)?.[1])
}

/** Pushes one more commit. @returns its id */
async function pushMore(by: Actor = w.owner): Promise<string> {
  const tip = await by.commit('a.txt', `${by.name} ${names} ${++pushed}\n`)
  await by.ok('push', '-q', 'origin', 'main')
  return tip
}
let pushed = 0

/** ... and waits for what comes of it. */
async function pushMoreAndWarm(answers: number): Promise<string> {
  const before = await warmUps()
  const tip = await pushMore()
  await vi.waitFor(async () => expect(await warmUps()).toBe(before + answers), {
    timeout: 10_000,
    interval: 20,
  })
  return tip
}

/** @returns processes that the server started for it */
async function gitsFor(work: () => Promise<unknown>): Promise<number> {
  const before = w.sluice.processesStarted()
  await work()
  return w.sluice.processesStarted() - before
}

async function cloned(...options: string[]): Promise<Actor> {
  const actor = await w.actor('agent', { accountId: w.owner.accountId })
  await actor.ok('clone', '-q', ...options, w.repo.url, '.')
  return actor
}

test('the first fetch of a new commit starts no git, if others have fetched the one before', async () => {
  const agents = [await cloned(), await cloned()] as const
  await pushMore()
  for (const agent of agents) await agent.ok('fetch', '-q')
  const tip = await pushMoreAndWarm(2) // the full clone, too
  for (const agent of agents) {
    expect(await gitsFor(() => agent.ok('fetch', '-q'))).toBe(0)
    expect(await agent.ok('rev-parse', 'origin/main')).toBe(tip)
    expect(await agent.ok('fsck', '--strict')).toBe('')
  }
  const next = await pushMoreAndWarm(2)
  expect(await gitsFor(() => agents[0].ok('fetch', '-q'))).toBe(0)
  expect(await agents[0].ok('rev-parse', 'origin/main')).toBe(next)
})

test.each([
  ['shallow', '--depth=1'],
  ['partial', '--filter=blob:none', '--no-checkout'],
  ['single-branch', '--single-branch'],
])(
  'the first %s clone after a push starts no git, if others have cloned so before',
  async (_what, ...options) => {
    await cloned(...options)
    const tip = await pushMoreAndWarm(1)
    let agent: Actor | null = null
    expect(await gitsFor(async () => (agent = await cloned(...options)))).toBe(0)
    expect(await agent!.ok('rev-parse', 'HEAD')).toBe(tip)
  },
)

test('a shallow clone that follows its branch finds its answer, too', async () => {
  const agent = await cloned('--depth=1')
  await pushMore()
  await agent.ok('fetch', '-q')
  await pushMoreAndWarm(2) // the clone, too
  expect(await gitsFor(() => agent.ok('fetch', '-q'))).toBe(0)
})

test('nothing is made for a repository that nobody fetches from', async () => {
  const busy = await cloned('--depth=1')
  const [before, idle] = [await warmUps(), w.repo]
  w.repo = await w.createRepo(`idle-${names}`)
  const writer = await w.actor('writer', { accountId: w.owner.accountId })
  await writer.start(w.repo.url)
  for (let n = 0; n < 3; n++) await pushMore(writer)
  w.repo = idle
  await busy.ok('pull', '-q')
  await pushMoreAndWarm(1) // pushes are looked at in the order in which they came
  expect(await warmUps()).toBe(before + 1)
})

test('who may not read a repository is not given what was made for others', async () => {
  await cloned('--depth=1')
  await pushMoreAndWarm(1)
  const refused = await w.stranger.git('clone', '-q', '--depth=1', w.repo.url, `stolen-${names}`)
  expect(refused.code).not.toBe(0)
  expect(refused.output).toMatch(/not found/)
})

test('over the budget nothing is made, and clients get their answers all the same', async () => {
  await using poor = await world({ settings: { SLUICE_WARM_UPS_PER_MINUTE: '1' } })
  await poor.owner.start(poor.repo.url)
  await pushMore(poor.owner)
  await poor.agent.ok('clone', '-q', '--depth=1', poor.repo.url, '.')
  await pushMore(poor.owner)
  await vi.waitFor(async () => expect(await warmUps(poor)).toBe(1), { timeout: 10_000, interval: 20 })
  const tip = await pushMore(poor.owner)
  const again = await poor.actor('again', { accountId: poor.owner.accountId })
  await again.ok('clone', '-q', '--depth=1', poor.repo.url, '.')
  expect(await again.ok('rev-parse', 'HEAD')).toBe(tip)
  const text = await (await fetch(`${poor.url}/metrics`)).text()
  expect(text).toMatch(/^sluice_fetch_warm_ups_total\{result="skipped"\} 1$/m)
})
