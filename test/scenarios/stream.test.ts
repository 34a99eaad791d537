/** Who follows events hears all that he may, once and in order, and nothing that he may not; whatever happens meanwhile. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SluiceClient, type StreamedEvent } from '../../src/client/index.ts'
import { newId } from '../../src/kernel/uuid.ts'
import { EventLog } from '../../src/store/log/events.ts'
import type { Actor } from '../support/actor.ts'
import { cliHome } from '../support/cli.ts'
import { listen } from '../support/event-stream.ts'
import { openGateway } from '../support/gateway.ts'
import { restWorld } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await restWorld({ SLUICE_STREAM_HEARTBEAT_SECONDS: '1', SLUICE_DRAIN_SECONDS: '1' })
})
afterAll(() => w[Symbol.asyncDispose]())

/** A repository that nobody else speaks of. */
async function repository(fields: Record<string, unknown> = {}) {
  const name = `r-${newId()}`
  const { id } = await w.createRepo(name, fields)
  const at = `${w.url}/repos/acme/${name}`
  const ask = async (method: string, path = '', body?: object) => {
    const answer = await w.owner.fetch(at + path, { method, body: body ? JSON.stringify(body) : null })
    expect(answer.ok).toBe(true)
  }
  const give = (who: Actor, role: string) => ask('PUT', `/collaborators/${who.accountId}`, { role })
  return { id, name, at, ask, give }
}

/** Something that everybody on the server may know, so that a stream has passed what came before it. */
async function announce(): Promise<string> {
  const { id, ask } = await repository({ visibility: 'public' })
  await ask('POST', '/archive')
  return id
}

/** Past the server. */
async function write(count: number, data: unknown = {}): Promise<number> {
  await using database = await w.openDatabase()
  const log = new EventLog({ database, clock: Date, newId })
  const none = { orgId: null, projectId: null, actorId: null, agentId: null }
  const event = { ...none, type: 'repo.archived', repoId: w.repo.id, data }
  const events = Array.from({ length: count }, () => event)
  await database.transaction((trx) => log.append(trx, events))
  return await log.lastSequence()
}

test('an event of a hidden repository is not told, whatever it is asked for', async () => {
  const { id, ask } = await repository()
  using all = await listen(w.stranger, `${w.url}/events?since=0`)
  using one = await listen(w.stranger, `${w.url}/events?since=0&repoId=${id}`)
  await ask('POST', '/archive')
  const last = await announce()
  const seen = []
  for (let told = await all.event(); ; told = await all.event()) {
    seen.push(told.data.repoId)
    if (told.data.repoId === last && told.event === 'repo.archived') break
  }
  expect(seen).not.toContain(id)
  const end = (await w.events()).at(-1)?.sequence ?? Infinity
  let position = 0
  while (position < end) {
    const told = await one.block()
    expect(told?.data).toBeNull()
    position = Number(told?.id ?? 0)
  }
})

test('readers are not told what only owners may know', async () => {
  const [reader, other] = [await w.actor('reader'), await w.actor('other')]
  const { at, ask, give } = await repository()
  await give(reader, 'reader')
  using ofOwner = await listen(w.owner, `${at}/events/stream`)
  using ofReader = await listen(reader, `${at}/events/stream`)
  await give(other, 'writer')
  await ask('POST', '/archive')
  expect(await ofOwner.types(2)).toEqual(['repo.collaborator_added', 'repo.archived'])
  expect(await ofReader.types(1)).toEqual(['repo.archived'])
})

test('a repository that becomes private ends the streams of those who can no longer read it', async () => {
  const { id, at, ask } = await repository({ visibility: 'public' })
  using one = await listen(w.stranger, `${at}/events/stream`)
  using all = await listen(w.stranger, `${w.url}/events`)
  using ofOwner = await listen(w.owner, `${at}/events/stream`)
  await one.position()
  await ask('PATCH', '', { visibility: 'private' })
  await ask('POST', '/archive')
  expect(await one.end()).toEqual([])
  expect((await ofOwner.types(2)).at(-1)).toBe('repo.archived')
  const last = await announce()
  const next = await all.event()
  expect([next.data.repoId, next.data.repoId === id]).toEqual([last, false])
})

test('the owner is told that a repository was deleted, its readers are not; then both streams end', async () => {
  const reader = await w.actor('reader')
  const { at, ask, give } = await repository()
  await give(reader, 'reader')
  using ofOwner = await listen(w.owner, `${at}/events/stream`)
  using ofReader = await listen(reader, `${at}/events/stream`)
  await ask('DELETE')
  expect(await ofOwner.end()).toEqual(['repo.deleted'])
  expect(await ofReader.end()).toEqual([])
  expect((await w.owner.fetch(`${at}/events/stream`)).status).toBe(410)
})

