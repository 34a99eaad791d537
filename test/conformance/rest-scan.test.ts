/** gate.md, section 3: the settings of the scan and its approvals by REST. What is found: scenarios/scan. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { restWorld, Stage } from '../support/rest.ts'
import { fakeToken, RULE, scanned } from '../support/scanned.ts'
import type { World } from '../support/world.ts'

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
const FINGERPRINT = 'ab'.repeat(16)
const OFF = { enabled: false, rules: 'default', allow: [], approvalWaitMs: 0 }

let w: World
beforeAll(async () => {
  w = await restWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

/** `owner` owns it, `writer` writes to it, `reader` reads it. */
async function repository() {
  const server = new Stage(w)
  const { id } = await server.create('owner', { name: 'r' })
  await server.giveRole(id, 'writer', 'writer')
  await server.giveRole(id, 'reader', 'reader')
  const at = `/repos/${server.org}/r`
  const grant = (fields: object = {}, who: string | null = 'owner') =>
    server.ask(who, 'POST', `${at}/approvals`, { fingerprint: FINGERPRINT, reason: 'made up', ...fields })
  return { server, id, at, grant }
}

describe('the settings', () => {
  test('GET /repos/{org}/{repo}/scan: off until it is switched on, for whoever may read', async () => {
    const { server, at } = await repository()
    expect((await server.ask('reader', 'GET', `${at}/scan`)).json).toEqual(OFF)
    expect((await server.ask('stranger', 'GET', `${at}/scan`)).status).toBe(404)
    expect((await server.ask(null, 'GET', `${at}/scan`)).status).toBe(404)
  })

  test('PUT /repos/{org}/{repo}/scan sets them as a whole, for owners', async () => {
    const { server, at } = await repository()
    const allow = [{ path: 'test/**', rule: RULE, reason: 'made up' }]
    const set = await server.ask('owner', 'PUT', `${at}/scan`, {
      enabled: true,
      allow,
      approvalWaitMs: 60_000,
    })
    expect([set.status, set.json]).toEqual([
      200,
      { enabled: true, rules: 'default', allow, approvalWaitMs: 60_000 },
    ])
    expect((await server.ask('owner', 'GET', `${at}/scan`)).json).toEqual(set.json)
    expect((await server.ask('owner', 'PUT', `${at}/scan`, { enabled: false })).json).toEqual(OFF)
    for (const [who, status] of [
      ['writer', 403],
      ['stranger', 404],
      [null, 404],
    ] as const)
      expect((await server.ask(who, 'PUT', `${at}/scan`, { enabled: false })).status).toBe(status)
  })

  test('a rule set that the server does not have is refused with those that it has', async () => {
    const { server, at } = await repository()
    const answer = await server.ask('owner', 'PUT', `${at}/scan`, { enabled: true, rules: 'strict' })
    expect([answer.status, answer.json.error.details]).toEqual([
      422,
      { reason: 'no such rule set', rules: 'strict', known: ['default'] },
    ])
  })

  test.each([
    [{}],
    [{ enabled: 'yes' }],
    [{ enabled: true, unknown: 1 }],
    [{ enabled: true, approvalWaitMs: 300_001 }],
    [{ enabled: true, allow: [{ reason: 'neither path nor rule' }] }],
    [{ enabled: true, allow: [{ path: 'a' }] }],
    [{ enabled: true, allow: [{ path: 'a\nb', reason: 'r' }] }],
  ])('%j is no setting', async (body) => {
    const { server, at } = await repository()
    expect((await server.ask('owner', 'PUT', `${at}/scan`, body)).status).toBe(400)
    expect((await server.ask('owner', 'GET', `${at}/scan`)).json).toEqual(OFF)
  })
})

