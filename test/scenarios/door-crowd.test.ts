/** The door when many come at once: who wins, who waits, who is sent away, and what each of them reads. */
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Composition } from '../../src/compose.ts'
import { aroundQuarantine, happening, overlay, type Happening } from '../support/between.ts'
import { commandBody, openRaw, pushBody, raw, readBands } from '../support/raw-git.ts'
import { workbench } from '../support/workbench.ts'
import { world, type World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await world()
})
afterAll(() => w[Symbol.asyncDispose]())

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)

/** What reached the server before this has been looked at when it resolves. */
async function roundTrip(own: World): Promise<void> {
  await fetch(`${own.url}/health`)
}

/** Holds the first pack that arrives until the story goes on. */
function firstPackWaits(): { between: Composition['between']; arrived: Happening; goOn: Happening } {
  const [arrived, goOn] = [happening(), happening()]
  let packs = 0
  const between = aroundQuarantine((real) => ({
    receive: async (pack, opts) => {
      if (packs++ === 0) {
        arrived.happen()
        await goOn.happened
      }
      await real.receive(pack, opts)
    },
  }))
  return { between, arrived, goOn }
}

test('of many pushes to one branch exactly one wins, and the others read that they are stale', async () => {
  const b = await workbench(w)
  const base = await b.agent.commit('a.txt', 'base\n')
  await b.agent.ok('push', '-q', 'origin', 'main')
  const heads: string[] = []
  for (const i of numbers(8)) {
    await b.agent.ok('reset', '-q', '--hard', base)
    heads.push(await b.agent.commit('a.txt', `${i}\n`))
  }
  const reports = await Promise.all(
    heads.map(async (head) => {
      const pack = await b.agent.pack(head, base)
      return (await b.push({ updates: [{ ref: 'refs/heads/main', old: base, new: head }], pack })).report[1]
    }),
  )
  const won = heads.filter((_, i) => reports[i] === 'ok refs/heads/main')
  expect(won).toEqual([(await b.refs())['refs/heads/main']])
  const stale = 'ng refs/heads/main stale info; fetch first'
  expect(reports.filter((report) => report === stale)).toHaveLength(7)
  expect(await b.pushes()).toHaveLength(2)
})

test('a push waits for the one that holds its branch, and is judged by what that one made of it', async () => {
  const [firstLocked, goOn, secondStored] = [happening(), happening(), happening()]
  const order: string[] = []
  let opened = 0
  const between = aroundQuarantine((real) => {
    const name = ++opened === 1 ? 'first' : 'second'
    return {
      sync: () => real.sync().then(() => (name === 'second' ? secondStored.happen() : undefined)),
      beginRefTransaction: (updates) => {
        const refs = real.beginRefTransaction(updates)
        return overlay(refs, {
          prepare: () => {
            order.push(`${name} locks`)
            return refs.prepare()
          },
          commit: async () => {
            firstLocked.happen()
            await goOn.happened
            await refs.commit()
            order.push(`${name} commits`)
          },
        })
      },
    }
  })
  await using own = await world({ between })
  const b = await workbench(own)
  const heads = [await b.agent.commit('a.txt', '1\n'), await b.agent.commit('a.txt', '2\n')]
  const [first, second] = await Promise.all(
    heads.map(async (head) => ({
      updates: [{ ref: 'refs/heads/main', new: head }],
      pack: await b.agent.pack(head),
    })),
  )
  if (!first || !second) throw new Error('two pushes')
  const firstAnswer = b.push(first)
  await firstLocked.happened
  const secondAnswer = b.push(second)
  await secondStored.happened
  await roundTrip(own)
  goOn.happen()
  expect((await firstAnswer).report[1]).toBe('ok refs/heads/main')
  expect((await secondAnswer).report[1]).toBe('ng refs/heads/main stale info; fetch first')
  expect(order).toEqual(['first locks', 'first commits', 'second locks'])
})

test('a push whose client left while it waited for its turn is not made', async () => {
  const { between, arrived, goOn } = firstPackWaits()
  await using own = await world({ settings: { SLUICE_GIT_PROCESSES: '1' }, between })
  const b = await workbench(own)
  const head = await b.agent.commit('a.txt', 'one\n')
  const pack = await b.agent.pack(head)
  const first = b.push({ updates: [{ ref: 'refs/heads/first', new: head }], pack })
  await arrived.happened
  const left = openRaw(b.agent, `${b.repo.url}/git-receive-pack`)
  left.end(pushBody({ updates: [{ ref: 'refs/heads/left', new: head }], pack }))
  await once(left, 'finish')
  await roundTrip(own)
  left.destroy()
  await roundTrip(own)
  goOn.happen()
  await first
  await b.agent.ok('push', '-q', 'origin', 'main') // whoever stood in front of it has had his turn
  expect(Object.keys(await b.refs())).toEqual(['refs/heads/first', 'refs/heads/main'])
})

