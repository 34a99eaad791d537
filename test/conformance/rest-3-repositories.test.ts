/** rest-api.md, section 3, and `POST /internal/repos` of section 6. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { RepoId } from '../../src/kernel/ids.ts'
import { newId } from '../../src/kernel/uuid.ts'
import { brokenDisk, restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const DAY_MS = 86_400_000

let w: World
beforeAll(async () => {
  w = await restWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

describe('POST /repos', () => {
  test('201 with the repository, its Location, its defaults and a bare repository that git can read', async () => {
    const server = new Stage(w)
    const made = await server.ask('owner', 'POST', '/repos', { orgId: server.org, name: 'Rocket Parts' })
    expect(made.status).toBe(201)
    expect(made.headers.get('location')).toBe(`/repos/${server.org}/rocket-parts`)
    expect(made.json).toEqual({
      id: expect.stringMatching(UUID_V7),
      ownerId: server.accountOf('owner'),
      orgId: expect.stringMatching(UUID_V7),
      orgSlug: server.org,
      projectId: null,
      name: 'Rocket Parts',
      slug: 'rocket-parts',
      description: null,
      visibility: 'private',
      defaultBranch: 'main',
      objectFormat: 'sha1',
      archived: false,
      protectedPush: 'refuse',
      kind: 'hosted',
      cloneUrl: `${w.url}/${server.org}/rocket-parts.git`,
      sizeBytes: 0,
      pushedAt: null,
      createdAt: expect.stringMatching(TIME),
      updatedAt: expect.stringMatching(TIME),
      expiresAt: null,
    })
    expect(onDisk(w, made.json.id, 'symbolic-ref', 'HEAD')).toBe('refs/heads/main')
  })

  test('all that can be said is kept', async () => {
    const server = new Stage(w)
    const said = {
      name: 'r',
      orgId: newId(),
      projectId: newId(),
      description: 'd',
      visibility: 'public',
      defaultBranch: 'trunk/one',
      objectFormat: 'sha256',
    }
    const now = Date.now()
    const made = await at(now, () => server.create('owner', { ...said, ttlSeconds: 60 }))
    expect(made).toMatchObject({ ...said, orgSlug: said.orgId })
    expect(made['expiresAt']).toBe(new Date(now + 60_000).toISOString())
    expect(onDisk(w, made.id, 'symbolic-ref', 'HEAD')).toBe('refs/heads/trunk/one')
    expect(onDisk(w, made.id, 'rev-parse', '--show-object-format')).toBe('sha256')
  })

  test('the same slug in the organisation: 409 ALREADY_EXISTS, and nothing is left on disk', async () => {
    const server = new Stage(w)
    await server.create('owner', { name: 'My Repo' })
    const before = await directories(w)
    for (const name of ['My Repo', 'my-repo', 'MY_REPO'.replace('_', '  ')]) {
      const again = await server.ask('owner', 'POST', '/repos', { orgId: server.org, name })
      expect([again.status, again.json.error.code]).toEqual([409, 'ALREADY_EXISTS'])
    }
    expect(await directories(w)).toEqual(before)
    expect(
      (await server.ask('owner', 'POST', '/repos', { orgId: `${server.org}-2`, name: 'My Repo' })).status,
    ).toBe(201)
  })

  test('a failing disk leaves no row behind', async () => {
    const server = new Stage(w)
    const before = await directories(w)
    {
      await using _broken = await brokenDisk(w)
      const body = { orgId: server.org, name: 'r' }
      expect((await server.ask('owner', 'POST', '/repos', body)).status).toBe(500)
    }
    expect((await server.ask('owner', 'GET', `/repos?orgId=${server.org}`)).json).toEqual([])
    expect(await directories(w)).toEqual(before)
    await server.create('other', { name: 'r' })
  })

  test.each([
    ['no body', undefined, ['']],
    ['no name and no organisation', {}, ['orgId', 'name']],
    ['a reserved name', { orgId: 'acme', name: 'Settings' }, ['name']],
    ['a name that makes no slug', { orgId: 'acme', name: '---' }, ['name']],
    ['a name ending in .git', { orgId: 'acme', name: 'r.git' }, ['name']],
    ['a name ending in .lock', { orgId: 'acme', name: 'r.lock' }, ['name']],
    ['a name of 129 characters', { orgId: 'acme', name: 'x'.repeat(129) }, ['name']],
    [
      'a description of 4,097 characters',
      { orgId: 'acme', name: 'r', description: 'x'.repeat(4097) },
      ['description'],
    ],
    ['an organisation that is a route', { orgId: 'repos', name: 'r' }, ['orgId']],
    [
      'faults everywhere',
      {
        orgId: '..',
        name: '',
        visibility: 'secret',
        defaultBranch: 'a..b',
        objectFormat: 'md5',
        ttlSeconds: 0,
      },
      ['orgId', 'name', 'visibility', 'defaultBranch', 'objectFormat', 'ttlSeconds'],
    ],
  ])('%s: 400 with all faults at once', async (_case, body, paths) => {
    const server = new Stage(w)
    const answer = await server.ask('owner', 'POST', '/repos', body)
    expect([answer.status, answer.json.error.code]).toEqual([400, 'VALIDATION_ERROR'])
    const faults = answer.json.error.details as { path: string; message: string }[]
    expect([...new Set(faults.map((fault) => fault.path))]).toEqual(paths)
  })

  test('only members may create in an organisation that has members; its founder is one', async () => {
    const server = new Stage(w)
    await server.create('owner', { name: 'first' })
    const refused = await server.ask('stranger', 'POST', '/repos', { orgId: server.org, name: 'second' })
    expect([refused.status, refused.json.error.details]).toEqual([
      403,
      { required: 'repo:create', missing: 'role' },
    ])
    expect((await server.ask('owner', 'POST', '/repos', { orgId: server.org, name: 'second' })).status).toBe(
      201,
    )
  })

  test('a credential without `create` may not, whoever its subject is', async () => {
    const server = new Stage(w)
    server.narrow('writer-token', 'owner', 'repo:write')
    const refused = await server.ask('writer-token', 'POST', '/repos', { orgId: server.org, name: 'r' })
    expect(refused.json.error.details).toEqual({ required: 'repo:create', missing: 'scope' })
    expect(refused.headers.get('www-authenticate')).toContain('insufficient_scope')
  })

  test('an Idempotency-Key makes one repository of two requests', async () => {
    const server = new Stage(w)
    const send = () =>
      server.ask('owner', 'POST', '/repos', { orgId: server.org, name: 'r' }, { 'idempotency-key': 'k1' })
    const [first, second] = [await send(), await send()]
    expect([first.status, second.status, second.text]).toEqual([201, 201, first.text])
    expect(second.headers.get('location')).toBe(first.headers.get('location'))
    const other = { orgId: server.org, name: 'other' }
    const reused = await server.ask('owner', 'POST', '/repos', other, { 'idempotency-key': 'k1' })
    expect([reused.status, reused.json.error.code]).toEqual([409, 'IDEMPOTENCY_KEY_REUSED'])
  })

  test('many at once with one name make one repository', async () => {
    const server = new Stage(w)
    const before = await directories(w)
    const all = await Promise.all(
      Array.from({ length: 8 }, () =>
        server.ask('owner', 'POST', '/repos', { orgId: server.org, name: 'r' }),
      ),
    )
    expect(all.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(7).fill(409)])
    expect((await directories(w)).length - before.length).toBe(1)
  })
})

describe('GET /repos', () => {
  test('lists what the caller owns, was given a role in, or anybody may read; newest first', async () => {
    await using alone = await restWorld()
    const server = new Stage(alone)
    await server.create('owner', { name: 'private' })
    await server.create('owner', { name: 'public', visibility: 'public' })
    const shared = await server.create('owner', { name: 'shared' })
    await server.giveRole(shared.id, 'reader', 'reader')
    expect(slugs(await server.ask('owner', 'GET', '/repos'))).toEqual(['shared', 'public', 'private'])
    expect(slugs(await server.ask('reader', 'GET', '/repos'))).toEqual(['shared', 'public'])
    expect(slugs(await server.ask('stranger', 'GET', '/repos'))).toEqual(['public'])
    expect(slugs(await server.ask('admin', 'GET', '/repos'))).toEqual(['shared', 'public', 'private', 'app'])
    expect((await server.ask(null, 'GET', '/repos')).status).toBe(401)
  })

  test('a credential for one repository lists that one and the public ones', async () => {
    await using alone = await restWorld()
    const server = new Stage(alone)
    for (const name of ['a', 'b']) await server.create('owner', { name })
    await server.create('owner', { name: 'open', visibility: 'public' })
    server.narrow('one', 'owner', `repo:${server.org}/a:read`)
    expect(slugs(await server.ask('one', 'GET', '/repos'))).toEqual(['open', 'a'])
  })

  test('filters by organisation, project, part of the name, visibility, archived and kind', async () => {
    await using alone = await restWorld()
    const server = new Stage(alone)
    const projectId = newId()
    await server.create('owner', { name: 'Alpha', projectId })
    await server.create('owner', { name: 'beta', visibility: 'public' })
    await server.create('owner', { name: 'gamma', orgId: 'other' })
    await server.ask('owner', 'POST', `/repos/${server.org}/beta/archive`)
    const list = async (query: string) => slugs(await server.ask('owner', 'GET', `/repos?${query}`))
    expect(await list(`orgId=${server.org}`)).toEqual(['beta', 'alpha'])
    expect(await list(`projectId=${projectId}`)).toEqual(['alpha'])
    expect(await list('q=ALPH')).toEqual(['alpha'])
    expect(await list('visibility=public')).toEqual(['beta'])
    expect(await list('archived=true')).toEqual(['beta'])
    expect(await list(`archived=false&orgId=${server.org}`)).toEqual(['alpha'])
    expect(await list('kind=gate')).toEqual([])
  })

  test('pages by Link and X-Next-Cursor, each repository once though others are added', async () => {
    await using alone = await restWorld()
    const server = new Stage(alone)
    for (const name of ['a', 'b', 'c', 'd', 'e']) await server.create('owner', { name })
    const seen: string[] = []
    let next: string | null = '/v1/repos?limit=2'
    while (next !== null) {
      const page = await server.ask('owner', 'GET', next)
      seen.push(...slugs(page))
      await server.create('owner', { name: `late-${seen.length}` })
      const [, link] = /^<([^>]+)>; rel="next"$/.exec(page.headers.get('link') ?? '') ?? []
      next = link ?? null
      if (next) expect(next).toContain(`cursor=${page.headers.get('x-next-cursor')}`)
    }
    expect(seen).toEqual(['e', 'd', 'c', 'b', 'a'])
  })

  test('offset skips; limit is clamped above its range and refused when it is no count', async () => {
    await using alone = await restWorld()
    const server = new Stage(alone)
    for (const name of ['a', 'b', 'c']) await server.create('owner', { name })
    expect(slugs(await server.ask('owner', 'GET', '/repos?limit=1&offset=1'))).toEqual(['b'])
    expect(slugs(await server.ask('owner', 'GET', '/repos?limit=5000'))).toEqual(['c', 'b', 'a'])
    for (const query of [
      'limit=-1',
      'limit=x',
      'offset=-1',
      'cursor=nonsense',
      'archived=maybe',
      'limit=1&limit=2',
    ]) {
      const answer = await server.ask('owner', 'GET', `/repos?${query}`)
      expect([query, answer.status, answer.json.error.code]).toEqual([query, 400, 'VALIDATION_ERROR'])
    }
  })
})

describe('GET /repos/{org}/{repo} and /repos/by-id/{id}', () => {
  test('every address of a repository shows the same one', async () => {
    const server = new Stage(w)
    const made = await server.create('owner', { name: 'r' })
    const org = String(made['orgId'])
    for (const path of [
      `${server.org}/r`,
      `${server.org.toUpperCase()}/R`,
      `${server.org}/r.git`,
      `${org}/r`,
      `by-id/${made.id}`,
      `by-id/${made.id.toUpperCase()}`,
    ]) {
      expect((await server.ask('owner', 'GET', `/repos/${path}`)).json).toEqual(made)
      expect((await server.ask('owner', 'GET', `/v1/repos/${path}`)).json).toEqual(made)
    }
  })

  test.each([
    'acme/nothing',
    'nowhere/r',
    `by-id/${newId()}`,
    'by-id/not-a-uuid',
    `acme/${'x'.repeat(3000)}`,
  ])('GET /repos/%s: 404', async (path) => {
    const server = new Stage(w)
    const answer = await server.ask('owner', 'GET', `/repos/${path}`)
    expect([answer.status, answer.json.error.code]).toEqual([404, 'NOT_FOUND'])
  })

  test('a weak ETag, and 304 while nothing changes', async () => {
    const server = new Stage(w)
    await server.create('owner', { name: 'r' })
    const first = await server.ask('owner', 'GET', `/repos/${server.org}/r`)
    const headers = { 'if-none-match': first.headers.get('etag') ?? '' }
    expect(headers['if-none-match']).toMatch(/^W\//)
    const fresh = await server.ask('owner', 'GET', `/repos/${server.org}/r`, undefined, headers)
    expect([fresh.status, fresh.text]).toEqual([304, ''])
    await at(Date.now() + 1, () =>
      server.ask('owner', 'PATCH', `/repos/${server.org}/r`, { description: 'new' }),
    )
    expect((await server.ask('owner', 'GET', `/repos/${server.org}/r`, undefined, headers)).status).toBe(200)
  })
})

describe('PATCH /repos/{org}/{repo}', () => {
  test('a rename re-derives the slug, and the old one answers 301 wherever it was asked', async () => {
    const server = new Stage(w)
    await server.create('owner', { name: 'Old Name' })
    const renamed = await server.ask('owner', 'PATCH', `/repos/${server.org}/old-name`, { name: 'New Name' })
    expect(renamed.json).toMatchObject({ name: 'New Name', slug: 'new-name' })
    for (const prefix of ['', '/v1']) {
      const old = await server.ask('owner', 'GET', `${prefix}/repos/${server.org}/old-name`)
      expect([old.status, old.headers.get('location'), old.text]).toEqual([
        301,
        `${prefix}/repos/${server.org}/new-name`,
        '',
      ])
    }
    expect((await server.ask('stranger', 'GET', `/repos/${server.org}/old-name`)).status).toBe(404)
  })

  test('what becomes of a push to a protected branch is refused until an owner says otherwise', async () => {
    const server = new Stage(w)
    const { id, protectedPush } = await server.create('owner', { name: 'r' })
    await server.giveRole(id, 'writer', 'writer')
    const patch = (who: string, wanted: unknown) =>
      server.ask(who, 'PATCH', `/repos/${server.org}/r`, { protectedPush: wanted })
    const answers = [await patch('owner', 'open-pull-request'), await patch('owner', 'open-pull-request')]
    expect([protectedPush, ...answers.map(({ json }) => json.protectedPush)]).toEqual([
      'refuse',
      'open-pull-request',
      'open-pull-request',
    ])
    const told = (await w.events()).filter((e) => e.repoId === id && e.type === 'repo.updated')
    expect(told.map(({ data }) => data)).toEqual([{ changed: ['protectedPush'] }])
    expect((await patch('writer', 'refuse')).status).toBe(403)
    expect((await patch('owner', 'accept')).status).toBe(400)
  })

  test('a rename onto another repository is 409 and changes nothing', async () => {
    const server = new Stage(w)
    for (const name of ['a', 'b']) await server.create('owner', { name })
    const taken = await server.ask('owner', 'PATCH', `/repos/${server.org}/a`, {
      name: 'B',
      description: 'x',
    })
    expect([taken.status, taken.json.error.code]).toEqual([409, 'ALREADY_EXISTS'])
    expect((await server.ask('owner', 'GET', `/repos/${server.org}/a`)).json).toMatchObject({
      name: 'a',
      description: null,
    })
  })

  test('null clears the description, what is absent stays', async () => {
    const server = new Stage(w)
    await server.create('owner', { name: 'r', description: 'd', visibility: 'public' })
    const patched = await server.ask('owner', 'PATCH', `/repos/${server.org}/r`, { description: null })
    expect(patched.json).toMatchObject({ name: 'r', description: null, visibility: 'public' })
    expect((await server.ask('owner', 'PATCH', `/repos/${server.org}/r`, {})).json).toEqual(patched.json)
  })

  test('the default branch must exist; HEAD follows it', async () => {
    const server = new Stage(w)
    const { id } = await server.create('owner', { name: 'r' })
    const absent = await server.ask('owner', 'PATCH', `/repos/${server.org}/r`, { defaultBranch: 'dev' })
    expect([absent.status, absent.json.error.code]).toEqual([422, 'UNPROCESSABLE'])
    expect(onDisk(w, id, 'symbolic-ref', 'HEAD')).toBe('refs/heads/main')

    commitTo(w, id, 'dev')
    const moved = await server.ask('owner', 'PATCH', `/repos/${server.org}/r`, { defaultBranch: 'dev' })
    expect(moved.json.defaultBranch).toBe('dev')
    expect(onDisk(w, id, 'symbolic-ref', 'HEAD')).toBe('refs/heads/dev')
  })
})

describe('POST /repos/{org}/{repo}/archive and /repos/{org}/{repo}/unarchive', () => {
  test('an archived repository can be read and un-archived; every other write is 403 archived', async () => {
    const server = new Stage(w)
    await server.create('owner', { name: 'r' })
    expect((await server.ask('owner', 'POST', `/repos/${server.org}/r/archive`)).json.archived).toBe(true)
    expect((await server.ask('owner', 'GET', `/repos/${server.org}/r`)).status).toBe(200)
    const write = await server.ask('owner', 'PATCH', `/repos/${server.org}/r`, { description: 'x' })
    expect([write.status, write.json.error.details]).toEqual([403, { reason: 'archived' }])
    expect(
      (await server.ask('owner', 'POST', `/repos/${server.org}/r/transfer`, { orgId: 'x' })).status,
    ).toBe(403)
    expect((await server.ask('owner', 'POST', `/repos/${server.org}/r/unarchive`)).json.archived).toBe(false)
    expect((await server.ask('owner', 'PATCH', `/repos/${server.org}/r`, { description: 'x' })).status).toBe(
      200,
    )
  })

  test('PATCH can un-archive and change in one request, and an archived one can be deleted', async () => {
    const server = new Stage(w)
    await server.create('owner', { name: 'r' })
    await server.ask('owner', 'PATCH', `/repos/${server.org}/r`, { archived: true })
    const both = await server.ask('owner', 'PATCH', `/repos/${server.org}/r`, {
      archived: false,
      description: 'x',
    })
    expect(both.json).toMatchObject({ archived: false, description: 'x' })
    await server.ask('owner', 'POST', `/repos/${server.org}/r/archive`)
    expect((await server.ask('owner', 'DELETE', `/repos/${server.org}/r`)).status).toBe(204)
  })
})

describe('DELETE /repos/{org}/{repo} and its restore', () => {
  test('204; hidden at once, 410 for its owner, its name free at once', async () => {
    const server = new Stage(w)
    const { id } = await server.create('owner', { name: 'r', visibility: 'public' })
    const deleted = await server.ask('owner', 'DELETE', `/repos/${server.org}/r`)
    expect([deleted.status, deleted.text]).toEqual([204, ''])
    expect(slugs(await server.ask('owner', 'GET', `/repos?orgId=${server.org}`))).toEqual([])
    for (const path of [`${server.org}/r`, `by-id/${id}`]) {
      const gone = await server.ask('owner', 'GET', `/repos/${path}`)
      expect([gone.status, gone.json.error.details]).toEqual([
        410,
        { id, restore: `/repos/by-id/${id}/restore` },
      ])
      expect((await server.ask('stranger', 'GET', `/repos/${path}`)).status).toBe(404)
      expect((await server.ask(null, 'GET', `/repos/${path}`)).status).toBe(404)
    }
    expect((await server.create('owner', { name: 'r' })).id).not.toBe(id)
  })

  test.each(['{org}/{repo}', 'by-id/{id}'])(
    'POST /repos/{org}/{repo}/restore and /repos/by-id/{id}/restore bring it back with its objects: %s',
    async (form) => {
      const server = new Stage(w)
      const { id } = await server.create('owner', { name: 'r' })
      const head = commitTo(w, id, 'main')
      await server.ask('owner', 'DELETE', `/repos/${server.org}/r`)
      const path = form === 'by-id/{id}' ? `by-id/${id}` : `${server.org}/r`
      expect((await server.ask('stranger', 'POST', `/repos/${path}/restore`)).status).toBe(404)
      const restored = await server.ask('owner', 'POST', `/repos/${path}/restore`)
      expect([restored.status, restored.json.id]).toEqual([200, id])
      expect((await server.ask('owner', 'GET', `/repos/${server.org}/r`)).status).toBe(200)
      expect(onDisk(w, id, 'rev-parse', 'main')).toBe(head)
    },
  )

  test('restore is 409 when the name was given away, and when nothing was deleted', async () => {
    const server = new Stage(w)
    const { id } = await server.create('owner', { name: 'r' })
    expect((await server.ask('owner', 'POST', `/repos/${server.org}/r/restore`)).status).toBe(409)
    await server.ask('owner', 'DELETE', `/repos/${server.org}/r`)
    await server.create('owner', { name: 'r' })
    const taken = await server.ask('owner', 'POST', `/repos/by-id/${id}/restore`)
    expect([taken.status, taken.json.error.code]).toEqual([409, 'ALREADY_EXISTS'])
  })

  test('after 30 days it is not there any more, also for its owner', async () => {
    const server = new Stage(w)
    const { id } = await server.create('owner', { name: 'r' })
    const now = Date.now()
    const ask = (ms: number, method: string) =>
      at(ms, async () => (await server.ask('owner', method, `/repos/by-id/${id}`)).status)
    expect(await ask(now, 'DELETE')).toBe(204)
    expect(await ask(now + 30 * DAY_MS - 1, 'GET')).toBe(410)
    expect(await ask(now + 30 * DAY_MS, 'GET')).toBe(404)
    expect(await ask(now + 30 * DAY_MS, 'DELETE')).toBe(404)
  })
})

describe('POST /repos/{org}/{repo}/transfer', () => {
  test('moves it to another organisation; the old address answers 301', async () => {
    const server = new Stage(w)
    const { id } = await server.create('owner', { name: 'r' })
    const moved = await server.ask('owner', 'POST', `/repos/${server.org}/r/transfer`, {
      orgId: `${server.org}-newco`,
    })
    expect(moved.json).toMatchObject({ id, orgSlug: `${server.org}-newco`, slug: 'r' })
    const old = await server.ask('owner', 'GET', `/repos/${server.org}/r`)
    expect([old.status, old.headers.get('location')]).toEqual([301, `/repos/${server.org}-newco/r`])
    expect(await server.lastEvent(id)).toMatchObject({
      type: 'repo.transferred',
      actorId: server.accountOf('owner'),
      data: { from: `${server.org}/r`, to: `${server.org}-newco/r` },
    })
  })

  test('needs to be allowed to create there, and the name to be free', async () => {
    const server = new Stage(w)
    await server.create('owner', { name: 'r' })
    await server.create('rival', { name: 'r', orgId: `${server.org}-rivals` })
    expect(
      (
        await server.ask('owner', 'POST', `/repos/${server.org}/r/transfer`, {
          orgId: `${server.org}-rivals`,
        })
      ).status,
    ).toBe(403)
    await server.create('owner', { name: 'r', orgId: `${server.org}-mine` })
    expect(
      (await server.ask('owner', 'POST', `/repos/${server.org}/r/transfer`, { orgId: `${server.org}-mine` }))
        .status,
    ).toBe(409)
  })
})

describe('POST /internal/repos', () => {
  const body = () => ({ orgId: newId(), projectId: newId(), ownerId: newId(), name: 'Made Elsewhere' })

  test('201, and the same again 200 with the same repository', async () => {
    const server = new Stage(w)
    const wanted = body()
    const first = await server.ask('internal', 'POST', '/internal/repos', wanted)
    const again = await server.ask('internal', 'POST', '/internal/repos', wanted)
    expect([first.status, again.status]).toEqual([201, 200])
    expect(again.json).toEqual(first.json)
    expect(first.json).toMatchObject({ ...wanted, slug: 'made-elsewhere', visibility: 'private' })
  })

  test('another owner, project or name on the same slug is 409', async () => {
    const server = new Stage(w)
    const wanted = body()
    await server.ask('internal', 'POST', '/internal/repos', wanted)
    for (const other of [{ ownerId: newId() }, { projectId: newId() }, { name: 'made elsewhere' }]) {
      const answer = await server.ask('internal', 'POST', '/internal/repos', { ...wanted, ...other })
      expect([answer.status, answer.json.error.code]).toEqual([409, 'ALREADY_EXISTS'])
    }
  })

  test('two services at once get one repository', async () => {
    const server = new Stage(w)
    const wanted = body()
    const before = await directories(w)
    const both = await Promise.all(
      [1, 2, 3].map(() => server.ask('internal', 'POST', '/internal/repos', wanted)),
    )
    expect(new Set(both.map(({ json }) => json.id)).size).toBe(1)
    expect((await directories(w)).length - before.length).toBe(1)
  })

  test('is not for users', async () => {
    const server = new Stage(w)
    expect((await server.ask('owner', 'POST', '/internal/repos', body())).status).toBe(403)
    expect((await server.ask(null, 'POST', '/internal/repos', body())).status).toBe(401)
  })
})

test('who did it, and for which agent, stands in the event', async () => {
  const server = new Stage(w)
  const agentId = newId()
  const { id } = (
    await server.ask('owner', 'POST', '/repos', { orgId: server.org, name: 'r' }, { 'x-agent-id': agentId })
  ).json as { id: RepoId }
  expect(await server.lastEvent(id)).toMatchObject({
    type: 'repo.created',
    actorId: server.accountOf('owner'),
    agentId,
  })
})

/** Runs `work` while the clock of this process, and so the server's, stands still. */
async function at<T>(now: number, work: () => Promise<T>): Promise<T> {
  vi.useFakeTimers({ toFake: ['Date'], now })
  try {
    return await work()
  } finally {
    vi.useRealTimers()
  }
}

function slugs(answer: { json: { slug: string }[] }): string[] {
  return answer.json.map(({ slug }) => slug)
}

function onDisk(w: World, id: RepoId, ...args: string[]): string {
  return execFileSync('git', ['-C', w.sluice.pathOf(id), ...args], { encoding: 'utf8' }).trim()
}

/** An empty commit on a branch, made by git in the bare repository itself. */
function commitTo(w: World, id: RepoId, branch: string): string {
  const tree = onDisk(w, id, 'hash-object', '-t', 'tree', '-w', '/dev/null')
  const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org']
  const commit = onDisk(w, id, ...who, 'commit-tree', '-m', 'first', tree)
  onDisk(w, id, 'update-ref', `refs/heads/${branch}`, commit)
  return commit
}

/** Names of the repositories on disk, drafts included. */
async function directories(w: World): Promise<string[]> {
  const root = dirname(dirname(w.repo.path))
  const shards = (await readdir(root)).filter((name) => !name.startsWith('.'))
  const names = await Promise.all(shards.map((shard) => readdir(join(root, shard))))
  const all = names.flat().sort()
  for (const name of all) {
    if (!name.startsWith('.')) readFileSync(join(root, basename(name, '.git').slice(-2), name, 'HEAD'))
  }
  return all
}
