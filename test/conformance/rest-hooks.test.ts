/** events-and-jobs.md, section 2: webhooks of repositories and organisations in the REST API. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../src/kernel/uuid.ts'
import { HOOKS_TO_LOOPBACK, makeHook, push } from '../support/hooks.ts'
import { openReceiver, type Receiver } from '../support/receiver.ts'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

let w: World
let receiver: Receiver
beforeAll(async () => {
  w = await restWorld(HOOKS_TO_LOOPBACK)
  receiver = await openReceiver()
})
afterAll(async () => {
  await receiver[Symbol.asyncDispose]()
  await w[Symbol.asyncDispose]()
})

const PLACES = ['repository', 'organisation'] as const
type Place = (typeof PLACES)[number]

/** `owner` owns both, `writer` may write; `inbox` is what this stage's hooks have received. */
async function stage(place: Place) {
  const server = new Stage(w)
  const { id, orgId } = await server.create('owner', { name: 'r' })
  await server.giveRole(id, 'writer', 'writer')
  const at = place === 'repository' ? `/repos/${server.org}/r/hooks` : `/orgs/${server.org}/hooks`
  const url = `${receiver.url}/${newId()}`
  const hook = (fields: object = {}) => makeHook(server, at, { url, ...fields })
  const inbox = () => receiver.received.filter((sent) => `${receiver.url}${sent.url}` === url)
  const arrived = (count: number) => expect.poll(() => inbox().length).toBe(count)
  const lastEvent = async () =>
    (await w.events()).findLast((event) => event.orgId === orgId && event.type.startsWith('hook.'))
  const deliveries = async (at: string, query = '') =>
    (await server.ask('owner', 'GET', `${at}/deliveries${query}`)).json
  return { server, id, at, url, hook, inbox, arrived, lastEvent, deliveries }
}

/** The same holds below a repository and below an organisation. */
function both(title: string, claim: (s: Awaited<ReturnType<typeof stage>>) => Promise<void>): void {
  test.each(PLACES)(`${title} (%s)`, async (place) => claim(await stage(place)))
}