test('a client that leaves the queue makes room in it', async () => {
  const { between, arrived, goOn } = firstPackWaits()
  const settings = { SLUICE_GIT_PROCESSES: '1', SLUICE_GIT_QUEUE: '1' }
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
  await once(left, 'finish')
  await roundTrip(own)
  expect((await raw(b.agent, url, { headers, body })).status).toBe(503)
  left.destroy()
  await roundTrip(own)
  const next = raw(b.agent, url, { headers, body })
  await roundTrip(own)
  goOn.happen()
  expect((await next).status).toBe(200)
  expect((await first).code).toBe(0)
})

test('stock clients that race for a branch are told to fetch, and no lock is mentioned', async () => {
  const b = await workbench(w)
  await b.agent.commit('a.txt', 'base\n')
  await b.agent.ok('push', '-q', 'origin', 'main')
  const agents = await Promise.all(numbers(4).map(() => b.another()))
  for (const [i, agent] of agents.entries()) {
    await agent.ok('pull', '-q', 'origin', 'main')
    await agent.commit(`${i}.txt`, 'mine\n')
  }
  const runs = await Promise.all(agents.map((agent) => agent.git('push', 'origin', 'main')))
  expect(runs.filter((run) => run.code === 0)).toHaveLength(1)
  for (const run of runs.filter(({ code }) => code !== 0)) {
    expect(run.output).toMatch(/fetch first/)
    expect(run.output).not.toMatch(/lock/i)
  }
})

test('thirty pushes to different branches at once all land', async () => {
  const b = await workbench(w)
  const base = await b.agent.commit('a.txt', 'base\n')
  await b.agent.ok('push', '-q', 'origin', 'main')
  const branches = await Promise.all(
    numbers(30).map(async (i) => {
      const tree = await b.agent.ok('rev-parse', 'main^{tree}')
      const head = await b.agent.ok('commit-tree', '-p', base, '-m', `branch ${i}`, tree)
      const pack = await b.agent.pack(head, base)
      return { ref: `refs/heads/many/${i}`, head, pack }
    }),
  )
  const reports = await Promise.all(
    branches.map(({ ref, head, pack }) => b.push({ updates: [{ ref, new: head }], pack })),
  )
  expect(reports.map(({ report }) => report[1])).toEqual(branches.map(({ ref }) => `ok ${ref}`))
  const refs = await b.refs()
  expect(branches.map(({ ref }) => refs[ref])).toEqual(branches.map(({ head }) => head))
  const told = (await b.pushes()).flatMap((event) => event.data.refs.map((moved) => moved.ref))
  expect(told.toSorted()).toEqual(['refs/heads/main', ...branches.map(({ ref }) => ref)].toSorted())
  expect((await b.onServer('fsck', '--strict')).code).toBe(0)
})

test('over the rate limit a push is refused where its sender reads it', async () => {
  await using own = await world({ settings: { SLUICE_RATE_PUSHES_PER_MINUTE: '1' } })
  const b = await workbench(own)
  await b.agent.commit('a.txt', 'one\n')
  await b.agent.ok('push', '-q', 'origin', 'main')
  const refused = await b.agent.git('push', 'origin', 'main:other')
  expect(refused.output).toContain('! [remote rejected] main -> other (too many pushes; wait and push again)')
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
  const { between, arrived, goOn } = firstPackWaits()
  const settings = { SLUICE_GIT_PROCESSES: '1', SLUICE_GIT_QUEUE: '0' }
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
    expect(answer.text).toContain('too many git operations at once; try again')
  }
  expect(push.headers['x-sluice-push-outcome']).toBe('not-applied')
  goOn.happen()
  expect((await first).code).toBe(0)
  expect(Object.keys(await b.refs())).toEqual(['refs/heads/main'])
})

test('while the queue has room a push waits for its turn, and lands', async () => {
  const { between, arrived, goOn } = firstPackWaits()
  await using own = await world({ settings: { SLUICE_GIT_PROCESSES: '1' }, between })
  const b = await workbench(own)
  await b.agent.commit('a.txt', 'one\n')
  const first = b.agent.git('push', 'origin', 'main')
  await arrived.happened
  const others = numbers(3).map((i) => b.agent.git('push', 'origin', `main:waits-${i}`))
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
