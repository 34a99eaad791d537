/** Webhooks from a push to a receiver that fails, hangs and dies; filters; what stops when a repository goes. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { HOOKS_TO_LOOPBACK, makeHook, push } from '../support/hooks.ts'
import { openReceiver, type Receiver } from '../support/receiver.ts'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await restWorld(HOOKS_TO_LOOPBACK)
})
afterAll(() => w[Symbol.asyncDispose]())

/** Repositories `r` and `other` of one organisation. */
async function stage(receiver: Receiver) {
  const server = new Stage(w)
  await server.create('owner', { name: 'r' })
  await server.create('owner', { name: 'other' })
  const ofRepo = (fields: object = {}) =>
    makeHook(server, `/repos/${server.org}/r/hooks`, { url: receiver.url, ...fields })
  const ofOrg = (fields: object = {}) =>
    makeHook(server, `/orgs/${server.org}/hooks`, { url: receiver.url, ...fields })
  const deliveries = async (at: string) => (await server.ask('owner', 'GET', `${at}/deliveries`)).json
  const take = async (count: number) => (await receiver.take(count)).map(({ body }) => JSON.parse(body))
  return { server, ofRepo, ofOrg, deliveries, take }
}

const refsOf = (payload: { data: { refs: { ref: string }[] } }) => payload.data.refs.map(({ ref }) => ref)

test('pushes reach a receiver once each and in order, although it hangs up, breaks off and fails', async () => {
  await using receiver = await openReceiver()
  const { server, ofRepo, deliveries } = await stage(receiver)
  const hook = await ofRepo({ eventTypes: ['push'] })
  receiver.behave('die', 'die mid-body', { status: 503 }, { status: 500 }, { status: 200 })
  const pushed: string[] = []
  for (let n = 0; n < 5; n++) pushed.push(await push(server, 'r'))
  for (let failures = 1; failures <= 4; failures++) {
    await expect.poll(async () => (await deliveries(hook.at)).at(-1)?.attempts).toBe(failures)
    await server.ask('owner', 'PATCH', hook.at, {}) // tries at once what waits
  }
  await expect.poll(() => receiver.received.length).toBe(4 + 5)
  const arrived = receiver.received.map(({ headers, body }) => ({
    id: headers['webhook-id'],
    sha: JSON.parse(body).data.refs[0].newOid as string,
  }))
  const once = [...new Map(arrived.map(({ id, sha }) => [id, sha])).values()]
  expect(once).toEqual(pushed)
})

test('a line that waits delays no other receiver and no other repository', async () => {
  await using stuck = await openReceiver()
  await using receiver = await openReceiver()
  const { server, ofRepo, ofOrg, take } = await stage(receiver)
  stuck.behave('hang')
  await ofRepo({ url: stuck.url, eventTypes: ['push'] })
  await ofOrg({ eventTypes: ['push'] })
  await push(server, 'r')
  await stuck.next()
  await push(server, 'r')
  await push(server, 'other')
  expect((await take(3)).map(({ data }) => data.repository.name).sort()).toEqual(['other', 'r', 'r'])
  expect(stuck.received).toHaveLength(1)
  stuck.release()
})

test('only what is asked for is told: types, branches and files', async () => {
  await using receiver = await openReceiver()
  const { server, ofRepo, take } = await stage(receiver)
  await ofRepo({ eventTypes: ['push'], branches: ['release/*'], paths: ['docs/**'] })
  await push(server, 'r', 'main', 'docs/a.md')
  await push(server, 'r', 'release/1', 'src/a.ts')
  const told = await push(server, 'r', 'release/1', 'docs/b.md')
  await push(server, 'r', 'release/1', 'src/c.ts')
  const last = await push(server, 'r', 'release/1', 'docs/deep/d.md')
  const payloads = await take(2)
  expect(payloads.map(({ data }) => data.refs[0].newOid)).toEqual([told, last])
})

test('of a push with several refs only those are told that are asked for', async () => {
  await using receiver = await openReceiver()
  const hooks = '/repos/acme/app/hooks'
  const made = await w.owner.fetch(`${w.url}${hooks}`, {
    method: 'POST',
    body: JSON.stringify({ url: receiver.url, eventTypes: ['push'], branches: ['wanted', 'refs/tags/v*'] }),
  })
  expect(made.status).toBe(201)
  await w.owner.git('clone', w.repo.url, '.')
  await w.owner.commit('a.txt', randomUUID())
  for (const name of ['wanted', 'unwanted']) await w.owner.git('branch', name)
  await w.owner.git('tag', 'v1')
  const pushed = await w.owner.git('push', 'origin', 'wanted', 'unwanted', 'v1')
  expect(pushed.code).toBe(0)
  const { body } = await receiver.next()
  expect(refsOf(JSON.parse(body)).sort()).toEqual(['refs/heads/wanted', 'refs/tags/v1'])
})