test('a token that is narrowed to one repository hears of that one alone', async () => {
  const [mine, other] = [await repository(), await repository()]
  const narrow = await w.actor('narrow', {
    accountId: w.owner.accountId,
    scope: `repo:acme/${mine.name}:read`,
  })
  using stream = await listen(narrow, `${w.url}/events?eventType=repo.*`)
  await other.ask('POST', '/archive')
  await mine.ask('POST', '/archive')
  await mine.ask('POST', '/unarchive')
  expect((await stream.event()).data).toMatchObject({ repoId: mine.id, eventType: 'repo.archived' })
  expect((await stream.event()).data.eventType).toBe('repo.unarchived')
  expect((await narrow.fetch(`${other.at}/events/stream`)).status).toBe(404)
})

/** A token of the owner, as a header. */
async function mint(expiresIn: number) {
  const body = JSON.stringify({ name: 'listener', expiresIn })
  const minted = await w.owner.fetch(`${w.url}/tokens`, { method: 'POST', body })
  expect(minted.status).toBe(201)
  const { id, token } = (await minted.json()) as { id: string; token: string }
  const revoke = async () =>
    expect((await w.owner.fetch(`${w.url}/tokens/${id}`, { method: 'DELETE' })).ok).toBe(true)
  return { bearer: { authorization: `Bearer ${token}` }, revoke }
}

test('a token that is revoked hears of nothing more, and its stream ends', async () => {
  const { at, ask } = await repository()
  const { bearer, revoke } = await mint(600)
  using busy = await listen(w.nobody, `${at}/events/stream`, bearer)
  using idle = await listen(w.nobody, `${w.url}/events?eventType=nothing.here`, bearer)
  await ask('POST', '/archive')
  expect((await busy.event()).event).toBe('repo.archived')
  await revoke()
  await ask('POST', '/unarchive')
  expect(await busy.end()).toEqual([])
  expect(await idle.end()).toEqual([])
})

test('a token that expires ends its stream at the next heartbeat', async () => {
  const { bearer } = await mint(2)
  using stream = await listen(w.nobody, `${w.url}/events?eventType=nothing.here`, bearer)
  expect(await stream.end()).toEqual([])
  expect((await w.nobody.fetch(`${w.url}/events`, { headers: bearer })).status).toBe(401)
})

test('a server that stops ends its streams at once, and well', async () => {
  const other = await restWorld({ SLUICE_DRAIN_SECONDS: '600' })
  using stream = await listen(other.owner, `${other.url}/events`)
  const [types] = await Promise.all([stream.end(), other[Symbol.asyncDispose]()])
  expect(types).toEqual([])
})

/** Behind all that has happened. */
async function positionNow(at: string): Promise<number> {
  using stream = await listen(w.owner, `${at}/events/stream`)
  return await stream.position()
}

/** Reads so many events with the client. */
async function take(events: AsyncIterable<StreamedEvent>, count: number): Promise<StreamedEvent[]> {
  const taken: StreamedEvent[] = []
  for await (const event of events) if (taken.push(event) === count) break
  return taken
}

test('the client goes on over connections that are cut anywhere, and repeats nothing', async () => {
  const { name, at, ask } = await repository()
  const from = await positionNow(at)
  for (let n = 0; n < 10; n++) await ask('POST', n % 2 === 0 ? '/archive' : '/unarchive')
  await using gateway = await openGateway(w.url)
  let connections = 0
  gateway.intervene = ({ target, headers }, response) => {
    connections++
    if (connections === 2) return (response.writeHead(502).end(), true)
    if (connections === 3) return (response.destroy(), true)
    void fetch(w.url + target, { headers: { ...(headers as Record<string, string>) } }).then(
      async (answer) => {
        response.writeHead(answer.status, { 'content-type': 'text/event-stream' })
        const text = await upTo(answer, 2_000)
        response.write(text.slice(0, 1_000 + 37 * connections), () => response.destroy())
      },
    )
    return true
  }
  const client = new SluiceClient({
    baseUrl: gateway.url,
    credential: w.owner.token ?? '',
    pause: async () => {},
  })
  const events = await take(client.events({ repo: `acme/${name}`, since: from }), 10)
  const listed = (await (await w.owner.fetch(`${at}/events?limit=10`)).json()) as { id: string }[]
  expect(events.map(({ id }) => id)).toEqual(listed.map(({ id }) => id).reverse())
  expect(connections).toBeGreaterThan(4)
})

/** The first so many characters; fewer when there are no more for now. */
async function upTo(answer: Response, chars: number): Promise<string> {
  const reader = answer.body!.getReader()
  const decoder = new TextDecoder()
  let text = ''
  while (text.length < chars && !/^id: \d+\n\n/m.test(text)) {
    const { done, value } = await reader.read()
    if (done) break
    text += decoder.decode(value)
  }
  await reader.cancel()
  return text
}

