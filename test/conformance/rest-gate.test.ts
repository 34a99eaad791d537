/** gate.md, section 1: upstreams by REST. That they are fetched from and pushed to: scenarios/gate-*. */
import { generateKeyPairSync } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeStrings } from '../../src/kernel/upstream/wire-string.ts'
import { openHttpsUpstream, type HttpsUpstream } from '../support/https-upstream.ts'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
const SECRET = ['do', 'not', 'show', 'me'].join('-')
const URL = 'https://8.8.8.8/acme/widgets.git'

let w: World
let forge: HttpsUpstream
beforeAll(async () => {
  forge = await openHttpsUpstream()
  w = await restWorld({
    SLUICE_GATE_ALLOW_PRIVATE: '1',
    SLUICE_GATE_CONNECT_SECONDS: '2',
    SLUICE_GATE_IDLE_SECONDS: '2',
  })
})
afterAll(async () => {
  await w[Symbol.asyncDispose]()
  await forge[Symbol.asyncDispose]()
})

/** `owner` owns it, `writer` writes to it. */
async function repository(name = 'r') {
  const server = new Stage(w)
  const { id } = await server.create('owner', { name })
  await server.giveRole(id, 'writer', 'writer')
  const at = `/repos/${server.org}/${name}/upstream`
  const body = { url: URL, key: { provider: 'token', token: SECRET } }
  const put = (part: object = {}, who = 'owner', query = '') =>
    server.ask(who, 'PUT', at + query, { ...body, ...part })
  const events = async () =>
    (await w.events()).filter((e) => e.repoId === id && e.type.startsWith('upstream.'))
  return { server, id, name, at, body, put, events }
}

function hostKey(): string {
  const { publicKey } = generateKeyPairSync('ed25519')
  const point = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
  return `ssh-ed25519 ${writeStrings('ssh-ed25519', point).toString('base64')}`
}

function privateKey(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'sec1', format: 'pem' })
    .toString()
}