test('what happened before a webhook was made, or while it was off, is not told', async () => {
  await using receiver = await openReceiver()
  const { server, ofRepo, take } = await stage(receiver)
  await push(server, 'r')
  const hook = await ofRepo({ eventTypes: ['push'], active: false })
  await push(server, 'r')
  await makeHook(server, `/repos/${server.org}/r/hooks`, {
    url: `${receiver.url}/seen`,
    eventTypes: ['push'],
  })
  await push(server, 'r')
  await receiver.next() // the other one has seen it, so this one was passed by
  await server.ask('owner', 'PATCH', hook.at, { active: true })
  const told = await push(server, 'r')
  const shas = (await take(2)).map(({ data }) => data.refs[0].newOid)
  expect(shas).toEqual([told, told])
})

test('an organisation is told of all its repositories and of its members; a stranger of neither', async () => {
  await using receiver = await openReceiver()
  const { server, ofOrg, take } = await stage(receiver)
  await ofOrg({ eventTypes: ['push', 'member.*'] })
  await push(server, 'r')
  await push(server, 'other')
  await server.ask('owner', 'PUT', `/orgs/${server.org}/members/${server.accountOf('ann')}`, {
    role: 'reader',
  })
  const types = (await take(3)).map(({ type }) => type)
  expect(types.sort()).toEqual(['member.added', 'push', 'push'])
})

test('a redirect is an answer that is shown, and is not followed', async () => {
  await using receiver = await openReceiver()
  await using elsewhere = await openReceiver()
  const { server, ofRepo, deliveries } = await stage(receiver)
  const hook = await ofRepo({ eventTypes: ['push'] })
  receiver.behave({ status: 307, headers: { location: elsewhere.url } })
  await push(server, 'r')
  await expect.poll(async () => (await deliveries(hook.at))[0]?.error).toContain('redirect')
  expect(elsewhere.received).toEqual([])
})

test('a repository that is deleted stops what waits for its webhooks', async () => {
  await using receiver = await openReceiver()
  const { server, ofRepo } = await stage(receiver)
  const hook = await ofRepo({ eventTypes: ['push'] })
  receiver.behave({ status: 500 }, { status: 200 })
  await push(server, 'r')
  await push(server, 'r')
  await receiver.next()
  await server.ask('owner', 'DELETE', `/repos/${server.org}/r`)
  await dueNow(hook.id)
  await makeHook(server, `/repos/${server.org}/other/hooks`, { url: `${receiver.url}/other` })
  await push(server, 'other') // wakes who sends
  expect((await receiver.next()).url).toBe('/other')
  await using database = await w.openDatabase()
  const ofHook = database.kysely.selectFrom('deliveries').select('status').where('receiver', '=', hook.id)
  await expect
    .poll(async () => (await ofHook.execute()).map(({ status }) => status))
    .toEqual(['parked', 'parked'])
  expect(receiver.received).toHaveLength(2)
})

/** Past the server: what waits for a webhook need not wait any longer. */
async function dueNow(hookId: string): Promise<void> {
  await using database = await w.openDatabase()
  const { kysely } = database
  await kysely.updateTable('deliveries').set({ next_attempt_at: 1 }).where('receiver', '=', hookId).execute()
  await kysely.updateTable('jobs').set({ run_at: 1 }).where('key', 'like', `${hookId}:%`).execute()
}

test('no secret of a webhook is in the log or readable in the database', async () => {
  await using receiver = await openReceiver()
  const { ofRepo } = await stage(receiver)
  const { id, secret } = await ofRepo()
  await using database = await w.openDatabase()
  const row = await database.kysely.selectFrom('hooks').selectAll().where('id', '=', id).executeTakeFirst()
  expect(row).toBeDefined()
  const readable = JSON.stringify([row, await w.events()])
  expect(readable).not.toContain(secret)
  expect(readable).not.toContain(secret.slice('whsec_'.length))
})
