/** What the log says of a push: one event for each that moved something, exact, and none for the others. */
import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { workbench } from '../support/workbench.ts'
import { world, type World } from '../support/world.ts'

const ZERO = '0'.repeat(40)

let w: World
beforeAll(async () => {
  w = await world()
})
afterAll(() => w[Symbol.asyncDispose]())

test('a push that creates, updates, rewrites and deletes is one event with the kind of each', async () => {
  const b = await workbench(w)
  const one = await b.agent.commit('a.txt', 'one\n', 'first\n\nwith a body')
  await b.agent.ok('push', '-q', 'origin', 'main', 'main:rewritten', 'main:gone')
  const two = await b.agent.commit('a.txt', 'two\n', 'second')
  await b.agent.ok('switch', '-q', '--orphan', 'other')
  const three = await b.agent.commit('b.txt', 'three\n', 'third')
  await b.agent.ok('tag', '-a', '-m', 'a release', 'v1')
  const tag = await b.agent.ok('rev-parse', 'v1')
  const refspecs = ['main', '+other:rewritten', ':gone', 'other:fresh', 'v1']
  await b.agent.ok('push', '-q', '-o', 'a=1', '-o', 'b', 'origin', ...refspecs)

  const events = await b.pushes()
  expect(events).toHaveLength(2)
  const [, event] = events
  const author = { name: 'agent', email: 'agent@example.test' }
  const [second, third] = [
    { sha: two, message: 'second', author },
    { sha: three, message: 'third', author },
  ]
  const byRef = (event?.data.refs ?? []).toSorted((x, y) => x.ref.localeCompare(y.ref))
  expect(byRef).toEqual([
    { ref: 'refs/heads/fresh', oldOid: ZERO, newOid: three, kind: 'create', commits: [third], total: 1 },
    { ref: 'refs/heads/gone', oldOid: one, newOid: ZERO, kind: 'delete', commits: [], total: 0 },
    { ref: 'refs/heads/main', oldOid: one, newOid: two, kind: 'update', commits: [second], total: 1 },
    { ref: 'refs/heads/rewritten', oldOid: one, newOid: three, kind: 'force', commits: [third], total: 1 },
    { ref: 'refs/tags/v1', oldOid: ZERO, newOid: tag, kind: 'create', commits: [], total: 0 },
  ])
  expect(event?.data).toMatchObject({ via: 'git', pushOptions: ['a=1', 'b'] })
  expect(event?.actorId).toBe(w.owner.accountId)
})

test('a long history is counted whole and listed by its newest twenty commits', async () => {
  const b = await workbench(w)
  for (let i = 0; i < 25; i++) await b.agent.ok('commit', '-q', '--allow-empty', '-m', `number ${i}`)
  await b.agent.ok('push', '-q', 'origin', 'main')
  const [event] = await b.pushes()
  const [moved] = event?.data.refs ?? []
  expect(moved).toMatchObject({ kind: 'create', total: 25 })
  expect(moved?.commits.map((commit) => commit.message)).toEqual(
    Array.from({ length: 20 }, (_, i) => `number ${24 - i}`),
  )
})

test('names and messages are cut, so that no pusher makes an event large', async () => {
  const b = await workbench(w)
  const long = 'x'.repeat(50_000)
  const author = `${long} <${long}@example.test>`
  await b.agent.ok('commit', '-q', '--allow-empty', '--author', author, '-m', long)
  await b.agent.ok('push', '-q', 'origin', 'main')
  const [commit] = (await b.pushes())[0]?.data.refs[0]?.commits ?? []
  expect(commit?.author).toEqual({ name: long.slice(0, 256), email: long.slice(0, 256) })
  expect(commit?.message).toBe(long.slice(0, 4_096))
})