describe('PUT /repos/{org}/{repo}/upstream', () => {
  test('PUT /repos/{org}/{repo}/upstream makes the repository a gate, 201 and its Location, without the secret', async () => {
    const { server, id, at, put, events } = await repository()
    const made = await put({ user: { name: 'Agent', email: 'a@example.org' } })
    expect([made.status, made.headers.get('location')]).toEqual([201, at])
    expect(made.json).toMatchObject({
      url: URL,
      provider: 'token',
      keyFingerprint: null,
      hasProvisionerToken: false,
      maxAgeMs: 0,
      staleIfError: false,
      user: { name: 'Agent', email: 'a@example.org' },
      createdAt: TIME,
    })
    expect((await server.ask('owner', 'GET', `/repos/${server.org}/r`)).json.kind).toBe('gate')
    const told = await events()
    expect(told).toMatchObject([
      { type: 'upstream.set', actorId: server.accountOf('owner'), data: { url: URL } },
    ])
    await using database = await w.openDatabase()
    const rows = await database.kysely.selectFrom('upstreams').selectAll().where('repo_id', '=', id).execute()
    expect(rows).toHaveLength(1)
    expect(made.text + JSON.stringify([told, rows])).not.toContain(SECRET)
  })

  test('again: 200; what is the same writes nothing, and the key may be left out for the same URL only', async () => {
    const { put, events } = await repository()
    await put()
    expect((await put()).status).toBe(200)
    expect(await events()).toHaveLength(1)
    const changed = await put({ key: undefined, refresh: { maxAgeMs: 2000, staleIfError: true } })
    expect([changed.status, changed.json.maxAgeMs, changed.json.staleIfError]).toEqual([200, 2000, true])
    const moved = await put({ key: undefined, url: 'https://8.8.4.4/acme/widgets.git' })
    expect([moved.status, moved.json.error.details.reason]).toEqual([
      422,
      expect.stringContaining('needs a key'),
    ])
  })

  test('a dry run tells what would change, by fingerprints, and changes nothing', async () => {
    const { server, at, put, events } = await repository()
    const first = await put({}, 'owner', '?dryRun=true')
    expect([first.status, first.json.result]).toEqual([200, 'added'])
    expect((await server.ask('owner', 'GET', at)).status).toBe(404)
    await put()
    const key = { provider: 'token', token: `${SECRET}-2` }
    const second = await put({ key, refresh: { maxAgeMs: 5 } }, 'owner', '?dryRun=true')
    expect(second.json).toEqual({
      result: 'changed',
      changes: expect.arrayContaining([
        { field: 'key', from: 'a token', to: 'another token' },
        { field: 'maxAgeMs', from: '0', to: '5' },
      ]),
    })
    expect(second.json.changes).toHaveLength(2)
    expect(first.text + second.text).not.toContain(SECRET)
    expect(await events()).toHaveLength(1)
    expect((await put({}, 'owner', '?dryRun=true')).json).toEqual({ result: 'same', changes: [] })
  })

  test('over ssh: key and host key are shown by their fingerprints', async () => {
    const { put } = await repository()
    const key = { provider: 'static', privateKey: privateKey() }
    const made = await put({ url: 'git@8.8.8.8:acme/w.git', key, hostKey: `${hostKey()} a comment` })
    const fingerprint = expect.stringMatching(/^SHA256:[\w+/]{43}$/)
    expect([made.status, made.json]).toMatchObject([
      201,
      { keyFingerprint: fingerprint, hostKeyFingerprint: fingerprint },
    ])
  })

  test('all faults are told at once with their paths, the nearest name, and nothing of what was sent', async () => {
    const { put } = await repository()
    const answer = await put({
      url: `ssh://git:${SECRET}@h/x`,
      key: { provider: 'static', privateKey: SECRET, tokn: SECRET },
      host_key: 'x',
      user: { name: 'a\nb', email: 'x' },
      refresh: { maxAge: 1 },
    })
    expect(answer.status).toBe(400)
    const faults = answer.json.error.details as { path: string; message: string }[]
    expect(faults.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['url', 'key.privateKey', 'key', 'user.name', 'refresh', '']),
    )
    expect(answer.text).toContain('\\"hostKey\\" meant')
    expect(answer.text).toContain('\\"maxAgeMs\\" meant')
    expect(answer.text).not.toContain(SECRET)
  })

  test.each<[string, object, string]>([
    [
      'no host key over ssh',
      { url: 'git@8.8.8.8:a/b', key: { provider: 'static', privateKey: privateKey() } },
      'hostKey',
    ],
    ['a token over ssh', { url: 'git@8.8.8.8:a/b', hostKey: hostKey() }, 'key.provider'],
    ['a key over https', { key: { provider: 'static', privateKey: privateKey() } }, 'key.provider'],
    ['an authority over ssh', { url: 'git@8.8.8.8:a/b', hostKey: hostKey(), ca: 'x' }, 'ca'],
    ['a secret twice', { key: { provider: 'token', token: 'a', path: '/x' } }, 'key'],
    ['no secret', { key: { provider: 'token' } }, 'key'],
    ['a newline in a token', { key: { provider: 'token', token: 'a\nb' } }, 'key.token'],
    ['http', { url: 'http://8.8.8.8/a/b' }, 'url'],
    ['another transport', { url: 'ext::sh -c x' }, 'url'],
  ])('%s is refused: 400', async (_what, part, path) => {
    const { put } = await repository()
    const answer = await put(part)
    expect([answer.status, answer.json.error.details]).toEqual([
      400,
      expect.arrayContaining([{ path, message: expect.any(String) }]),
    ])
  })

  test('a repository that holds branches of its own is no gate: 409', async () => {
    const { server, put } = await repository()
    const changes = [{ path: 'a', action: 'put', content: 'a', encoding: 'utf-8' }]
    await server.ask('owner', 'POST', `/repos/${server.org}/r/commits`, {
      branch: 'main',
      message: 'a',
      changes,
    })
    const answer = await put()
    expect([answer.status, answer.json.error.details.reason]).toEqual([
      409,
      expect.stringContaining('empty one'),
    ])
    expect((await server.ask('owner', 'GET', `/repos/${server.org}/r`)).json.kind).toBe('hosted')
  })

  test('only administrators of the server name one of its files', async () => {
    const { put } = await repository()
    const file = join(w.dir, 'token-of-the-forge')
    await writeFile(file, `${SECRET}\n`, { mode: 0o600 })
    const key = { provider: 'token', path: file }
    const refused = await put({ key })
    expect([refused.status, refused.json.error.details.reason]).toEqual([
      422,
      expect.stringContaining('administrators'),
    ])
    expect((await put({ key }, 'admin')).status).toBe(201)
    expect((await put({ key: undefined }, 'owner', '?dryRun=true')).json.result).toBe('same')
    expect((await put({}, 'owner', '?dryRun=true')).json.result).toBe('same') // the token that was in the file
    await rm(file)
    expect((await put({ key }, 'admin')).status).toBe(422)
  })

  test('private addresses need the setting, also those of APIs of forges: 422', async () => {
    await using strict = await restWorld()
    const server = new Stage(strict)
    await server.create('owner', { name: 'r' })
    for (const url of [
      'https://127.0.0.1/a/b',
      'https://[::1]/a',
      'https://10.0.0.1/a',
      'https://169.254.169.254/a',
    ]) {
      const answer = await server.ask('owner', 'PUT', `/repos/${server.org}/r/upstream`, {
        url,
        key: { provider: 'token', token: 'x' },
      })
      expect([answer.status, answer.json.error.details.reason]).toEqual([
        422,
        expect.stringContaining('SLUICE_GATE_ALLOW_PRIVATE'),
      ])
    }
    for (const apiUrl of ['http://127.0.0.1:1', 'https://10.0.0.1']) {
      const answer = await server.ask('owner', 'PUT', `/repos/${server.org}/r/upstream`, {
        url: 'git@8.8.8.8:acme/widgets.git',
        key: { provider: 'gitea', provisionerToken: 'x', apiUrl },
        hostKey: hostKey(),
      })
      expect([answer.status, answer.json.error.details.reason]).toEqual([
        422,
        expect.stringContaining('SLUICE_GATE_ALLOW_PRIVATE'),
      ])
    }
  })

  test('a writer may not: 403; a stranger sees nothing: 404, as if there were no such repository', async () => {
    const { server, at, put } = await repository()
    expect((await put({}, 'writer')).status).toBe(403)
    const hidden = await put({}, 'stranger')
    const absent = await server.ask('stranger', 'PUT', `/repos/${server.org}/none/upstream`, { url: URL })
    expect([hidden.status, hidden.json.error.code]).toEqual([404, absent.json.error.code])
    expect((await server.ask('writer', 'GET', at)).status).toBe(403)
    expect((await server.ask('writer', 'DELETE', at)).status).toBe(403)
  })
})

