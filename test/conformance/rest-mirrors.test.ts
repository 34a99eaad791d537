/** events-and-jobs.md, section 2: mirrors by REST. What is pushed, and when: scenarios/mirrors. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../src/kernel/uuid.ts'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
/** Nobody listens there. */
const HOST = 'http://127.0.0.1:1'

let w: World
beforeAll(async () => {
  w = await restWorld({ SLUICE_OUTBOUND_ALLOW: '127.0.0.1' })
})
afterAll(() => w[Symbol.asyncDispose]())

/** `owner` owns it, `writer` writes to it. */
async function repository(server = new Stage(w), name = 'r') {
  const { id } = await server.create('owner', { name })
  await server.giveRole(id, 'writer', 'writer')
  const at = `/repos/${server.org}/${name}/mirrors`
  const body = { url: `${HOST}/acme/${randomUUID()}.git`, credential: { token: 'secret-token' } }
  return { server, id, at, body }
}

describe('PUT /repos/{org}/{repo}/mirrors/{name}', () => {
  test('PUT /repos/{org}/{repo}/mirrors/{name} makes a mirror, 201 and its Location, without its credential', async () => {
    const { server, id, at, body } = await repository()
    const made = await server.ask('owner', 'PUT', `${at}/github`, body)
    expect([made.status, made.headers.get('location')]).toEqual([201, `${at}/github`])
    expect(made.json).toMatchObject({
      name: 'github',
      kind: 'own',
      url: body.url,
      refs: ['refs/heads/*', 'refs/tags/*'],
      hasCredential: true,
      refusedReason: null,
      createdAt: TIME,
    })
    expect(made.text).not.toContain('secret-token')
    const event = (await w.events()).find((e) => e.repoId === id && e.type === 'mirror.set')
    expect(event).toMatchObject({
      actorId: server.accountOf('owner'),
      data: { name: 'github', url: body.url, refs: ['refs/heads/*', 'refs/tags/*'] },
    })
    expect(JSON.stringify(event)).not.toContain('secret-token')
  })

  test('again: 200; a credential is kept for the same URL only', async () => {
    const { server, at, body } = await repository()
    await server.ask('owner', 'PUT', `${at}/m`, body)
    const same = await server.ask('owner', 'PUT', `${at}/m`, { url: body.url, refs: ['refs/heads/main'] })
    expect([same.status, same.json.refs, same.json.hasCredential]).toEqual([200, ['refs/heads/main'], true])
    const moved = await server.ask('owner', 'PUT', `${at}/m`, { url: `${HOST}/elsewhere/x` })
    expect([moved.status, moved.json.error.details.reason]).toEqual([
      422,
      'a mirror that is new, or gets another URL, needs a credential',
    ])
    expect((await server.ask('owner', 'PUT', `${at}/new`, { url: `${HOST}/elsewhere/x` })).status).toBe(422)
  })

  test.each([
    ['https://user:hunter2@example.org/a/b.git', 'url'],
    ['https://hunter2@example.org/a/b.git', 'url'],
    ['ssh://git@example.org/a/b.git', 'url'],
    ['file:///etc/passwd', 'url'],
    ['ext::sh -c true', 'url'],
    ['https://example.org', 'url'],
    ['https://example.org/a?token=hunter2', 'url'],
    ['https://example.org/a#x', 'url'],
    ['https://example.org/a\nb', 'url'],
    ['-oProxyCommand=x', 'url'],
  ])('%j is no URL of a mirror: 400, and it is not repeated', async (url, path) => {
    const { server, at, body } = await repository()
    const answer = await server.ask('owner', 'PUT', `${at}/m`, { ...body, url })
    expect([answer.status, answer.json.error.details[0].path]).toEqual([400, path])
    expect(answer.text).not.toContain('hunter2')
  })

  test.each([
    { credential: {} },
    { credential: { token: 'a', password: 'b' } },
    { credential: { token: 'a\nX-Header: b' } },
    { credential: { username: 'a:b', password: 'c' } },
    { refs: [] },
    { refs: ['main'] },
    { refs: ['refs/heads/../x'] },
    { refs: [':refs/heads/main'] },
  ])('%j is refused: 400', async (part) => {
    const { server, at, body } = await repository()
    expect((await server.ask('owner', 'PUT', `${at}/m`, { ...body, ...part })).status).toBe(400)
  })

  test.each(['UPPER', '.dot', 'a b', 'x'.repeat(64), 'a%2Fb'])('%j is no name: 400', async (name) => {
    const { server, at, body } = await repository()
    expect((await server.ask('owner', 'PUT', `${at}/${encodeURI(name)}`, body)).status).toBe(400)
  })

  test.each([
    'https://10.0.0.1/a/b',
    'https://127.0.0.2/a/b',
    'https://[::1]/a/b',
    'https://169.254.169.254/latest/meta-data',
    'https://0x7f000002/a',
    'http://8.8.8.8/a/b',
  ])('%s is not reached from here: 422', async (url) => {
    const { server, at, body } = await repository()
    const answer = await server.ask('owner', 'PUT', `${at}/m`, { ...body, url })
    expect([answer.status, answer.json.error.message]).toEqual([
      422,
      'this server does not connect to that address',
    ])
    expect((await server.ask('owner', 'GET', `${at}/m`)).status).toBe(404)
  })

  test('the eleventh mirror is 422', async () => {
    const { server, at, body } = await repository()
    for (let n = 0; n < 10; n++)
      await server.ask('owner', 'PUT', `${at}/m${n}`, { ...body, url: `${HOST}/a/${randomUUID()}` })
    const answer = await server.ask('owner', 'PUT', `${at}/m10`, body)
    expect([answer.status, answer.json.error.details.reason]).toEqual([
      422,
      'a repository has at most 10 mirrors',
    ])
  })
})