describe('a webhook', () => {
  both(
    'POST /repos/{org}/{repo}/hooks and /orgs/{org}/hooks make one; its secret is shown this once',
    async ({ server, at, url, lastEvent }) => {
      const made = await server.ask('owner', 'POST', at, { url: `${url}?key=k`, eventTypes: ['pr.*'] })
      const hook = {
        id: made.json.id,
        url: `${url}?key=k`,
        eventTypes: ['pr.*'],
        branches: [],
        paths: [],
        active: true,
        inactiveReason: null,
        oldSecretValidUntil: null,
        createdBy: server.accountOf('owner'),
        createdAt: TIME,
        updatedAt: TIME,
      }
      expect([made.status, made.json]).toEqual([201, { ...hook, secret: expect.stringMatching(/^whsec_/) }])
      expect(made.headers.get('cache-control')).toBe('no-store')
      const place = made.headers.get('location') ?? ''
      expect(place).toBe(`${at}/${made.json.id}`)
      expect((await server.ask('owner', 'GET', place)).json).toEqual(hook)
      const event = await lastEvent()
      expect(event).toMatchObject({ type: 'hook.created', actorId: server.accountOf('owner') })
      expect(JSON.stringify(event)).not.toContain('key=k')
    },
  )

  both(
    'GET /repos/{org}/{repo}/hooks and /orgs/{org}/hooks list them, the oldest first',
    async ({ server, at, hook }) => {
      const made = [(await hook()).id, (await hook()).id]
      const listed = await server.ask('owner', 'GET', at)
      expect([listed.status, listed.json.map(({ id }: { id: string }) => id)]).toEqual([200, made])
      expect(listed.text).not.toContain('whsec_')
    },
  )

  both(
    'GET /repos/{org}/{repo}/hooks/{id} and /orgs/{org}/hooks/{id} read one; that of others is not there',
    async ({ server, hook, at }) => {
      const made = await hook()
      expect((await server.ask('owner', 'GET', made.at)).json.id).toBe(made.id)
      const elsewhere = await stage('repository')
      const theirs = await elsewhere.hook()
      expect((await server.ask('owner', 'GET', `${at}/${theirs.id}`)).status).toBe(404)
      expect((await server.ask('owner', 'GET', `${at}/${newId()}`)).status).toBe(404)
    },
  )

  both(
    'PATCH /repos/{org}/{repo}/hooks/{id} and /orgs/{org}/hooks/{id} change what is named, and tell it',
    async ({ server, hook, lastEvent }) => {
      const made = await hook({ branches: ['main'] })
      const changed = await server.ask('owner', 'PATCH', made.at, { eventTypes: ['push'], active: false })
      expect([changed.status, changed.json]).toMatchObject([
        200,
        { eventTypes: ['push'], branches: ['main'], active: false },
      ])
      expect(await lastEvent()).toMatchObject({ type: 'hook.updated', targetId: made.id })
      expect((await server.ask('owner', 'PATCH', made.at, { url: 'http://10.0.0.1/' })).status).toBe(422)
    },
  )

  both(
    'DELETE /repos/{org}/{repo}/hooks/{id} and /orgs/{org}/hooks/{id} remove one: 204, then 404, and silence',
    async ({ server, hook, lastEvent, inbox }) => {
      const made = await hook({ eventTypes: ['push'] })
      const other = await hook({ eventTypes: ['push'], url: `${receiver.url}/other` })
      expect((await server.ask('owner', 'DELETE', made.at)).status).toBe(204)
      expect(await lastEvent()).toMatchObject({ type: 'hook.deleted', targetId: made.id })
      expect((await server.ask('owner', 'DELETE', made.at)).status).toBe(404)
      await push(server, 'r')
      await expect
        .poll(async () => (await server.ask('owner', 'GET', `${other.at}/deliveries`)).json)
        .toHaveLength(1)
      expect(inbox()).toEqual([])
    },
  )

  both(
    'POST /repos/{org}/{repo}/hooks/{id}/secret and /orgs/{org}/hooks/{id}/secret give a new secret',
    async ({ server, hook, lastEvent }) => {
      const made = await hook()
      const replaced = await server.ask('owner', 'POST', `${made.at}/secret`)
      expect([replaced.status, replaced.json.oldSecretValidUntil]).toEqual([200, TIME])
      expect(replaced.json.secret).not.toBe(made.secret)
      const event = await lastEvent()
      expect(event?.type).toBe('hook.secret_replaced')
      expect(JSON.stringify(event)).not.toContain('whsec_')
    },
  )

  both('the twenty-first is 422', async ({ server, at, hook, url }) => {
    for (let n = 0; n < 20; n++) await hook()
    const answer = await server.ask('owner', 'POST', at, { url })
    expect([answer.status, answer.json.error.code]).toEqual([422, 'UNPROCESSABLE'])
  })

  both('faults of the body are told all at once', async ({ server, at }) => {
    const body = { url: 'ftp://a/', eventTypes: ['Push!'], branches: ['a..b'], paths: [''], active: 1 }
    const answer = await server.ask('owner', 'POST', at, body)
    const paths = (answer.json.error.details as { path: string }[]).map(({ path }) => path)
    expect([answer.status, paths]).toEqual([400, ['url', 'eventTypes.0', 'branches.0', 'paths.0', 'active']])
    expect((await server.ask('owner', 'POST', at, { url: 'https://a.example/', more: 1 })).status).toBe(400)
  })

  test.each(['pusch', 'pr', 'pulls.*', 'access.denied', 'hook.pinged'])(
    '%s is no event that a webhook could wait for: 400',
    async (type) => {
      const { server, at, url, hook } = await stage('repository')
      const answer = await server.ask('owner', 'POST', at, { url, eventTypes: ['push', type] })
      expect([answer.status, answer.json.error.details[0].path]).toEqual([400, 'eventTypes.1'])
      const made = await hook()
      expect((await server.ask('owner', 'PATCH', made.at, { eventTypes: [type] })).status).toBe(400)
    },
  )

  test.each([
    'http://user:password@127.0.0.1/',
    'http://',
    'file:///etc/passwd',
    'javascript:alert(1)',
    '/relative',
  ])('%s is no URL of a webhook: 400', async (url) => {
    const { server, at } = await stage('repository')
    expect((await server.ask('owner', 'POST', at, { url })).status).toBe(400)
  })

  test.each([
    'http://10.0.0.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[::1]/',
    'http://[::ffff:10.0.0.1]/',
    'http://0x0a000001/',
    'http://0/',
    'http://127.0.0.2/',
    'http://name.invalid/',
  ])('%s is not connected to: 422', async (url) => {
    const { server, at } = await stage('repository')
    const answer = await server.ask('owner', 'POST', at, { url })
    expect([answer.status, answer.json.error.message]).toEqual([
      422,
      'this server does not connect to that address',
    ])
  })
})

