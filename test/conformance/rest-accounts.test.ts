/** auth.md, section 3: accounts of machines, and who looks after them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../src/kernel/uuid.ts'
import { bearer, exchanged, expectStatus, newMachine, newToken, whoamiStatus } from '../support/managed.ts'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await restWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

/** An organisation with an owner, another one, and a writer. */
async function organisation() {
  const server = new Stage(w)
  await server.create('owner', { name: 'r' })
  const at = `/orgs/${server.org}/members`
  for (const [who, role] of [
    ['other owner', 'owner'],
    ['writer', 'writer'],
  ] as const)
    await expectStatus(201, server.ask('owner', 'PUT', `${at}/${server.accountOf(who)}`, { role }))
  return server
}

async function eventsOf(accountId: string) {
  return (await w.events()).filter((event) => event.targetId === accountId)
}

test('POST /accounts makes an agent that belongs to whoever asks: 201 with its Location, and its event', async () => {
  const server = new Stage(w)
  const wanted = { kind: 'agent', displayName: 'agent-7' }
  const { json, headers } = await expectStatus(201, server.ask('ann', 'POST', '/accounts', wanted))
  expect(json).toEqual({
    id: expect.any(String),
    ...wanted,
    email: null,
    ownerId: server.accountOf('ann'),
    orgId: null,
    disabledAt: null,
    createdAt: expect.any(String),
  })
  expect(headers.get('location')).toBe(`/accounts/${json.id}`)
  expect((await server.ask('ann', 'GET', `/v1/accounts/${json.id}`)).json).toEqual(json)
  expect(await eventsOf(json.id)).toMatchObject([
    { type: 'account.created', actorId: server.accountOf('ann'), agentId: null, data: { kind: 'agent' } },
  ])
})

test('a service account makes agents, and no service account of its own, which would outlive it unseen', async () => {
  const server = new Stage(w)
  const { id } = await newMachine(server, 'ann', { kind: 'service' })
  const asService = bearer(await newToken(server, 'ann', { account: id }))
  const make = (kind: string) =>
    server.ask(null, 'POST', '/accounts', { kind, displayName: 'worker' }, asService)
  expect((await expectStatus(201, make('agent'))).json.ownerId).toBe(id)
  await expectStatus(403, make('service'))
})

test('with the same Idempotency-Key it is made once', async () => {
  const server = new Stage(w)
  const wanted = { kind: 'service', displayName: 'ci' }
  const make = () => server.ask('ann', 'POST', '/accounts', wanted, { 'idempotency-key': 'k' })
  expect((await make()).json).toEqual((await make()).json)
  expect((await server.ask('ann', 'GET', '/accounts')).json).toHaveLength(1)
})

test('owners make machines of their organisation; to everybody else it is an organisation that is not there', async () => {
  const server = await organisation()
  const make = (who: string, org = server.org) =>
    server.ask(who, 'POST', '/accounts', { kind: 'service', displayName: 'ci', org })
  const made = await make('owner')
  expect([made.status, made.json]).toMatchObject([201, { ownerId: null, orgId: expect.any(String) }])
  const [event] = await eventsOf(made.json.id)
  expect(event?.orgId).toBe(made.json.orgId)
  for (const who of ['admin', 'internal', 'other owner'])
    expect([who, (await make(who)).status]).toEqual([who, 201])
  const absent = await make('owner', `org-${newId()}`)
  expect([absent.status, absent.json.error.details]).toEqual([404, { reason: 'no such organisation' }])
  for (const who of ['writer', 'stranger']) {
    const refused = await make(who)
    expect([refused.status, refused.json]).toEqual([404, absent.json])
  }
})

test('GET /accounts lists what one looks after, newest first, by kind and by organisation, in pages', async () => {
  const server = await organisation()
  await newMachine(server, 'owner', { displayName: 'first' })
  await newMachine(server, 'owner', { displayName: 'second', kind: 'service', org: server.org })
  await newMachine(server, 'stranger', { displayName: 'theirs' })
  const names = async (who: string, query = '') =>
    (await server.ask(who, 'GET', `/accounts${query}`)).json.map(
      (one: { displayName: string }) => one.displayName,
    )
  expect(await names('owner')).toEqual(['second', 'first'])
  expect(await names('owner', '?kind=agent')).toEqual(['first'])
  expect(await names('owner', `?org=${server.org}`)).toEqual(['second'])
  expect(await names('other owner')).toEqual(['second'])
  expect(await names('writer')).toEqual([])
  const first = await server.ask('owner', 'GET', '/accounts?limit=1')
  expect(await names('owner', `?cursor=${first.headers.get('x-next-cursor')}`)).toEqual(['first'])
  expect((await server.ask('writer', 'GET', `/accounts?org=${server.org}`)).status).toBe(404)
  expect(await names('admin', '?limit=5')).toEqual(expect.arrayContaining(['theirs', 'writer']))
  expect(await names('admin', '?kind=user&limit=2')).toEqual(['writer', 'other owner'])
})

