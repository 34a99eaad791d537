/** auth.md, section 3: who a credential makes, told to its bearer. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../src/kernel/uuid.ts'
import { bearer, newMachine, newToken } from '../support/managed.ts'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await restWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

const EVERYTHING = { scope: 'repo:admin repo:create', authorizationDetails: [], within: [] }

test('GET /whoami tells a person with a login who he is, and that his token is not narrowed', async () => {
  const server = new Stage(w)
  const { status, json } = await server.ask('ann', 'GET', '/whoami')
  expect([status, json]).toEqual([
    200,
    {
      kind: 'user',
      account: { id: server.accountOf('ann'), displayName: 'ann', email: 'ann@example.test' },
      actingFor: null,
      administrator: false,
      token: { id: expect.stringMatching(/^sha256:/), kind: 'login', expiresAt: expect.any(String) },
      grants: EVERYTHING,
    },
  ])
  expect((await server.ask('ann', 'GET', '/v1/whoami')).json.account).toEqual(json.account)
})

test('an agent is told for whom it acts, and what its token allows', async () => {
  const server = new Stage(w)
  await server.ask('ann', 'GET', '/whoami')
  const agent = await newMachine(server, 'ann')
  const details = [
    { type: 'git_repository', identifier: 'acme/app', actions: ['write'], refs: ['refs/heads/x'] },
  ]
  const minted = await newToken(server, 'ann', { account: agent.id, authorizationDetails: details })
  const { json } = await server.ask(null, 'GET', '/whoami', undefined, bearer(minted))
  expect(json).toEqual({
    kind: 'agent',
    account: { id: agent.id, displayName: 'agent-7', email: null },
    actingFor: { id: server.accountOf('ann'), displayName: 'ann' },
    administrator: false,
    token: { id: minted.id, kind: 'opaque', expiresAt: minted['expiresAt'] },
    grants: { scope: '', authorizationDetails: details, within: [] },
  })
})

test('an administrator is one only with a token that grants as much', async () => {
  const server = new Stage(w)
  const { json } = await server.ask('admin', 'GET', '/whoami')
  expect([json.administrator, json.grants.scope]).toEqual([true, 'admin repo:admin repo:create'])
  const lesser = await newToken(server, 'admin')
  const answer = await server.ask(null, 'GET', '/whoami', undefined, bearer(lesser))
  expect([answer.json.administrator, answer.json.grants]).toEqual([false, EVERYTHING])
})

test("the platform's own services have no account and no token", async () => {
  const { json } = await new Stage(w).ask('internal', 'GET', '/whoami')
  expect(json).toMatchObject({ kind: 'internal', account: null, actingFor: null, token: null })
})

test('nobody, and a bad credential, are told nothing: 401', async () => {
  const server = new Stage(w)
  expect((await server.ask(null, 'GET', '/whoami')).status).toBe(401)
  expect((await server.ask('forger', 'GET', '/whoami')).status).toBe(401)
})

test.each([1e300, 9_999_999_999_999, Math.floor(Date.now() / 1000) + 600.1234567])(
  'a login that ends at %d can be looked at, and taken back (odd-expiry-regression)',
  async (exp) => {
    const token = await w.token(newId(), 'ann', { claims: { exp, iat: 0.1234567 } })
    const ask = (path: string, init: RequestInit = {}) => fetch(`${w.url}${path}`, init)
    const headers = { authorization: `Bearer ${token}` }
    expect((await ask('/whoami', { headers })).status).toBe(200)
    expect(
      (await ask('/oauth/revoke', { method: 'POST', body: new URLSearchParams({ token }) })).status,
    ).toBe(200)
    expect((await ask('/whoami', { headers })).status).toBe(401)
    expect((await ask('/.well-known/revocations.json')).status).toBe(200)
  },
)
