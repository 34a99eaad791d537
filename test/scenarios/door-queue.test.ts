/** Who waits for git, who is sent away, and what each of them hears meanwhile. */
import { expect, test } from 'vitest'
import { firstGitWaits, firstPackWaits } from '../support/between.ts'
import { commandBody, openRaw, pushBody, raw, readBands } from '../support/raw-git.ts'
import { workbench } from '../support/workbench.ts'
import { world, type World } from '../support/world.ts'

/** Every pack is taken by a git, small ones, too. */
const BY_GIT = { SLUICE_SMALL_PUSHES: 'off' }

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)

/** Waits until so many git operations stand in the queue, as the operator sees it. */
async function queueHolds(own: World, length: number): Promise<void> {
  const seen = async () => {
    const metrics = await (await own.owner.fetch(`${own.url}/metrics`)).text()
    return Number(/^sluice_git_queue_length (\d+)$/m.exec(metrics)?.[1])
  }
  await expect.poll(seen, { interval: 5, timeout: 10_000 }).toBe(length)
}

test('a push whose client left while it waited for its turn is not made', async () => {
  const { between, arrived, goOn } = firstGitWaits()
  await using own = await world({ settings: { ...BY_GIT, SLUICE_GIT_PROCESSES: '1' }, between })
  const b = await workbench(own)
  const head = await b.agent.commit('a.txt', 'one\n')
  const pack = await b.agent.pack(head)
  const first = b.push({ updates: [{ ref: 'refs/heads/first', new: head }], pack })
  await arrived.happened
  const left = openRaw(b.agent, `${b.repo.url}/git-receive-pack`)
  left.end(pushBody({ updates: [{ ref: 'refs/heads/left', new: head }], pack }))
  await queueHolds(own, 1)
  left.destroy()
  await queueHolds(own, 0)
  goOn.happen()
  await first
  await b.agent.ok('push', '-q', 'origin', 'main') // whoever stood in front of it has had his turn
  expect(Object.keys(await b.refs())).toEqual(['refs/heads/first', 'refs/heads/main'])
})

test('a client that leaves the queue makes room in it', async () => {
  const { between, arrived, goOn } = firstGitWaits()
  const settings = { ...BY_GIT, SLUICE_GIT_PROCESSES: '1', SLUICE_GIT_QUEUE: '1' }
  await using own = await world({ settings, between })
  const b = await workbench(own)
  const head = await b.agent.commit('a.txt', 'one\n')
  const first = b.agent.git('push', 'origin', 'main')
  await arrived.happened
  const headers = { 'git-protocol': 'version=2' }
  const body = commandBody('fetch', [`want ${head}`, 'done'])
  const url = `${b.repo.url}/git-upload-pack`
  const left = openRaw(b.agent, url, { headers })
  left.end(body)
  await queueHolds(own, 1)
  expect((await raw(b.agent, url, { headers, body })).status).toBe(503)
  left.destroy()
  await queueHolds(own, 0)
  const next = raw(b.agent, url, { headers, body })
  await queueHolds(own, 1)
  goOn.happen()
  expect((await next).status).toBe(200)
  expect((await first).code).toBe(0)
})

test('over the rate limit a push is refused where its sender reads it', async () => {
  await using own = await world({ settings: { SLUICE_RATE_PUSHES_PER_MINUTE: '1' } })
  const b = await workbench(own)
  await b.agent.commit('a.txt', 'one\n')
  await b.agent.ok('push', '-q', 'origin', 'main')
  const refused = await b.agent.git('push', 'origin', 'main:other')
  expect(refused.output).toContain('! [remote rejected] main -> other (too many pushes; wait and push again)')
  expect(refused.output).toMatch(/remote: refs\/heads\/other: push again in (?:[1-5]?\d|60) seconds?\s*$/m)
  expect((await b.agent.git('ls-remote', 'origin')).code).toBe(0)
  const answer = await b.pushRaw({ updates: [{ ref: 'refs/heads/x', new: 'a'.repeat(40) }] })
  expect(answer.headers).toMatchObject({ 'ratelimit-limit': '1', 'ratelimit-remaining': '0' })
  expect(answer.headers['x-request-id']).toBeTruthy()
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
})