test('GET /accounts/{id} is for its owner, owners of its organisation and administrators; for others it is not there', async () => {
  const server = await organisation()
  const mine = await newMachine(server, 'owner')
  const ours = await newMachine(server, 'owner', { org: server.org })
  const read = (who: string, id: unknown) => server.ask(who, 'GET', `/accounts/${String(id)}`)
  const readers = async (id: unknown) => {
    const asked = ['owner', 'other owner', 'admin', 'internal', 'writer', 'stranger'] as const
    const answers = await Promise.all(
      asked.map(async (who) => ({ who, status: (await read(who, id)).status })),
    )
    return answers.filter(({ status }) => status === 200).map(({ who }) => who)
  }
  expect(await readers(mine.id)).toEqual(['owner', 'admin', 'internal'])
  expect(await readers(ours.id)).toEqual(['owner', 'other owner', 'admin', 'internal'])
  const absent = await read('stranger', newId())
  expect([absent.status, absent.json.error.details]).toEqual([404, { reason: 'no such account' }])
  expect((await read('stranger', mine.id)).json).toEqual(absent.json)
  await server.ask('owner', 'DELETE', `/orgs/${server.org}/members/${server.accountOf('other owner')}`)
  expect((await read('other owner', ours.id)).json).toEqual(absent.json)
})

test('PATCH /accounts/{id} renames, disables and enables; each is told once, and no change is not told', async () => {
  const server = new Stage(w)
  const { id } = await newMachine(server, 'ann')
  const patch = (body: object, who = 'ann') => server.ask(who, 'PATCH', `/accounts/${id}`, body)
  expect((await patch({ displayName: 'agent-8' })).json.displayName).toBe('agent-8')
  const disabled = await patch({ disabled: true })
  expect([disabled.status, disabled.json.disabledAt]).toEqual([200, expect.any(String)])
  expect((await patch({ disabled: true, displayName: 'agent-8' })).json).toEqual(disabled.json)
  expect((await patch({ disabled: false })).json.disabledAt).toBeNull()
  expect((await patch({ disabled: true }, 'stranger')).status).toBe(404)
  const actorId = server.accountOf('ann')
  expect(await eventsOf(id)).toMatchObject([
    { type: 'account.created' },
    { type: 'account.changed', actorId, data: { displayName: 'agent-8' } },
    { type: 'account.disabled', actorId },
    { type: 'account.enabled', actorId },
  ])
})

describe('a disabled account is refused on its next request', () => {
  test('with an opaque and a signed token, whoever it acts for; enabled again, its opaque token is good', async () => {
    const server = new Stage(w)
    const agent = await newMachine(server, 'ann')
    const opaque = await newToken(server, 'ann', { account: agent.id })
    const signed = await exchanged(w.url, opaque.token)
    const statuses = async () => [await whoamiStatus(server, opaque), await whoamiStatus(server, signed)]
    expect(await statuses()).toEqual([200, 200])
    await expectStatus(200, server.ask('ann', 'PATCH', `/accounts/${agent.id}`, { disabled: true }))
    expect(await statuses()).toEqual([401, 401])
    const more = await server.ask('ann', 'POST', '/tokens', { name: 'more', account: agent.id })
    expect([more.status, more.json.error.details]).toEqual([409, { reason: 'the account is disabled' }])
    await expectStatus(200, server.ask('ann', 'PATCH', `/accounts/${agent.id}`, { disabled: false }))
    expect(await statuses()).toEqual([200, 200])
  })

  test('so is a person, with a login, and so are the agents that act for him', async () => {
    const server = new Stage(w)
    const agent = await newMachine(server, 'ann')
    const opaque = await newToken(server, 'ann', { account: agent.id })
    const signed = await exchanged(w.url, opaque.token)
    const statuses = async () => [
      (await server.ask('ann', 'GET', '/whoami')).status,
      await whoamiStatus(server, opaque),
      await whoamiStatus(server, signed),
    ]
    const ann = `/accounts/${server.accountOf('ann')}`
    expect(await statuses()).toEqual([200, 200, 200])
    await expectStatus(200, server.ask('admin', 'PATCH', ann, { disabled: true }))
    expect(await statuses()).toEqual([401, 401, 401])
    const more = { name: 'more', account: agent.id }
    expect((await server.ask('admin', 'POST', '/tokens', more)).status).toBe(409)
    await expectStatus(200, server.ask('admin', 'PATCH', ann, { disabled: false }))
    expect(await statuses()).toEqual([200, 200, 200])
  })

  test('nobody disables the account that he asks with: 409', async () => {
    const server = new Stage(w)
    const { json } = await server.ask('admin', 'GET', '/whoami')
    const refused = await server.ask('admin', 'PATCH', `/accounts/${json.account.id}`, { disabled: true })
    expect([refused.status, refused.json.error.code]).toEqual([409, 'CONFLICT'])
  })
})