describe('two mirrors to one remote repository', () => {
  test.each([
    (url: string) => url,
    (url: string) => url.replace(/\.git$/, ''),
    (url: string) => url.toUpperCase().replace('HTTP', 'http'),
    (url: string) => `${url.replace(/\.git$/, '')}/`,
    (url: string) => url.replace('/acme/', '//x/..//acme/'),
    (url: string) => url.replace('/acme/', '/%61cme/'),
  ])('the second is 409, however its URL is written (%#)', async (write) => {
    const one = await repository()
    const two = await repository(one.server, 'other')
    await one.server.ask('owner', 'PUT', `${one.at}/m`, one.body)
    const answer = await one.server.ask('owner', 'PUT', `${two.at}/m`, {
      ...one.body,
      url: write(one.body.url),
    })
    expect([answer.status, answer.json.error.details]).toEqual([
      409,
      {
        reason: 'another mirror goes to that remote repository already',
        repository: `${one.server.org}/r`,
      },
    ])
    expect((await one.server.ask('owner', 'GET', two.at)).json).toEqual([])
  })

  test('who may not read the other repository does not learn its name', async () => {
    const [one, two] = [await repository(), await repository()]
    await one.server.ask('owner', 'PUT', `${one.at}/m`, one.body)
    await succeed(one.id)
    const answer = await two.server.ask('owner', 'PUT', `${two.at}/m`, one.body)
    expect([answer.status, answer.json.error.details]).toEqual([
      409,
      { reason: 'another mirror goes to that remote repository already' },
    ])
  })

  test('a stranger who has never pushed there keeps nobody out', async () => {
    const [squatter, owner] = [await repository(), await repository()]
    await squatter.server.ask('owner', 'PUT', `${squatter.at}/m`, squatter.body)
    expect((await owner.server.ask('owner', 'PUT', `${owner.at}/m`, squatter.body)).status).toBe(201)
    expect((await squatter.server.ask('owner', 'GET', `${squatter.at}/m`)).json).toMatchObject({
      state: 'refused',
      refusedReason: 'another mirror goes to that remote repository already',
    })
  })

  test('a removed mirror makes room', async () => {
    const one = await repository()
    const two = await repository(one.server, 'other')
    await one.server.ask('owner', 'PUT', `${one.at}/m`, one.body)
    await one.server.ask('owner', 'DELETE', `${one.at}/m`)
    expect((await one.server.ask('owner', 'PUT', `${two.at}/m`, one.body)).status).toBe(201)
  })
})

