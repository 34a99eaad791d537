/** rest-api.md, section 6, and auth.md, section 3: who belongs to an organisation. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../src/kernel/uuid.ts'
import { runGit } from '../support/actor.ts'
import { bearer, expectStatus, newMachine, newToken } from '../support/managed.ts'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await restWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

async function organisation() {
  const server = new Stage(w)
  const { orgId } = await server.create('owner', { name: 'r' })
  const at = `/orgs/${server.org}/members`
  const put = (who: string, role: string, by = 'owner') =>
    server.ask(by, 'PUT', `${at}/${server.accountOf(who)}`, { role })
  const remove = (who: string, by = 'owner') => server.ask(by, 'DELETE', `${at}/${server.accountOf(who)}`)
  const lastEvent = async () => (await w.events()).findLast((event) => event.orgId === orgId)
  return { server, at, put, remove, lastEvent }
}

test('PUT /orgs/{org}/members/{accountId} gives a role: 201 with its Location, then 200, with their events', async () => {
  const { server, at, put, lastEvent } = await organisation()
  const accountId = server.accountOf('ann')
  const added = await put('ann', 'reader')
  const ann = { accountId, displayName: null, disabled: false }
  expect([added.status, added.json]).toEqual([201, { ...ann, role: 'reader' }])
  expect(added.headers.get('location')).toBe(`${at}/${accountId}`)
  const by = { actorId: server.accountOf('owner'), agentId: null, targetId: accountId }
  expect(await lastEvent()).toMatchObject({ ...by, type: 'member.added', data: { role: 'reader' } })
  await server.ask('ann', 'GET', '/whoami')
  const changed = await put('ann', 'writer')
  expect([changed.status, changed.json]).toEqual([200, { ...ann, displayName: 'ann', role: 'writer' }])
  const event = await lastEvent()
  expect(event).toMatchObject({ ...by, type: 'member.changed', data: { role: 'writer' } })
  expect((await put('ann', 'writer')).status).toBe(200)
  expect(await lastEvent()).toEqual(event)
})

test('GET /orgs/{org}/members lists them, by role and in pages, and who of them is disabled', async () => {
  const { server, at, put } = await organisation()
  const { id } = await newMachine(server, 'owner', { kind: 'service', displayName: 'ci' })
  await expectStatus(201, server.ask('owner', 'PUT', `${at}/${id}`, { role: 'writer' }))
  await put('ann', 'reader')
  await expectStatus(200, server.ask('owner', 'PATCH', `/accounts/${id}`, { disabled: true }))
  const { json } = await expectStatus(200, server.ask('owner', 'GET', at))
  expect(new Set(json)).toEqual(
    new Set([
      { accountId: server.accountOf('owner'), role: 'owner', displayName: 'owner', disabled: false },
      { accountId: server.accountOf('ann'), role: 'reader', displayName: null, disabled: false },
      { accountId: id, role: 'writer', displayName: 'ci', disabled: true },
    ]),
  )
  expect((await server.ask('owner', 'GET', `${at}?role=writer`)).json).toMatchObject([{ accountId: id }])
  const first = await server.ask('owner', 'GET', `${at}?limit=2`)
  const second = await server.ask('owner', 'GET', `${at}?cursor=${first.headers.get('x-next-cursor')}`)
  expect([...first.json, ...second.json]).toEqual(json)
  expect((await server.ask('owner', 'GET', `/v1${at}`)).json).toEqual(json)
})

test('DELETE /orgs/{org}/members/{accountId} takes it: 204 with its event, then 404', async () => {
  const { server, put, remove, lastEvent } = await organisation()
  await put('ann', 'writer')
  const removed = await remove('ann')
  expect([removed.status, removed.text]).toEqual([204, ''])
  expect(await lastEvent()).toMatchObject({ type: 'member.removed', targetId: server.accountOf('ann') })
  const again = await remove('ann')
  expect([again.status, again.json.error.details]).toEqual([404, { reason: 'no such member' }])
})

test('a role counts from the next request on, for REST and git, and so does its end, with a token that still lives', async () => {
  const { server, put, remove } = await organisation()
  const header = `http.extraHeader=Authorization: Bearer ${await w.token(server.accountOf('ann'), 'ann')}`
  const statuses = async () => {
    const git = await runGit(['-c', header, 'ls-remote', `${w.url}/${server.org}/r.git`], { cwd: w.dir })
    return [(await server.ask('ann', 'GET', `/repos/${server.org}/r`)).status, git.code]
  }
  expect(await statuses()).toEqual([404, 128])
  await put('ann', 'reader')
  expect(await statuses()).toEqual([200, 0])
  await remove('ann')
  expect(await statuses()).toEqual([404, 128])
})

test('the last owner can be neither demoted nor removed: 409; with another one he can', async () => {
  const { server, put, remove, at } = await organisation()
  for (const answer of [await put('owner', 'writer'), await remove('owner')]) {
    expect([answer.status, answer.json.error]).toMatchObject([
      409,
      { code: 'CONFLICT', details: { reason: 'an organisation must keep an owner' } },
    ])
  }
  await put('ann', 'owner')
  expect((await remove('owner')).status).toBe(204)
  expect((await server.ask('owner', 'GET', at)).status).toBe(404)
})

test('members that own nothing, strangers, and whoever names none, see no organisation; administrators see all', async () => {
  const { server, at, put } = await organisation()
  for (const role of ['writer', 'reader']) await put(role, role)
  const ask = (who: string, method: string, org = server.org) => {
    const one = method === 'GET' ? '' : `/${server.accountOf('reader')}`
    return server.ask(
      who,
      method,
      `/orgs/${org}/members${one}`,
      method === 'PUT' ? { role: 'owner' } : undefined,
    )
  }
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const absent = await ask('owner', method, `org-${newId()}`)
    expect([absent.status, absent.json.error.details]).toEqual([404, { reason: 'no such organisation' }])
    for (const who of ['writer', 'reader', 'stranger'])
      expect([who, (await ask(who, method)).json]).toEqual([who, absent.json])
  }
  expect((await server.ask(null, 'GET', at)).status).toBe(401)
  for (const who of ['admin', 'internal']) expect((await ask(who, 'GET')).json).toHaveLength(3)
  expect((await ask('admin', 'PUT')).status).toBe(200)
})

test('a narrowed token of an owner, and his agent, manage no members: 403', async () => {
  const { server, at } = await organisation()
  server.narrow('narrowed', 'owner', `repo:${server.org}/r:admin`)
  const agent = await newMachine(server, 'owner')
  const headers = bearer(await newToken(server, 'owner', { account: agent.id }))
  const one = `${at}/${server.accountOf('ann')}`
  for (const [who, rest] of [
    ['narrowed', {}],
    [null, headers],
  ] as const) {
    expect((await server.ask(who, 'GET', at, undefined, rest)).status).toBe(403)
    expect((await server.ask(who, 'PUT', one, { role: 'owner' }, rest)).status).toBe(403)
    expect((await server.ask(who, 'DELETE', one, undefined, rest)).status).toBe(403)
  }
})

test.each([
  ['a role that is none', newId(), { role: 'admin' }],
  ['no role', newId(), {}],
  ['a member that is not known', newId(), { role: 'reader', until: 'tomorrow' }],
  ['an account that is no UUID', 'ann', { role: 'reader' }],
])('%s: 400', async (_case, account, body) => {
  const { server, at } = await organisation()
  expect((await server.ask('owner', 'PUT', `${at}/${account}`, body)).status).toBe(400)
})