test('many refs to the same long messages make no large event-regression', async () => {
  const b = await workbench(w)
  const message = `subject\n\n${'\x01'.repeat(4_000)}` // six characters each in JSON
  for (let i = 0; i < 20; i++)
    await b.agent.ok('commit', '-q', '--allow-empty', '--cleanup=verbatim', '-m', `${i} ${message}`)
  const refs = Array.from({ length: 64 }, (_, i) => `main:branch-${i}`)
  await b.agent.ok('push', '-q', 'origin', ...refs)
  const [event] = await b.pushes()
  const moved = event?.data.refs ?? []
  expect(moved).toHaveLength(64)
  expect(moved[0]).toMatchObject({ total: 20, commits: expect.objectContaining({ length: 20 }) })
  expect(moved.at(-1)).toMatchObject({ total: 20, commits: [] })
  expect(JSON.stringify(event).length).toBeLessThan(1.1 * 1024 * 1024)
})

test('a branch made of commits that are known already lists none of them', async () => {
  const b = await workbench(w)
  await b.agent.commit('a.txt', 'one\n')
  await b.agent.ok('push', '-q', 'origin', 'main')
  await b.agent.ok('push', '-q', 'origin', 'main:copy')
  expect((await b.pushes())[1]?.data.refs).toMatchObject([{ ref: 'refs/heads/copy', commits: [], total: 0 }])
})

test('a probe, a refusal, a dry run and a push of nothing new are no events', async () => {
  const b = await workbench(w)
  await b.agent.commit('a.txt', 'one\n')
  await b.agent.ok('push', '-q', 'origin', 'main')
  await b.agent.git('push', 'origin', 'main:refs/internal/x')
  await b.agent.git('push', '--atomic', 'origin', 'main:fine', 'main:refs/internal/x')
  await b.agent.git('push', '--dry-run', 'origin', 'main:dry')
  await b.agent.git('push', 'origin', 'main')
  expect(await b.pushes()).toHaveLength(1)
})

test('of a push that was refused in part only what moved is told', async () => {
  const b = await workbench(w)
  await b.agent.commit('a.txt', 'one\n')
  await b.agent.git('push', 'origin', 'main', 'main:refs/internal/x')
  const events = await b.pushes()
  expect(events.map((event) => event.data.refs.map((moved) => moved.ref))).toEqual([['refs/heads/main']])
})

test('the agent that pushes for somebody is named beside him', async () => {
  const b = await workbench(w)
  const agentId = randomUUID()
  const head = await b.agent.commit('a.txt', 'one\n')
  const updates = [{ ref: 'refs/heads/main', new: head }]
  await b.push({ updates, pack: await b.agent.pack(head) }, { 'x-agent-id': agentId })
  expect((await b.pushes())[0]).toMatchObject({ actorId: w.owner.accountId, agentId })
})

test('events stand in the order in which the refs moved', async () => {
  const b = await workbench(w)
  const heads: string[] = []
  for (let i = 0; i < 5; i++) {
    heads.push(await b.agent.commit('a.txt', `${i}\n`))
    await b.agent.ok('push', '-q', 'origin', 'main')
  }
  const events = await b.pushes()
  expect(events.map((event) => event.data.refs[0]?.newOid)).toEqual(heads)
  expect(events.map((event) => event.data.refs[0]?.oldOid)).toEqual([ZERO, ...heads.slice(0, -1)])
})

test('a large push shows its progress, unless the client wants quiet', async () => {
  const b = await workbench(w)
  const text = Array.from({ length: 300 }, (_, i) => `line ${i}`).join('\n')
  for (let i = 0; i < 200; i++) await b.agent.write(`many/${i}`, `${text}\n${i}\n`)
  await b.agent.write('large', randomBytes(3 * 1024 * 1024))
  await b.agent.ok('add', 'many', 'large')
  await b.agent.commit('last', 'x')
  const shown = await b.agent.git('push', '--progress', 'origin', 'main')
  expect(shown.output).toMatch(/remote: Resolving deltas: 100%/)
  for (let i = 0; i < 200; i++) await b.agent.write(`many/${i}`, `${text}\n${i} again\n`)
  await b.agent.ok('add', 'many')
  await b.agent.commit('last', 'y')
  const quiet = await b.agent.git('push', '--quiet', 'origin', 'main')
  expect(quiet.output).toBe('')
})