test('the client ends where there is nothing more, gives up on what will not change, and when it is told to', async () => {
  const { id, name, ask } = await repository()
  await ask('POST', '/archive')
  const client = new SluiceClient({ baseUrl: w.url, credential: w.owner.token ?? '' })
  const all = await take(client.events({ repo: `acme/${name}`, since: 0, follow: false }), Infinity)
  expect(all.map((event) => [event.eventType, event.repoId])).toEqual([
    ['repo.created', id],
    ['repo.archived', id],
  ])
  const none = await take(client.events({ types: ['pr.*'], follow: false }), Infinity)
  expect(none).toEqual([])
  await expect(take(client.events({ since: 999_999_999_999 }), 1)).rejects.toMatchObject({ status: 400 })
  await expect(take(client.events({ repo: 'acme/none' }), 1)).rejects.toMatchObject({ status: 404 })
  expect(() => client.events({ repo: 'acme' })).toThrow(TypeError)
  const stop = new AbortController()
  const waiting = take(client.events({ signal: stop.signal }), 1)
  stop.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
})

test('sluice events prints a line each, and --json one object a line', async () => {
  const { name, ask } = await repository()
  await ask('POST', '/archive')
  await using home = await cliHome({ SLUICE_URL: w.url, SLUICE_TOKEN: w.owner.token ?? '' })
  const plain = await home.run(['events', '--repo', `acme/${name}`])
  expect([plain.code, plain.stderr]).toEqual([0, ''])
  const rows = plain.stdout.trimEnd().split('\n')
  expect(rows.map((line) => line.split('\t')[2])).toEqual(['repo.created', 'repo.archived'])
  const since = rows[0]?.split('\t')[0] ?? ''
  const json = await home.run(['events', '--repo', `acme/${name}`, '--since', since, '--json'])
  const [line = '', ...rest] = json.stdout.split('\n')
  expect([JSON.parse(line).eventType, rest]).toEqual(['repo.archived', ['']])
  const none = await home.run(['events', '--repo', `acme/${name}`, '--type', 'pr.*', '--type', 'push'])
  expect([none.code, none.stdout]).toEqual([0, ''])
  expect((await home.run(['events', '--since', 'yesterday'])).code).toBe(2)
})

// last: whoever begins at the beginning reads all of this
test('thousands of events come once each and in order, and delay nobody who is up to date', async () => {
  const { at, ask } = await repository()
  const begin = await write(1)
  await write(10_000)
  using slow = await listen(w.owner, `${w.url}/events?since=${begin}&repoId=${w.repo.id}`)
  using prompt = await listen(w.owner, `${at}/events/stream`)
  await ask('POST', '/archive')
  expect((await prompt.event()).event).toBe('repo.archived')
  const ids: number[] = []
  while (ids.length < 10_000) ids.push(Number((await slow.event()).id))
  expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b))
  expect(ids[0]).toBe(begin + 1)
})

const MEBIBYTE = 1024 * 1024

test('clients that read nothing hold little memory, are cut off, and can go on where they were', async () => {
  const lazy = await w.actor('lazy', { accountId: w.owner.accountId })
  const begin = await write(1)
  const last = await write(400, { text: 'x'.repeat(60_000) }) // 24 MB for each of them: 190 MB in all
  const before = memoryHeld()
  const stuck = await Promise.all(Array.from({ length: 8 }, () => openAndIgnore(lazy, begin)))
  let peak = 0
  await expect
    .poll(
      async () => {
        peak = Math.max(peak, memoryHeld() - before)
        for (const { socket } of stuck) if (!socket.destroyed) socket.write('\r\n') // a cut connection says so
        return stuck.filter(({ socket }) => socket.destroyed).length
      },
      { timeout: 45_000, interval: 200 },
    )
    .toBe(stuck.length)
  expect(peak / MEBIBYTE).toBeLessThan(60)
  using resumed = await listen(lazy, `${w.url}/events?since=${last - 1}`)
  expect((await resumed.event()).id).toBe(String(last))
}, 60_000)

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Of this process, in which the server runs; sockets of the kernel are not counted. */
function memoryHeld(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

async function openAndIgnore(actor: Actor, since: number): Promise<{ socket: Socket }> {
  const { port, host } = new URL(w.url)
  const socket = connect(Number(port), '127.0.0.1')
  socket.on('error', () => {})
  socket.pause()
  await once(socket, 'connect')
  const head = [
    `GET /events?since=${since} HTTP/1.1`,
    `host: ${host}`,
    `authorization: Bearer ${actor.token}`,
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  return { socket }
}
