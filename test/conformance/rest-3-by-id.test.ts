/** rest-api.md, section 3: what can be done by a repository's name can be done by its id. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await restWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

async function repository() {
  const server = new Stage(w)
  const { id } = await server.create('owner', { name: 'r' })
  await server.giveRole(id, 'writer', 'writer')
  return { server, id, at: `/repos/by-id/${id}` }
}

test('PATCH /repos/by-id/{id} changes it, its address as well, and for owners only', async () => {
  const { server, id, at } = await repository()
  const renamed = await server.ask('owner', 'PATCH', at, { name: 'New Name' })
  expect([renamed.status, renamed.json]).toMatchObject([200, { id, slug: 'new-name' }])
  expect((await server.ask('owner', 'GET', at)).json.slug).toBe('new-name')
  expect((await server.ask('writer', 'PATCH', at, { name: 'x' })).status).toBe(403)
  expect((await server.ask('stranger', 'PATCH', at, { name: 'x' })).status).toBe(404)
})

test('DELETE /repos/by-id/{id} hides it: 204, then 410 for its owner and 404 for others', async () => {
  const { server, at } = await repository()
  expect((await server.ask('writer', 'DELETE', at)).status).toBe(403)
  expect((await server.ask('owner', 'DELETE', at)).status).toBe(204)
  expect((await server.ask('owner', 'GET', at)).status).toBe(410)
  expect((await server.ask('writer', 'GET', at)).status).toBe(404)
})

test('POST /repos/by-id/{id}/archive and /repos/by-id/{id}/unarchive end and allow writes', async () => {
  const { server, at } = await repository()
  for (const [verb, archived, status] of [
    ['archive', true, 403],
    ['unarchive', false, 200],
  ] as const) {
    expect((await server.ask('writer', 'POST', `${at}/${verb}`)).status).toBe(403)
    expect((await server.ask('owner', 'POST', `${at}/${verb}`)).json.archived).toBe(archived)
    expect((await server.ask('owner', 'PATCH', at, { description: verb })).status).toBe(status)
  }
})

test('POST /repos/by-id/{id}/transfer moves it to another organisation and keeps its id', async () => {
  const { server, id, at } = await repository()
  const orgId = `${server.org}-2`
  expect((await server.ask('writer', 'POST', `${at}/transfer`, { orgId })).status).toBe(403)
  const moved = await server.ask('owner', 'POST', `${at}/transfer`, { orgId })
  expect([moved.status, moved.json]).toMatchObject([200, { id, orgSlug: orgId }])
  expect((await server.ask('owner', 'GET', `/repos/${orgId}/r`)).json.id).toBe(id)
})