describe('who manages no accounts, whichever he names', () => {
  const REQUESTS = (id: string) =>
    [
      ['POST', '/accounts', { kind: 'agent', displayName: 'another' }],
      ['GET', '/accounts', undefined],
      ['GET', `/accounts/${id}`, undefined],
      ['PATCH', `/accounts/${id}`, { disabled: true }],
      ['POST', '/tokens', { name: 'of another', account: id }],
    ] as const

  test('a narrowed token of the owner: 403, and it says which scope is missing', async () => {
    const server = new Stage(w)
    const { id } = await newMachine(server, 'ann')
    server.narrow('narrowed', 'ann', `repo:${server.org}/r:admin`)
    for (const [method, path, body] of [...REQUESTS(id), ...REQUESTS(newId())]) {
      const { status, json } = await server.ask('narrowed', method, path, body)
      expect([method, path, status, json.error.details]).toMatchObject([
        method,
        path,
        403,
        { required: 'repo:admin', missing: 'scope' },
      ])
    }
  })

  test('an agent, with all the rights of its owner, an administrator among them', async () => {
    const server = new Stage(w)
    for (const [owner, rights] of [
      ['ann', {}],
      ['admin', { scope: 'admin repo:admin repo:create' }],
    ] as const) {
      const agent = await newMachine(server, owner)
      const headers = bearer(await newToken(server, owner, { account: agent.id, ...rights }))
      const sibling = await newMachine(server, owner)
      for (const [method, path, body] of REQUESTS(sibling.id)) {
        const { status, json } = await server.ask(null, method, path, body, headers)
        expect([method, path, status, json.error.details.required]).toEqual([method, path, 403, 'account'])
      }
    }
  })

  test('nobody at all: 401', async () => {
    for (const [method, path, body] of REQUESTS(newId()))
      expect((await new Stage(w).ask(null, method, path, body)).status).toBe(401)
  })

  test("the platform's own services have no machines of their own: 403", async () => {
    const wanted = { kind: 'agent', displayName: 'x' }
    const { status, json } = await new Stage(w).ask('internal', 'POST', '/accounts', wanted)
    expect([status, json.error.details.required]).toEqual([403, 'account'])
  })
})

test.each([
  ['a kind that people have', { kind: 'user', displayName: 'x' }, 'kind'],
  ['no name', { kind: 'agent' }, 'displayName'],
  ['an empty name', { kind: 'agent', displayName: ' ' }, 'displayName'],
  ['a name that a commit cannot hold', { kind: 'agent', displayName: 'a <b@c>' }, 'displayName'],
  ['a name with a line feed', { kind: 'agent', displayName: 'a\nb' }, 'displayName'],
  ['an organisation that is no name', { kind: 'agent', displayName: 'x', org: 'a b' }, 'org'],
  ['a member that is not known', { kind: 'agent', displayName: 'x', administrator: true }, ''],
])('%s: 400', async (_case, body, path) => {
  const { status, json } = await new Stage(w).ask('ann', 'POST', '/accounts', body)
  expect([status, json.error.details[0].path]).toEqual([400, path])
})

test('an id that is no UUID: 400', async () => {
  expect((await new Stage(w).ask('ann', 'GET', '/accounts/x')).status).toBe(400)
})
