/** events-and-jobs.md, section 2: the streams of events, as Server-Sent Events of the WHATWG's HTML standard. */
import { connect } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../src/kernel/uuid.ts'
import type { Actor } from '../support/actor.ts'
import { listen } from '../support/event-stream.ts'
import { restWorld } from '../support/rest.ts'
import type { World } from '../support/world.ts'

const PAGE = 'https://app.example.test'

let w: World
beforeAll(async () => {
  w = await restWorld({
    SLUICE_STREAM_HEARTBEAT_SECONDS: '1',
    SLUICE_STREAMS_PER_PRINCIPAL: '4',
    SLUICE_STREAMS: '8',
    CORS_ORIGINS: PAGE,
    SLUICE_DRAIN_SECONDS: '1', // fetch leaves connections behind on which it has asked nothing
  })
})
afterAll(() => w[Symbol.asyncDispose]())

/** A repository that nobody else speaks of. */
async function repository(fields: Record<string, unknown> = {}) {
  const { id } = await w.createRepo(`r-${newId()}`, fields)
  const { orgSlug, slug } = (await (await w.owner.fetch(`${w.url}/repos/by-id/${id}`)).json()) as {
    orgSlug: string
    slug: string
  }
  const at = `${w.url}/repos/${orgSlug}/${slug}`
  const post = async (path: string, by: Actor = w.owner) =>
    expect((await by.fetch(`${at}/${path}`, { method: 'POST' })).ok).toBe(true)
  const commit = async () => {
    const body = JSON.stringify({
      branch: 'main',
      message: 'light the lamp',
      changes: [{ path: `lamp-${newId()}`, action: 'put', content: 'on' }],
    })
    expect((await w.owner.fetch(`${at}/commits`, { method: 'POST', body })).status).toBe(201)
  }
  return { id, at, post, commit }
}

test('GET /repos/{org}/{repo}/events/stream tells of a push with its position, type and data', async () => {
  const { id, at, commit } = await repository()
  using stream = await listen(w.owner, `${at}/events/stream`)
  expect(Object.fromEntries(stream.response.headers)).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  })
  expect((await stream.block())?.text).toBe('retry: 1000')
  const before = await stream.position()
  await commit()
  const told = await stream.event()
  const list = (await (await w.owner.fetch(`${at}/events?eventType=push`)).json()) as unknown[]
  expect(told.event).toBe('push')
  expect(told.data).toEqual({ ...(list[0] as object), orgId: expect.any(String) })
  expect(told.data).toMatchObject({ repoId: id, metadata: { refs: [{ ref: 'refs/heads/main' }] } })
  expect(Number(told.id)).toBeGreaterThan(before)
})

test('GET /events tells of all repositories that one may read, and of one when that is asked for', async () => {
  const [one, other] = [await repository(), await repository()]
  using both = await listen(w.owner, `${w.url}/v1/events`)
  using single = await listen(w.owner, `${w.url}/events?repoId=${other.id.toUpperCase()}`)
  await one.post('archive')
  await other.post('archive')
  expect((await both.event()).data.repoId).toBe(one.id)
  expect((await both.event()).data.repoId).toBe(other.id)
  expect((await single.event()).data.repoId).toBe(other.id)
})

test('a stream begins behind Last-Event-ID, else behind since, else now', async () => {
  const { at, post } = await repository()
  await post('archive')
  await post('unarchive')
  using whole = await listen(w.owner, `${at}/events/stream?since=0`)
  const [created, archived, unarchived] = [await whole.event(), await whole.event(), await whole.event()]
  expect([created.event, archived.event, unarchived.event]).toEqual([
    'repo.created',
    'repo.archived',
    'repo.unarchived',
  ])
  using since = await listen(w.owner, `${at}/events/stream?since=${created.id}`)
  expect((await since.event()).id).toBe(archived.id)
  const resume = { 'last-event-id': archived.id ?? '' }
  using resumed = await listen(w.owner, `${at}/events/stream?since=0`, resume)
  expect((await resumed.event()).id).toBe(unarchived.id)
  using now = await listen(w.owner, `${at}/events/stream`, { 'last-event-id': '' })
  expect(await now.position()).toBeGreaterThanOrEqual(Number(unarchived.id))
})

test.each([
  ['since=yesterday', {}],
  ['since=-1', {}],
  ['since=999999999999999', {}],
  ['since=9999999999999999', {}],
  ['', { 'last-event-id': 'abc' }],
  ['since=0', { 'last-event-id': '999999999999' }],
  ['eventType=PR', {}],
  ['repoId=1', {}],
])('?%s with %o is 400', async (query, headers) => {
  const answer = await w.owner.fetch(`${w.url}/events?${query}`, { headers })
  expect(answer.status).toBe(400)
  expect(((await answer.json()) as { error: { code: string } }).error.code).toBe('VALIDATION_ERROR')
})

test('filters by types and families; what was asked for otherwise is passed over', async () => {
  const { at, post, commit } = await repository()
  using pushes = await listen(w.owner, `${at}/events/stream?eventType=push,repo.archived`)
  using family = await listen(w.owner, `${at}/events/stream?eventType=repo.*`)
  await post('archive')
  await post('unarchive')
  await commit()
  expect(await pushes.types(2)).toEqual(['repo.archived', 'push'])
  expect(await family.types(2)).toEqual(['repo.archived', 'repo.unarchived'])
})

