/** rest-api.md, section 7: the table, over every route of a repository. Git's column is in http/permission. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

const READ = [['GET', '']] as const
const WRITE = [
  ['PATCH', ''],
  ['DELETE', ''],
  ['POST', '/archive'],
  ['POST', '/unarchive'],
  ['POST', '/restore'],
  ['POST', '/transfer'],
] as const

describe('who may what', () => {
  let w: World
  let server: Stage
  let ids: Record<string, string>
  beforeAll(async () => {
    w = await restWorld()
    server = new Stage(w)
    const open = await server.create('owner', { name: 'public', visibility: 'public' })
    const hidden = await server.create('owner', { name: 'private' })
    ids = { public: open.id, private: hidden.id, missing: '0199c0de-0000-7000-8000-000000000000' }
    for (const repo of [open, hidden]) {
      await server.giveRole(repo.id, 'reader', 'reader')
      await server.giveRole(repo.id, 'writer', 'writer')
    }
    server.narrow('read-token', 'owner', 'repo:read')
  })
  afterAll(() => w[Symbol.asyncDispose]())

  test.each<[string | null, string, number, number]>([
    [null, 'public', 200, 401],
    [null, 'private', 404, 404],
    [null, 'missing', 404, 404],
    ['stranger', 'public', 200, 403],
    ['stranger', 'private', 404, 404],
    ['stranger', 'missing', 404, 404],
    ['reader', 'public', 200, 403],
    ['reader', 'private', 200, 403],
    ['writer', 'private', 200, 403],
    ['read-token', 'private', 200, 403],
    ['forger', 'public', 401, 401],
    ['forger', 'private', 401, 401],
    ['forger', 'missing', 401, 401],
  ])('%s, %s repository: read %i, what owners do %i', async (who, name, read, write) => {
    for (const address of [`${server.org}/${name}`, `by-id/${ids[name]}`]) {
      for (const [routes, status] of [[READ, read] as const, [WRITE, write] as const]) {
        for (const [method, suffix] of routes) {
          const path = `/repos/${address}${suffix}`
          const answer = await server.ask(who, method, path)
          expect([method, path, answer.status]).toEqual([method, path, status])
        }
      }
    }
  })

  test('hidden and missing give the same answer', async () => {
    for (const who of [null, 'stranger']) {
      const [hidden, missing] = await Promise.all(
        ['private', 'missing'].map((name) => server.ask(who, 'GET', `/repos/${server.org}/${name}`)),
      )
      expect(hidden?.text).toBe(missing?.text)
    }
  })

  test('403 names what is missing', async () => {
    const role = await server.ask('writer', 'DELETE', `/repos/${server.org}/private`)
    expect(role.json.error.details).toEqual({ required: 'repo:admin', missing: 'role' })
    const scope = await server.ask('read-token', 'DELETE', `/repos/${server.org}/private`)
    expect(scope.json.error.details).toEqual({ required: 'repo:admin', missing: 'scope' })
    expect(scope.headers.get('www-authenticate')).toBe(
      'Bearer error="insufficient_scope", scope="repo:admin"',
    )
  })

  test('a role that was taken away is gone at the next request', async () => {
    const { id } = await server.create('owner', { name: 'shared' })
    await server.giveRole(id, 'guest', 'owner')
    expect(
      (await server.ask('guest', 'PATCH', `/repos/${server.org}/shared`, { description: 'x' })).status,
    ).toBe(200)
    await server.giveRole(id, 'guest', 'reader')
    expect(
      (await server.ask('guest', 'PATCH', `/repos/${server.org}/shared`, { description: 'y' })).status,
    ).toBe(403)
  })
})