test('a refused push is counted, but a probe and a fetch are not', async () => {
  await using own = await world({ settings: { SLUICE_RATE_PUSHES_PER_MINUTE: '2' } })
  const b = await workbench(own)
  await b.agent.commit('a.txt', 'one\n')
  for (const _ of numbers(3)) {
    await raw(b.agent, `${b.repo.url}/git-receive-pack`, { body: '0000' })
    await b.agent.ok('ls-remote', 'origin')
  }
  expect((await b.agent.git('push', 'origin', 'main:refs/internal/x')).output).toContain('reserved ref')
  expect((await b.agent.git('push', 'origin', 'main')).code).toBe(0)
  expect((await b.agent.git('push', 'origin', 'main:other')).output).toContain('too many pushes')
})

test('when the queue for git is full, pushes and fetches are 503 with the time to come again', async () => {
  const { between, arrived, goOn } = firstGitWaits()
  const settings = { ...BY_GIT, SLUICE_GIT_PROCESSES: '1', SLUICE_GIT_QUEUE: '0' }
  await using own = await world({ settings, between })
  const b = await workbench(own)
  const head = await b.agent.commit('a.txt', 'one\n')
  const first = b.agent.git('push', 'origin', 'main')
  await arrived.happened

  const pack = await b.agent.pack(head)
  const push = await b.pushRaw({ updates: [{ ref: 'refs/heads/other', new: head }], pack })
  const fetch = await raw(b.agent, `${b.repo.url}/git-upload-pack`, {
    headers: { 'git-protocol': 'version=2' },
    body: commandBody('fetch', [`want ${head}`, 'done']),
  })
  for (const answer of [push, fetch]) {
    expect(answer.status).toBe(503)
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    expect(answer.text).toMatch(/^too many git operations at once; try again\nretry after \d+ seconds?\n$/)
  }
  expect(push.headers['x-sluice-push-outcome']).toBe('not-applied')
  goOn.happen()
  expect((await first).code).toBe(0)
  expect(Object.keys(await b.refs())).toEqual(['refs/heads/main'])
})

test('while the queue has room a push waits for its turn, and lands', async () => {
  const { between, arrived, goOn } = firstGitWaits()
  await using own = await world({ settings: { ...BY_GIT, SLUICE_GIT_PROCESSES: '1' }, between })
  const b = await workbench(own)
  await b.agent.commit('a.txt', 'one\n')
  const first = b.agent.git('push', 'origin', 'main')
  await arrived.happened
  const others = numbers(3).map((i) => b.agent.git('push', 'origin', `main:waits-${i}`))
  await queueHolds(own, 3)
  goOn.happen()
  expect((await Promise.all([first, ...others])).map((run) => run.code)).toEqual([0, 0, 0, 0])
})

test('a push of one repository does not wait for a push of another', async () => {
  const { between, arrived, goOn } = firstPackWaits()
  await using own = await world({ between })
  const [slow, quick] = [await workbench(own), await workbench(own)]
  for (const b of [slow, quick]) await b.agent.commit('a.txt', 'one\n')
  const first = slow.agent.git('push', 'origin', 'main')
  await arrived.happened
  expect((await quick.agent.git('push', 'origin', 'main')).code).toBe(0)
  expect((await slow.agent.git('push', 'origin', 'main:beside')).code).toBe(0)
  goOn.happen()
  expect((await first).code).toBe(0)
})

test('while a push takes its time its client hears from the server', async () => {
  const { between, arrived, goOn } = firstPackWaits()
  await using own = await world({ between })
  const b = await workbench(own)
  const head = await b.agent.commit('a.txt', 'one\n')
  const body = pushBody({ updates: [{ ref: 'refs/heads/main', new: head }], pack: await b.agent.pack(head) })
  const answer = fetch(`${b.repo.url}/git-receive-pack`, {
    method: 'POST',
    body: new Uint8Array(body),
    headers: {
      authorization: `Bearer ${b.agent.token}`,
      'content-type': 'application/x-git-receive-pack-request',
    },
  })
  await arrived.happened
  const since = performance.now()
  const reader = (await answer).body?.getReader()
  const first = await reader?.read() // nothing but a keep-alive can come before the pack is taken
  expect(readBands(Buffer.from(first?.value ?? []))).toMatchObject({ keepAlives: 1, report: [] })
  expect(performance.now() - since).toBeLessThan(10_000)
  goOn.happen()
  const rest: Uint8Array[] = []
  for (let next = await reader?.read(); next?.value; next = await reader?.read()) rest.push(next.value)
  expect(readBands(Buffer.concat(rest)).report).toEqual(['unpack ok', 'ok refs/heads/main'])
})