test('every heartbeat says how far the log was read, also past what is not for the client', async () => {
  const { post, id } = await repository()
  using stream = await listen(w.stranger, `${w.url}/events`)
  const before = await stream.position()
  await post('archive')
  const [created] = (await w.events()).filter(
    (event) => event.repoId === id && event.type === 'repo.archived',
  )
  let position = before
  while (position < (created?.sequence ?? Infinity)) position = await stream.position()
  expect(position).toBeGreaterThan(before)
})

test('what was refused is in no stream', async () => {
  const { at, post } = await repository({ visibility: 'public' })
  using stream = await listen(w.owner, `${at}/events/stream`)
  expect((await w.stranger.fetch(`${at}/archive`, { method: 'POST' })).status).toBe(403)
  await post('archive')
  expect((await stream.event()).data).toMatchObject({
    eventType: 'repo.archived',
    actorId: w.owner.accountId,
  })
})

test('nobody without a credential follows everything; anybody follows a public repository', async () => {
  const open = await repository({ visibility: 'public' })
  const hidden = await repository()
  expect((await w.nobody.fetch(`${w.url}/events`)).status).toBe(401)
  using stream = await listen(w.nobody, `${open.at}/events/stream`)
  await open.post('archive')
  expect((await stream.event()).event).toBe('repo.archived')
  const seen = await w.nobody.fetch(`${hidden.at}/events/stream`)
  const absent = await w.nobody.fetch(`${w.url}/repos/acme/nothing-here/events/stream`)
  const strip = async (answer: Response) => [answer.status, await answer.json()]
  expect(await strip(seen)).toEqual(await strip(absent))
  expect(absent.status).toBe(404)
})

test.each([
  ['text/event-stream', 200],
  ['application/json, text/*;q=0.5', 200],
  ['*/*', 200],
  ['application/json', 406],
  ['text/event-stream;q=0, application/json', 406],
])('Accept: %s is answered %i', async (accept, status) => {
  const ended = new AbortController()
  const answer = await w.owner.fetch(`${w.url}/events`, { headers: { accept }, signal: ended.signal })
  expect(answer.status).toBe(status)
  ended.abort()
})

test('HEAD is the head alone, and holds no place', async () => {
  for (let n = 0; n < 6; n++) {
    const answer = await w.owner.fetch(`${w.url}/events`, { method: 'HEAD' })
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
      200,
      'text/event-stream',
      '',
    ])
  }
})

test('a client of HTTP/1.0 gets it without chunks, until the connection ends', async () => {
  const { at, post } = await repository({ visibility: 'public' })
  const { port, pathname } = new URL(at)
  const socket = connect(Number(port), '127.0.0.1')
  socket.write(`GET ${pathname}/events/stream HTTP/1.0\r\n\r\n`)
  let text = ''
  socket.setEncoding('latin1').on('data', (more: string) => (text += more))
  while (!text.includes('\n\nid: ')) await once(socket, 'data')
  await post('archive')
  while (!text.includes('event: repo.archived')) await once(socket, 'data')
  socket.destroy()
  expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  expect(text).not.toMatch(/transfer-encoding/i)
  expect(text).toContain('\r\n\r\nretry: 1000\n\nid: ')
})

test('pages of an allowed origin may read it, and may resume', async () => {
  using stream = await listen(w.owner, `${w.url}/events`, { origin: PAGE })
  expect(stream.response.headers.get('access-control-allow-origin')).toBe(PAGE)
  const preflight = await fetch(`${w.url}/events`, {
    method: 'OPTIONS',
    headers: { origin: PAGE, 'access-control-request-method': 'GET' },
  })
  expect(preflight.headers.get('access-control-allow-headers')).toContain('last-event-id')
})

test('one principal holds so many streams and no more; a place is free when one ends', async () => {
  const many = await w.actor('many')
  const held = []
  for (let n = 0; n < 4; n++) held.push(await listen(many, `${w.url}/events`))
  const refused = await many.fetch(`${w.url}/events`)
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '10'])
  expect(await refused.json()).toMatchObject({
    error: { details: { reason: 'too many open streams; end one of yours first' } },
  })
  held.pop()?.[Symbol.dispose]()
  await expect.poll(() => statusOf(many)).toBe(200)
  for (const stream of held) stream[Symbol.dispose]()
})

test('the server holds so many streams and no more, whoever they are of', async () => {
  const [one, other, third] = [await w.actor('one'), await w.actor('other'), await w.actor('third')]
  await expect.poll(() => statusOf(one)).toBe(200)
  const held: Disposable[] = []
  const fill = async () => {
    for (const actor of [one, other]) {
      while (held.length < 8 && (await statusOf(actor)) === 200)
        held.push(await listen(actor, `${w.url}/events`))
    }
    return held.length
  }
  await expect.poll(fill).toBe(8)
  const refused = await third.fetch(`${w.url}/events`)
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10'])
  for (const stream of held) stream[Symbol.dispose]()
  await expect.poll(() => statusOf(third)).toBe(200)
})

/** Of a stream that would be opened now. */
async function statusOf(actor: Actor): Promise<number> {
  return (await actor.fetch(`${w.url}/events`, { method: 'HEAD' })).status
}
