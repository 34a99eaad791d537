/** Who was refused is in the audit, and nowhere else; and nobody fills the log by being refused. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listen } from '../support/event-stream.ts'
import { openReceiver, type Receiver } from '../support/receiver.ts'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

interface Event {
  readonly eventType: string
  readonly actorId: string | null
  readonly repoId: string | null
  readonly denied?: boolean
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly metadata: any
}

let w: World
let admin: Stage
let receiver: Receiver
beforeAll(async () => {
  receiver = await openReceiver()
  w = await restWorld({ SLUICE_OUTBOUND_ALLOW: '127.0.0.0/8' })
  admin = new Stage(w)
})
afterAll(async () => {
  await w[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
})

async function audit(query: string): Promise<Event[]> {
  return (await admin.ask('admin', 'GET', `/admin/events?${query}`)).json
}

test('a push that a policy refuses is told with its ref, code and reason, and makes no push event', async () => {
  const stage = new Stage(w)
  const { id } = await stage.create('owner', { name: 'guarded' })
  const at = `/repos/${stage.org}/guarded`
  await stage.ask('owner', 'PUT', `${at}/protections/main`, { push: 'owner' })
  await stage.giveRole(id, 'writer', 'writer')
  const writer = await w.actor('writer', { accountId: stage.accountOf('writer') })
  await writer.start(`${w.url}/${stage.org}/guarded.git`)
  await writer.commit('a.txt', 'a')
  expect((await writer.git('push', 'origin', 'main')).output).toMatch(/protected/)

  const { json } = await stage.ask('owner', 'GET', `${at}/events?denied=true`)
  expect(json).toMatchObject([
    {
      eventType: 'push.denied',
      actorId: stage.accountOf('writer'),
      repoId: id,
      denied: true,
      metadata: {
        via: 'git',
        address: '127.0.0.1',
        refs: [
          { ref: 'refs/heads/main', code: 'BRANCH_PROTECTED', reason: expect.stringContaining('protected') },
        ],
        times: 1,
      },
    },
  ])
  const others = await stage.ask('owner', 'GET', `${at}/events?denied=false`)
  expect(others.json.map(({ eventType }: Event) => eventType)).not.toContain('push')
  expect(others.json.every((event: Event) => event.denied === undefined)).toBe(true)
})

test('a commit by REST that the door refuses is told as one by git is', async () => {
  const stage = new Stage(w)
  const { id } = await stage.create('owner', { name: 'guarded' })
  const at = `/repos/${stage.org}/guarded`
  await stage.ask('owner', 'PUT', `${at}/protections/main`, { push: 'owner' })
  await stage.giveRole(id, 'writer', 'writer')
  const changes = [{ path: 'a.txt', action: 'put', content: 'one', encoding: 'utf-8' }]
  const commit = () =>
    stage.ask('writer', 'POST', `${at}/commits`, { branch: 'main', message: 'one', changes })
  expect((await commit()).status).toBe(403)
  const { json } = await stage.ask('owner', 'GET', `${at}/events?denied=true`)
  expect(json).toMatchObject([
    { eventType: 'push.denied', metadata: { via: 'api', refs: [{ code: 'BRANCH_PROTECTED' }], times: 1 } },
  ])
})

test('what permission refuses to a reader is told: a push by git, a write by REST, and no read', async () => {
  const stage = new Stage(w)
  const { id } = await stage.create('owner', { name: 'r' })
  await stage.giveRole(id, 'reader', 'reader')
  const at = `/repos/${stage.org}/r`
  const reader = await w.actor('reader', { accountId: stage.accountOf('reader') })
  await reader.start(`${w.url}/${stage.org}/r.git`)
  await reader.commit('a.txt', 'a')
  expect((await reader.git('push', 'origin', 'main')).code).not.toBe(0)
  expect((await stage.ask('reader', 'GET', `${at}/events`)).status).toBe(403)
  const denied = async (): Promise<Event[]> =>
    (await stage.ask('owner', 'GET', `${at}/events?denied=true`)).json
  expect(await denied()).toMatchObject([
    {
      eventType: 'access.denied',
      actorId: stage.accountOf('reader'),
      metadata: {
        route: 'GET /:org/:repo/info/refs',
        required: 'repo:write',
        missing: 'role',
        address: '127.0.0.1',
        times: 1,
      },
    },
  ])
  expect((await stage.ask('reader', 'PUT', `${at}/protections/main`, {})).status).toBe(403)
  expect(await denied()).toMatchObject([
    { metadata: { route: 'PUT /repos/:org/:repo/protections/*', required: 'repo:admin' } },
    { metadata: { required: 'repo:write' } },
  ])
})

test('who may not even see a repository leaves nothing in its audit', async () => {
  const stage = new Stage(w)
  await stage.create('owner', { name: 'r' })
  const at = `/repos/${stage.org}/r`
  expect((await stage.ask('stranger', 'DELETE', at)).status).toBe(404)
  expect((await stage.ask('owner', 'GET', `${at}/events?denied=true`)).json).toEqual([])
})

test('a credential that is refused is told without a letter of it, and a request without one is not', async () => {
  const stage = new Stage(w)
  const secret = `slt_${randomBytes(24).toString('hex')}`
  const before = (await audit('eventType=login.failed')).length
  await stage.ask(null, 'GET', '/whoami')
  await fetch(`${w.url}/acme/app.git/info/refs?service=git-receive-pack`)
  expect(await audit('eventType=login.failed')).toHaveLength(before)
  for (const authorization of [`Bearer ${secret}`, `Basic ${btoa(`x:${secret}`)}`]) {
    expect((await stage.ask(null, 'GET', '/whoami', undefined, { authorization })).status).toBe(401)
  }
  const [failed, ...older] = await audit('eventType=login.failed&denied=true')
  expect(older).toHaveLength(before)
  expect(failed).toMatchObject({
    actorId: null,
    repoId: null,
    denied: true,
    metadata: { address: '127.0.0.1', route: 'GET /whoami', code: 'INVALID_CREDENTIAL', times: 2 },
  })
  const everything = JSON.stringify(await w.events())
  expect(everything).not.toContain(secret.slice(4, 20))
})

test('a refused assertion or refresh token at the token endpoint is a failed login', async () => {
  const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'nonsense' })
  const before = (await audit('eventType=login.failed')).length
  expect((await fetch(`${w.url}/oauth/token`, { method: 'POST', body: form })).status).toBe(400)
  const failed = await audit('eventType=login.failed')
  expect(failed).toHaveLength(before + 1)
  expect(failed[0]?.metadata).toMatchObject({ route: 'POST /oauth/token', code: 'OAUTH_INVALID_GRANT' })
})

test('no stream and no webhook hears of what was refused', async () => {
  const stage = new Stage(w)
  const { id } = await stage.create('owner', { name: 'heard' })
  await stage.giveRole(id, 'reader', 'reader')
  const at = `/repos/${stage.org}/heard`
  expect((await stage.ask('owner', 'POST', `${at}/hooks`, { url: receiver.url })).status).toBe(201)
  const owner = await w.actor('owner', { accountId: stage.accountOf('owner') })
  using stream = await listen(owner, `${w.url}${at}/events/stream`)
  expect((await stage.ask('reader', 'PUT', `${at}/protections/main`, {})).status).toBe(403)
  const [denied] = (await stage.ask('owner', 'GET', `${at}/events?denied=true`)).json
  expect(denied.eventType).toBe('access.denied')
  await stage.ask('owner', 'PATCH', at, { description: 'x' })
  expect((await stream.event()).event).toBe('repo.updated')
  expect(JSON.parse((await receiver.next()).body).type).toBe('repo.updated')
})

test('denied=maybe is 400', async () => {
  expect((await admin.ask('admin', 'GET', '/admin/events?denied=maybe')).status).toBe(400)
})