describe('what was delivered', () => {
  both(
    'GET /repos/{org}/{repo}/hooks/{id}/deliveries and /orgs/{org}/hooks/{id}/deliveries list it, newest first, by status and in pages',
    async ({ server, hook, arrived, deliveries }) => {
      const made = await hook({ eventTypes: ['push'] })
      for (const branch of ['one', 'two', 'three']) await push(server, 'r', branch)
      await arrived(3)
      await expect.poll(() => deliveries(made.at, '?status=delivered')).toHaveLength(3)
      const listed = await deliveries(made.at)
      expect(listed[0]).toEqual({
        id: listed[0].id,
        eventId: expect.any(String),
        eventType: 'push',
        repoId: expect.any(String),
        status: 'delivered',
        attempts: 1,
        nextAttemptAt: null,
        responseStatus: 204,
        responseExcerpt: '',
        error: null,
        durationMs: expect.any(Number),
        redeliveryOf: null,
        createdAt: TIME,
        updatedAt: TIME,
      })
      const first = await server.ask('owner', 'GET', `${made.at}/deliveries?limit=2`)
      const rest = await deliveries(made.at, `?limit=2&cursor=${first.headers.get('x-next-cursor')}`)
      expect([...first.json, ...rest]).toEqual(listed)
      expect(await deliveries(made.at, '?status=parked')).toEqual([])
    },
  )

  both(
    'GET /repos/{org}/{repo}/hooks/{id}/deliveries/{deliveryId} and /orgs/{org}/hooks/{id}/deliveries/{deliveryId} show one with what was sent',
    async ({ server, hook, arrived, inbox, deliveries }) => {
      const made = await hook({ eventTypes: ['push'] })
      await push(server, 'r')
      await arrived(1)
      const [{ id }] = await deliveries(made.at)
      const shown = await server.ask('owner', 'GET', `${made.at}/deliveries/${id}`)
      expect([shown.status, shown.json.payload]).toEqual([200, JSON.parse(inbox()[0]?.body ?? '')])
      expect((await server.ask('owner', 'GET', `${made.at}/deliveries/${newId()}`)).status).toBe(404)
      const other = await hook()
      expect((await server.ask('owner', 'GET', `${other.at}/deliveries/${id}`)).status).toBe(404)
    },
  )

  both(
    'POST /repos/{org}/{repo}/hooks/{id}/deliveries/{deliveryId}/redeliver and /orgs/{org}/hooks/{id}/deliveries/{deliveryId}/redeliver send it once more, as a delivery of its own',
    async ({ server, hook, arrived, inbox, deliveries, lastEvent }) => {
      const made = await hook({ eventTypes: ['push'] })
      await push(server, 'r')
      await arrived(1)
      const [{ id }] = await deliveries(made.at)
      const sent = await server.ask('owner', 'POST', `${made.at}/deliveries/${id}/redeliver`)
      expect([sent.status, sent.json]).toMatchObject([202, { redeliveryOf: id, status: 'waiting' }])
      await arrived(2)
      const [first, second] = inbox()
      expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
      const again = await server.ask('owner', 'POST', `${made.at}/deliveries/${sent.json.id}/redeliver`)
      expect(again.json.redeliveryOf).toBe(id)
      expect(await lastEvent()).toMatchObject({ type: 'hook.redelivered', targetId: made.id })
    },
  )

  both(
    'POST /repos/{org}/{repo}/hooks/{id}/ping and /orgs/{org}/hooks/{id}/ping send an event to this hook only',
    async ({ server, hook, arrived, inbox }) => {
      const made = await hook({ eventTypes: ['pr.*'] })
      const other = await hook()
      const pinged = await server.ask('owner', 'POST', `${made.at}/ping`)
      expect([pinged.status, pinged.json.eventType]).toEqual([202, 'hook.pinged'])
      await arrived(1)
      expect(JSON.parse(inbox()[0]?.body ?? '').type).toBe('hook.pinged')
      expect((await server.ask('owner', 'GET', `${other.at}/deliveries`)).json).toEqual([])
    },
  )

  both('a webhook that is off is sent nothing by hand: 409', async ({ server, hook }) => {
    const made = await hook({ active: false })
    expect((await server.ask('owner', 'POST', `${made.at}/ping`)).status).toBe(409)
  })
})

test('only owners see and change webhooks of a repository; strangers and nobody see no repository', async () => {
  const { server, at, url, hook } = await stage('repository')
  const made = await hook()
  server.narrow('writing token', 'owner', `repo:${server.org}/r:write`)
  const statuses = async (who: string | null) => [
    (await server.ask(who, 'GET', at)).status,
    (await server.ask(who, 'POST', at, { url })).status,
    (await server.ask(who, 'GET', `${made.at}/deliveries`)).status,
    (await server.ask(who, 'DELETE', made.at)).status,
  ]
  expect(await statuses('writer')).toEqual([403, 403, 403, 403])
  expect(await statuses('writing token')).toEqual([403, 403, 403, 403])
  expect(await statuses('stranger')).toEqual([404, 404, 404, 404])
  expect(await statuses(null)).toEqual([404, 404, 404, 404])
  expect((await server.ask('owner', 'GET', made.at)).status).toBe(200)
})

test('only owners see and change webhooks of an organisation; to others it is none', async () => {
  const { server, at, url, hook } = await stage('organisation')
  const made = await hook()
  const statuses = async (who: string | null) => [
    (await server.ask(who, 'GET', at)).status,
    (await server.ask(who, 'POST', at, { url })).status,
    (await server.ask(who, 'POST', `${made.at}/ping`)).status,
    (await server.ask(who, 'DELETE', made.at)).status,
  ]
  expect(await statuses('writer')).toEqual([404, 404, 404, 404])
  expect(await statuses('stranger')).toEqual([404, 404, 404, 404])
  expect(await statuses(null)).toEqual([401, 401, 401, 401])
  const nowhere = `/orgs/${newId()}/hooks`
  expect((await server.ask('owner', 'GET', nowhere)).json).toEqual(
    (await server.ask('stranger', 'GET', at)).json,
  )
})
