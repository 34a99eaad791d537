/** rest-api.md, section 6: who else may do what in a repository. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../src/kernel/uuid.ts'
import { restWorld, Stage } from '../support/rest.ts'
import { runGit } from '../support/actor.ts'
import type { World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await restWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

async function repository(fields: object = {}) {
  const server = new Stage(w)
  const { id } = await server.create('owner', { name: 'r', ...fields })
  const at = `/repos/${server.org}/r`
  const put = (who: string, role: string, by = 'owner') =>
    server.ask(by, 'PUT', `${at}/collaborators/${server.accountOf(who)}`, { role })
  const remove = (who: string, by = 'owner') =>
    server.ask(by, 'DELETE', `${at}/collaborators/${server.accountOf(who)}`)
  return { server, id, at, put, remove }
}

test('PUT /repos/{org}/{repo}/collaborators/{userId} gives a role: 201 with its Location, then 200', async () => {
  const { server, id, at, put } = await repository()
  const place = `${at}/collaborators/${server.accountOf('ann')}`
  const added = await put('ann', 'reader')
  const ann = { userId: server.accountOf('ann'), displayName: null }
  expect([added.status, added.json]).toEqual([201, { ...ann, role: 'reader' }])
  expect(added.headers.get('location')).toBe(place)
  expect((await server.ask('ann', 'GET', at)).status).toBe(200)
  const changed = await put('ann', 'writer')
  expect([changed.status, changed.json]).toEqual([200, { ...ann, displayName: 'ann', role: 'writer' }])
  expect((await put('ann', 'writer')).status).toBe(200)
  expect(await server.lastEvent(id)).toMatchObject({
    type: 'repo.collaborator_changed',
    actorId: server.accountOf('owner'),
    targetId: server.accountOf('ann'),
    data: { role: 'writer' },
  })
})

test('GET /repos/{org}/{repo}/collaborators lists the owner and all others', async () => {
  const { server, at, put } = await repository()
  await put('ann', 'reader')
  const listed = await server.ask('owner', 'GET', `${at}/collaborators`)
  expect([listed.status, listed.json]).toEqual([
    200,
    [
      { userId: server.accountOf('owner'), role: 'owner', displayName: 'owner' },
      { userId: server.accountOf('ann'), role: 'reader', displayName: null },
    ],
  ])
  expect((await server.ask('owner', 'GET', `/v1${at}/collaborators`)).json).toEqual(listed.json)
})

test('GET /repos/{org}/{repo}/collaborators/{userId} reads one; an account without a role is 404', async () => {
  const { server, at } = await repository()
  const one = (who: string) =>
    server.ask('owner', 'GET', `${at}/collaborators/${server.accountOf(who).toUpperCase()}`)
  expect((await one('owner')).json.role).toBe('owner')
  const none = await one('stranger')
  expect([none.status, none.json.error.details]).toEqual([
    404,
    { reason: 'no such collaborator', userId: server.accountOf('stranger') },
  ])
})

test('DELETE /repos/{org}/{repo}/collaborators/{userId} takes the role: 204, then 404', async () => {
  const { server, id, put, remove } = await repository()
  await put('ann', 'writer')
  const removed = await remove('ann')
  expect([removed.status, removed.text]).toEqual([204, ''])
  expect((await remove('ann')).status).toBe(404)
  expect(await server.lastEvent(id)).toMatchObject({
    type: 'repo.collaborator_removed',
    actorId: server.accountOf('owner'),
    targetId: server.accountOf('ann'),
  })
})

test('a role counts from the next request on, and so does its end, with a token that still lives', async () => {
  const { server, at, put, remove } = await repository()
  const token = await w.token(server.accountOf('ann'), 'ann')
  const statuses = async () => {
    const header = `http.extraHeader=Authorization: Bearer ${token}`
    const git = await runGit(['-c', header, 'ls-remote', `${w.url}/${server.org}/r.git`], { cwd: w.dir })
    return [(await server.ask('ann', 'GET', at)).status, git.code]
  }
  expect(await statuses()).toEqual([404, 128])
  await put('ann', 'reader')
  expect(await statuses()).toEqual([200, 0])
  expect((await server.ask('ann', 'POST', `${at}/archive`)).status).toBe(403)
  await put('ann', 'owner')
  expect((await server.ask('ann', 'POST', `${at}/archive`)).status).toBe(200)
  await server.ask('ann', 'POST', `${at}/unarchive`)
  await remove('ann')
  expect(await statuses()).toEqual([404, 128])
})

test('the last owner can be neither demoted nor removed: 409; with another one he can', async () => {
  const { server, at, put, remove } = await repository()
  await put('ann', 'writer')
  for (const answer of [await put('owner', 'writer'), await remove('owner')]) {
    expect([answer.status, answer.json.error]).toMatchObject([
      409,
      { code: 'CONFLICT', details: { reason: 'a repository must keep an owner' } },
    ])
  }
  await put('ann', 'owner')
  expect((await remove('owner')).status).toBe(204)
  expect((await server.ask('ann', 'GET', at)).json.ownerId).toBe(server.accountOf('ann'))
  expect((await remove('ann', 'ann')).status).toBe(409)
})

test.each([
  ['a role that is none', newId(), { role: 'admin' }, 'role'],
  ['no role', newId(), {}, 'role'],
  ['a user that is no UUID', 'ann', { role: 'reader' }, 'params.userId'],
])('%s: 400', async (_case, user, body, path) => {
  const { server, at } = await repository()
  const answer = await server.ask('owner', 'PUT', `${at}/collaborators/${user}`, body)
  expect([answer.status, answer.json.error.details[0].path]).toEqual([400, path])
})

test('only owners see and change them; strangers and nobody see no repository', async () => {
  const { server, at, put } = await repository()
  for (const role of ['writer', 'reader']) await put(role, role)
  server.narrow('writing token', 'owner', `repo:${server.org}/r:write`)
  const one = `${at}/collaborators/${server.accountOf('reader')}`
  const statuses = async (who: string | null) => [
    (await server.ask(who, 'GET', `${at}/collaborators`)).status,
    (await server.ask(who, 'GET', one)).status,
    (await server.ask(who, 'PUT', one, { role: 'owner' })).status,
    (await server.ask(who, 'DELETE', one)).status,
  ]
  for (const who of ['writer', 'reader', 'writing token']) {
    expect([who, await statuses(who)]).toEqual([who, [403, 403, 403, 403]])
  }
  for (const who of ['stranger', null])
    expect([who, await statuses(who)]).toEqual([who, [404, 404, 404, 404]])
  expect((await server.ask('owner', 'GET', one)).json.role).toBe('reader')
})

test('who may read a public repository does not see who else may: 401 and 403', async () => {
  const { server, at } = await repository({ visibility: 'public' })
  expect((await server.ask(null, 'GET', `${at}/collaborators`)).status).toBe(401)
  expect((await server.ask('stranger', 'GET', `${at}/collaborators`)).status).toBe(403)
})

test('an archived repository keeps those that it has: 403', async () => {
  const { server, at, put, remove } = await repository()
  await put('ann', 'reader')
  await server.ask('owner', 'POST', `${at}/archive`)
  for (const answer of [await put('ann', 'writer'), await remove('ann')]) {
    expect([answer.status, answer.json.error.message]).toEqual([403, 'repository is archived'])
  }
})
