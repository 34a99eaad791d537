/** The keys that sign this server's own tokens, for administrators; and what everybody may see of them. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { restWorld, Stage } from '../support/rest.ts'
import { getJson } from '../support/token-queries.ts'
import type { World } from '../support/world.ts'

const KID = /^[\w-]{43}$/

let w: World
let stage: Stage
beforeAll(async () => {
  w = await restWorld()
  stage = new Stage(w)
})
afterAll(() => w[Symbol.asyncDispose]())

test('GET /admin/keys lists the key that signs, and says nothing of its private half', async () => {
  const { status, json, text } = await stage.ask('admin', 'GET', '/admin/keys')
  expect(status).toBe(200)
  expect(json).toEqual([
    {
      kid: expect.stringMatching(KID),
      algorithm: 'ES256',
      createdAt: expect.any(String),
      retiredAt: null,
      verifiesUntil: null,
    },
  ])
  expect(text).not.toMatch(/private|sealed|"d"/)
})

test('POST /admin/keys/rotate makes the key that signs from now on; the one before verifies for over an hour', async () => {
  const [before] = (await stage.ask('admin', 'GET', '/admin/keys')).json
  const made = await stage.ask('admin', 'POST', '/admin/keys/rotate')
  expect([made.status, made.json.retiredAt]).toEqual([201, null])
  const [first, second] = (await stage.ask('admin', 'GET', '/admin/keys')).json
  expect(first).toEqual(made.json)
  expect(second).toMatchObject({ kid: before.kid, retiredAt: expect.any(String) })
  const minutes = (Date.parse(second.verifiesUntil) - Date.parse(second.retiredAt)) / 60_000
  expect(minutes).toBeGreaterThan(61)
  expect(minutes).toBeLessThan(70)
  const told = (await w.events()).filter(({ type }) => type === 'key.rotated')
  expect(told.at(-1)).toMatchObject({ targetId: first.kid, data: { kid: first.kid } })
})

test('only administrators see and turn them, with a credential that grants as much', async () => {
  stage.narrow('reading token', 'ada', 'repo:read')
  const statuses = async (who: string | null) => [
    (await stage.ask(who, 'GET', '/admin/keys')).status,
    (await stage.ask(who, 'POST', '/admin/keys/rotate')).status,
  ]
  for (const who of ['ada', 'reading token']) expect([who, await statuses(who)]).toEqual([who, [403, 403]])
  for (const who of [null, 'forger']) expect([who, await statuses(who)]).toEqual([who, [401, 401]])
  expect(await statuses('internal')).toEqual([200, 201])
})

test('GET /.well-known/jwks.json shows the public half of every key that verifies, to anybody', async () => {
  await stage.ask('admin', 'POST', '/admin/keys/rotate')
  const { status, headers, json } = await getJson(w, '/.well-known/jwks.json')
  expect([status, headers.get('content-type')]).toEqual([
    200,
    expect.stringMatching(/^application\/jwk-set\+json/),
  ])
  expect(headers.get('cache-control')).toBe('public, max-age=300')
  const listed: { kid: string }[] = (await stage.ask('admin', 'GET', '/admin/keys')).json
  expect(json.keys.map((key: { kid: string }) => key.kid)).toEqual(listed.map(({ kid }) => kid))
  for (const key of json.keys) {
    expect(key).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' })
    expect(key).not.toHaveProperty('d')
  }
})