/** As if a push had gone well. */
async function succeed(repoId: string): Promise<void> {
  await using database = await w.openDatabase()
  const { id } = await database.kysely
    .selectFrom('mirrors')
    .select('id')
    .where('repo_id', '=', repoId)
    .executeTakeFirstOrThrow()
  const ref = { mirror_id: id, ref: 'refs/heads/main', oid: '1'.repeat(40) }
  await database.kysely.insertInto('mirror_refs').values(ref).execute()
}

test('GET /repos/{org}/{repo}/mirrors lists them by name, and GET /repos/{org}/{repo}/mirrors/{name} shows one', async () => {
  const { server, at, body } = await repository()
  for (const name of ['b', 'a'])
    await server.ask('owner', 'PUT', `${at}/${name}`, { ...body, url: `${HOST}/a/${randomUUID()}` })
  const listed = await server.ask('owner', 'GET', at)
  expect([listed.status, listed.json.map((m: { name: string }) => m.name)]).toEqual([200, ['a', 'b']])
  expect(listed.text).not.toContain('secret-token')
})

test('GET /repos/{org}/{repo}/mirrors/{name} tells why a push failed; of one that is not there: 404', async () => {
  const { server, at, body } = await repository()
  const changes = [{ path: 'a', action: 'put', content: newId(), encoding: 'utf-8' }]
  const commit = { branch: 'main', message: 'one', changes }
  await server.ask('owner', 'POST', `/repos/${server.org}/r/commits`, commit)
  await server.ask('owner', 'PUT', `${at}/m`, body)
  await expect
    .poll(async () => (await server.ask('owner', 'GET', `${at}/m`)).json, { timeout: 10_000, interval: 20 })
    .toMatchObject({ state: 'failed', lastError: 'no connection to the remote', lastAttemptAt: TIME })
  const none = await server.ask('owner', 'GET', `${at}/none`)
  expect([none.status, none.json.error.details]).toEqual([404, { reason: 'no such mirror' }])
})

test('POST /repos/{org}/{repo}/mirrors/{name}/push is accepted, 202; of one that is not there: 404', async () => {
  const { server, at, body } = await repository()
  await server.ask('owner', 'PUT', `${at}/m`, body)
  const pushed = await server.ask('owner', 'POST', `${at}/m/push`)
  expect([pushed.status, pushed.json.name]).toEqual([202, 'm'])
  expect((await server.ask('owner', 'POST', `${at}/none/push`)).status).toBe(404)
})

test('DELETE /repos/{org}/{repo}/mirrors/{name} removes one: 204, then 404, and the log tells it', async () => {
  const { server, id, at, body } = await repository()
  await server.ask('owner', 'PUT', `${at}/m`, body)
  expect((await server.ask('owner', 'DELETE', `${at}/m`)).status).toBe(204)
  expect((await server.ask('owner', 'DELETE', `${at}/m`)).status).toBe(404)
  const events = (await w.events()).filter((e) => e.repoId === id)
  expect(events.at(-1)).toMatchObject({
    type: 'mirror.removed',
    actorId: server.accountOf('owner'),
    data: { name: 'm' },
  })
})

test.each([
  ['GET', ''],
  ['GET', '/m'],
  ['PUT', '/m'],
  ['DELETE', '/m'],
  ['POST', '/m/push'],
])('%s …/mirrors%s is for owners: a writer gets 403, a stranger 404', async (method, path) => {
  const { server, at, body } = await repository()
  const given = method === 'PUT' ? body : undefined
  expect((await server.ask('writer', method, `${at}${path}`, given)).status).toBe(403)
  expect((await server.ask('stranger', method, `${at}${path}`, given)).status).toBe(404)
})

test('an archived repository keeps its mirrors: they are not set any more, and can be removed', async () => {
  const { server, at, body } = await repository()
  await server.ask('owner', 'PUT', `${at}/m`, body)
  await server.ask('owner', 'POST', `/repos/${server.org}/r/archive`)
  expect((await server.ask('owner', 'PUT', `${at}/m`, body)).status).toBe(403)
  expect((await server.ask('owner', 'DELETE', `${at}/m`)).status).toBe(204)
})