test('GET /repos/{org}/{repo}/upstream shows it without its secret; of an ordinary repository: 404', async () => {
  const { server, at, put } = await repository()
  expect((await server.ask('owner', 'GET', at)).status).toBe(404)
  const made = await put()
  const shown = await server.ask('owner', 'GET', at)
  expect([shown.status, shown.json]).toEqual([200, made.json])
  expect(shown.text).not.toContain(SECRET)
})

test('DELETE /repos/{org}/{repo}/upstream makes it an ordinary repository, once', async () => {
  const { server, id, at, put, events } = await repository()
  await put()
  expect((await server.ask('owner', 'DELETE', at)).status).toBe(204)
  expect((await server.ask('owner', 'DELETE', at)).status).toBe(404)
  expect((await server.ask('owner', 'GET', `/repos/${server.org}/r`)).json.kind).toBe('hosted')
  expect((await events()).map(({ type }) => type)).toEqual(['upstream.set', 'upstream.removed'])
  await using database = await w.openDatabase()
  expect(
    await database.kysely.selectFrom('upstreams').selectAll().where('repo_id', '=', id).execute(),
  ).toEqual([])
})

describe('GET /repos/{org}/{repo}/upstream/status', () => {
  test('GET /repos/{org}/{repo}/upstream/status asks the upstream, for whoever may read', async () => {
    const { server, at, put } = await repository()
    await forge.create('acme/status')
    const { username, password: token } = forge
    const url = `${forge.url}/acme/status.git`
    await put({ url, ca: forge.ca, key: { provider: 'token', username, token } })
    const status = await server.ask('writer', 'GET', `${at}/status`)
    expect([status.status, status.json]).toMatchObject([
      200,
      { reachable: true, unreachableReason: null, lastError: null, provider: 'token', endingKeys: [] },
    ])
    await put({ url, ca: forge.ca, key: { provider: 'token', username, token: 'a-wrong-one' } })
    const wrong = await server.ask('writer', 'GET', `${at}/status`)
    expect(wrong.json).toMatchObject({ reachable: false, unreachableReason: expect.any(String) })
    expect(wrong.text).not.toContain('a-wrong-one')
  })

  test('many who ask at once share one answer; an upstream that is away is told as such', async () => {
    const { server, at, put } = await repository()
    await put({ url: 'https://127.0.0.1:1/acme/away.git' })
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => server.ask('writer', 'GET', `${at}/status`)),
    )
    expect(answers.map(({ json }) => json.reachable)).toEqual(Array(5).fill(false))
    expect((await server.ask('stranger', 'GET', `${at}/status`)).status).toBe(404)
  })
})

test('GET /repos/{org}/{repo}/gitconfig is plain text for whoever may read, and holds no secret', async () => {
  const { server, put } = await repository()
  const at = `/repos/${server.org}/r/gitconfig`
  expect((await server.ask('writer', 'GET', at)).status).toBe(404)
  await put({ user: { name: 'Agent "Seven" \\', email: 'a@example.org' } })
  const answer = await server.ask('writer', 'GET', at)
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    expect.stringContaining('text/plain'),
  ])
  expect(answer.text).toContain(`[url "${w.url}/${server.org}/r.git"]`)
  expect(answer.text).toContain('name = "Agent \\"Seven\\" \\\\"')
  expect(answer.text).toContain('[transfer]\n\tbundleURI = "true"\n')
  expect(answer.text).not.toContain(SECRET)
  expect((await server.ask('stranger', 'GET', at)).status).toBe(404)
})