describe('approvals', () => {
  test('POST /repos/{org}/{repo}/approvals decides: 201 and its Location, then 200 and the same one', async () => {
    const { server, at, grant } = await repository()
    const made = await grant()
    expect([made.status, made.headers.get('location')]).toEqual([201, `${at}/approvals/${made.json.id}`])
    expect(made.json).toMatchObject({
      fingerprint: FINGERPRINT,
      state: 'approved',
      reason: 'made up',
      rule: null,
      path: null,
      redacted: null,
      inlineAllow: false,
      expiresAt: TIME,
      decidedBy: server.accountOf('owner'),
    })
    const days = (Date.parse(made.json.expiresAt) - Date.now()) / 86_400_000
    expect(days).toBeCloseTo(90, 1)
    const again = await grant({ state: 'denied' })
    expect([again.status, again.json.id, again.json.state]).toEqual([200, made.json.id, 'denied'])
    for (const [who, status] of [
      ['writer', 403],
      ['stranger', 404],
      [null, 404],
    ] as const)
      expect((await grant({}, who)).status).toBe(status)
  })

  test('a decision needs a reason, a fingerprint, and an end within a year', async () => {
    const { grant } = await repository()
    for (const fields of [
      { reason: undefined },
      { reason: '' },
      { fingerprint: 'x' },
      { state: 'requested' },
    ])
      expect((await grant(fields)).status).toBe(400)
    for (const expiresAt of ['2020-01-01T00:00:00.000Z', '2999-01-01T00:00:00.000Z'])
      expect((await grant({ expiresAt })).status).toBe(422)
  })

  test('GET /repos/{org}/{repo}/approvals lists newest first, in pages, for whoever may write', async () => {
    const { server, at, grant } = await repository()
    for (const n of [1, 2, 3]) await grant({ fingerprint: String(n).repeat(32) })
    await grant({ fingerprint: '2'.repeat(32), state: 'denied' })
    const list = (query = '', who = 'writer') => server.ask(who, 'GET', `${at}/approvals${query}`)
    const firstDigits = (json: { fingerprint: string }[]) => json.map(({ fingerprint }) => fingerprint[0])
    expect(firstDigits((await list()).json)).toEqual(['3', '2', '1'])
    const page = await list('?limit=2')
    expect(firstDigits(page.json)).toEqual(['3', '2'])
    const next = `?limit=2&cursor=${page.headers.get('x-next-cursor')}`
    expect(firstDigits((await list(next)).json)).toEqual(['1'])
    expect(firstDigits((await list('?state=denied')).json)).toEqual(['2'])
    expect((await list('?cursor=x')).status).toBe(400)
    expect((await list('', 'reader')).status).toBe(403)
    expect((await list('', 'stranger')).status).toBe(404)
  })

  test('GET /repos/{org}/{repo}/approvals/{id}: one of this repository', async () => {
    const [one, other] = [await repository(), await repository()]
    const { id } = (await one.grant()).json
    expect((await one.server.ask('writer', 'GET', `${one.at}/approvals/${id}`)).json.id).toBe(id)
    expect((await other.server.ask('owner', 'GET', `${other.at}/approvals/${id}`)).status).toBe(404)
    expect((await one.server.ask('writer', 'GET', `${one.at}/approvals/x`)).status).toBe(400)
  })

  test('PATCH /repos/{org}/{repo}/approvals/{id} decides what was asked for', async () => {
    const r = await scanned(w)
    const oid = await r.owner.commit('key', fakeToken())
    await r.push()
    const [asked] = (await r.server.ask('owner', 'GET', `${r.at}/approvals`)).json
    expect(asked).toMatchObject({ state: 'requested', rule: RULE, path: 'key', line: 1, commit: oid })
    expect(asked.requestedBy).toBe(r.server.accountOf('owner'))
    const at = `${r.at}/approvals/${asked.id}`
    expect((await r.server.ask('owner', 'PATCH', at, { state: 'approved' })).status).toBe(400)
    const decided = await r.server.ask('owner', 'PATCH', at, { state: 'approved', reason: 'made up' })
    expect(decided.json).toMatchObject({
      id: asked.id,
      state: 'approved',
      reason: 'made up',
      decidedAt: TIME,
    })
    expect((await r.push()).code).toBe(0)
  })

  test('DELETE /repos/{org}/{repo}/approvals/{id}: 204, then 404', async () => {
    const { server, at, grant } = await repository()
    const { id } = (await grant()).json
    expect((await server.ask('writer', 'DELETE', `${at}/approvals/${id}`)).status).toBe(403)
    expect((await server.ask('owner', 'DELETE', `${at}/approvals/${id}`)).status).toBe(204)
    expect((await server.ask('owner', 'DELETE', `${at}/approvals/${id}`)).status).toBe(404)
    expect((await server.ask('owner', 'PATCH', `${at}/approvals/${id}`, { reason: 'r' })).status).toBe(404)
  })
})
