/** rest-api.md, section 4: branches. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { restWorld, type Answer } from '../support/rest.ts'
import { restBench, type RestBench } from '../support/rest-bench.ts'
import type { World } from '../support/world.ts'

let w: World
let bench: RestBench
/** Of `main`, oldest first. */
let commits: [string, string]
beforeAll(async () => {
  w = await restWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

async function newBench(): Promise<void> {
  bench = await restBench(w)
  const { agent } = bench.git
  commits = [await agent.commit('a', '1'), await agent.commit('a', '2')]
  await agent.ok('push', '-q', 'origin', 'main')
}

const create = (name: string, startPoint = 'main') =>
  bench.ask('POST', '/branches', { body: { name, startPoint } })
const names = (answer: Answer) => answer.json.map(({ name }: { name: string }) => name)

describe('GET /repos/{org}/{repo}/branches', () => {
  beforeEach(newBench)

  test('GET /repos/{org}/{repo}/branches lists every branch by name, with its head and when that was made', async () => {
    await create('feature/x', commits[0])
    const at = await bench.git.agent.ok('log', '-1', '--format=%ct', 'main~1')
    const answer = await bench.get('/branches')
    expect(answer.status).toBe(200)
    expect(answer.json).toEqual([
      {
        name: 'feature/x',
        headCommit: commits[0],
        isDefault: false,
        protected: false,
        updatedAt: new Date(Number(at) * 1000).toISOString(),
      },
      expect.objectContaining({ name: 'main', headCommit: commits[1], isDefault: true }),
    ])
    expect(answer.headers.get('link')).toBeNull()
  })

  test('only branches are in it, and none of a repository that is empty', async () => {
    await bench.git.agent.ok('push', '-q', 'origin', 'main:refs/tags/t', 'main:refs/notes/n')
    expect(names(await bench.get('/branches'))).toEqual(['main'])
    expect((await (await restBench(w)).get('/branches')).json).toEqual([])
  })

  test('in pages, by cursor also while branches are made, or by offset', async () => {
    for (const name of ['b1', 'b2', 'b3']) await create(name)
    const first = await bench.get('/branches?limit=2')
    expect(names(first)).toEqual(['b1', 'b2'])
    await create('b0')
    const cursor = first.headers.get('x-next-cursor') ?? ''
    expect(first.headers.get('link')).toBe(`<${bench.path}/branches?limit=2&cursor=${cursor}>; rel="next"`)
    expect(names(await bench.get(`/branches?limit=2&cursor=${cursor}`))).toEqual(['b3', 'main'])
    expect(names(await bench.get('/branches?limit=2&offset=1'))).toEqual(['b1', 'b2'])
    expect(names(await bench.get('/branches?limit=9999'))).toHaveLength(5)
  })

  test('`q` finds a part of the name, in any case', async () => {
    for (const name of ['fix/One', 'fix/two', 'other']) await create(name)
    expect(names(await bench.get('/branches?q=FIX/o'))).toEqual(['fix/One'])
    expect(names(await bench.get('/branches?q=nothing'))).toEqual([])
  })

  test('304 while nothing has moved, and anew when something has', async () => {
    const { headers } = await bench.get('/branches')
    const etag = headers.get('etag') ?? ''
    expect(etag).toMatch(/^W\/"/)
    const same = await bench.get('/branches', { 'if-none-match': etag })
    expect([same.status, same.json]).toEqual([304, null])
    await create('new')
    expect((await bench.get('/branches', { 'if-none-match': etag })).status).toBe(200)
  })

  test('a rule that holds a branch shows', async () => {
    await create('release/1')
    const put = await bench.ask('PUT', '/protections/release%2F*', { body: { force: false } })
    expect([200, 201]).toContain(put.status)
    const shown = (await bench.get('/branches')).json.map((b: { name: string; protected: boolean }) => [
      b.name,
      b.protected,
    ])
    expect(shown).toEqual([
      ['main', false],
      ['release/1', true],
    ])
  })
})

describe('POST /repos/{org}/{repo}/branches', () => {
  beforeEach(newBench)

  test('POST /repos/{org}/{repo}/branches makes a branch: 201 with it and its Location, and git sees it', async () => {
    const made = await create('feature/a b'.replace(' ', '%'), 'main~1')
    expect(made.status).toBe(201)
    expect(made.json).toMatchObject({ name: 'feature/a%b', headCommit: commits[0], isDefault: false })
    expect(made.headers.get('location')).toBe(`${bench.path}/branches/feature/a%25b`)
    const seen = await bench.git.agent.ok('ls-remote', 'origin', 'refs/heads/feature/a%b')
    expect(seen).toBe(`${commits[0]}\trefs/heads/feature/a%b`)
    const read = await bench.git.agent.fetch(w.url + (made.headers.get('location') ?? ''))
    expect(await read.json()).toEqual(made.json)
    expect((await bench.git.pushes()).at(-1)?.data).toMatchObject({
      via: 'api',
      refs: [{ ref: 'refs/heads/feature/a%b', newOid: commits[0], kind: 'create' }],
    })
  })

  test('from a branch, a tag, an id or the first digits of one, also as `start_point`', async () => {
    await bench.git.agent.ok('tag', '-a', 'v1', '-m', 'one', commits[0] ?? '')
    await bench.git.agent.ok('push', '-q', 'origin', 'v1')
    const starts = { b: 'main', t: 'v1', i: commits[0], d: commits[0]?.slice(0, 9), f: 'refs/heads/main' }
    const heads: Record<string, string> = {}
    for (const [name, startPoint] of Object.entries(starts))
      heads[name] = (await create(name, startPoint)).json.headCommit
    expect(heads).toEqual({ b: commits[1], t: commits[0], i: commits[0], d: commits[0], f: commits[1] })
    const old = await bench.ask('POST', '/branches', { body: { name: 'o', start_point: 'v1' } })
    expect([old.status, old.json.headCommit]).toEqual([201, commits[0]])
  })

  test('one that exists: 409 ALREADY_EXISTS; beside one that is its directory: 409 CONFLICT', async () => {
    await create('a/b')
    const again = await create('a/b', commits[0])
    expect([again.status, again.json.error.code]).toEqual([409, 'ALREADY_EXISTS'])
    const inside = await create('a')
    expect([inside.status, inside.json.error.code]).toEqual([409, 'CONFLICT'])
    expect((await bench.git.refs())['refs/heads/a/b']).toBe(commits[1])
  })

  test('of many at once for one name exactly one makes it', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => create('race')))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409])
  })

  test('the same Idempotency-Key makes it once and tells of it twice', async () => {
    const headers = { 'idempotency-key': randomUUID() }
    const body = { name: 'once', startPoint: 'main' }
    const first = await bench.ask('POST', '/branches', { body, headers })
    const second = await bench.ask('POST', '/branches', { body, headers })
    expect([first.status, second.status]).toEqual([201, 201])
    expect(second.json).toEqual(first.json)
    expect(second.headers.get('idempotent-replayed')).toBe('true')
  })
})

describe('GET /repos/{org}/{repo}/branches/{*branch}', () => {
  beforeEach(newBench)

  test('GET /repos/{org}/{repo}/branches/{*branch} reads one, its slashes as they are or encoded', async () => {
    const { json } = await create('feature/x/y')
    for (const name of ['feature/x/y', 'feature%2Fx%2Fy'])
      expect((await bench.get(`/branches/${name}`)).json).toEqual(json)
  })

  test('304 until it moves', async () => {
    const { headers } = await bench.get('/branches/main')
    const etag = headers.get('etag') ?? ''
    expect((await bench.get('/branches/main', { 'if-none-match': etag })).status).toBe(304)
    await bench.git.agent.commit('a', '3')
    await bench.git.agent.ok('push', '-q', 'origin', 'main')
    expect((await bench.get('/branches/main', { 'if-none-match': etag })).status).toBe(200)
  })
})

describe('DELETE /repos/{org}/{repo}/branches/{*branch}', () => {
  beforeEach(newBench)

  test('DELETE /repos/{org}/{repo}/branches/{*branch} removes one: 204, and git no longer sees it', async () => {
    await create('gone/soon')
    const answer = await bench.ask('DELETE', '/branches/gone/soon')
    expect([answer.status, answer.json]).toEqual([204, null])
    expect(await bench.git.refs()).not.toHaveProperty('refs/heads/gone/soon')
    expect((await bench.get('/branches/gone/soon')).status).toBe(404)
    expect((await bench.ask('DELETE', '/branches/gone/soon')).status).toBe(404)
  })

  test('`If-Match` deletes it only where it is; 412 says where that is', async () => {
    await create('x')
    const stale = await bench.ask('DELETE', '/branches/x', { headers: { 'if-match': `"${commits[0]}"` } })
    expect([stale.status, stale.json.error.code]).toEqual([412, 'PRECONDITION_FAILED'])
    expect(stale.json.error.details).toEqual({ expected: commits[0], actual: commits[1] })
    const right = await bench.ask('DELETE', '/branches/x', { headers: { 'if-match': `"${commits[1]}"` } })
    expect(right.status).toBe(204)
  })

  test('the default branch stays: 409', async () => {
    const answer = await bench.ask('DELETE', '/branches/main')
    expect([answer.status, answer.json.error.code]).toEqual([409, 'CONFLICT'])
    expect(await bench.git.refs()).toHaveProperty('refs/heads/main')
  })

  test('a protected one stays: 403 with the reason', async () => {
    await create('release')
    await bench.ask('PUT', '/protections/release', { body: { delete: false } })
    const answer = await bench.ask('DELETE', '/branches/release')
    expect([answer.status, answer.json.error.details.refusal]).toEqual([403, 'BRANCH_PROTECTED'])
  })
})

describe('what is refused, and changes nothing', () => {
  beforeAll(newBench)

  test.each([['limit=x'], ['limit=-1'], ['offset=-1'], ['cursor=%21%21'], [`q=${'x'.repeat(300)}`]])(
    'GET /branches?%s: 400',
    async (query) => {
      const answer = await bench.get(`/branches?${query}`)
      expect([answer.status, answer.json.error.code]).toEqual([400, 'VALIDATION_ERROR'])
    },
  )

  test.each([
    ['none', 404],
    ['a..b', 404],
    ['-x', 400],
    ['a%0Ab', 400],
  ])('GET /branches/%s: %i', async (name, status) => {
    expect((await bench.get(`/branches/${name}`)).status).toBe(status)
  })

  test.each([['nothing'], ['f'.repeat(40)], ['HEAD~9']])(
    'a branch from %s, which is unknown: 422',
    async (start) => {
      const answer = await create('x', start)
      expect([answer.status, answer.json.error.details]).toEqual([
        422,
        { reason: 'no such revision', startPoint: start },
      ])
    },
  )

  test('a branch from a tree: 422', async () => {
    expect((await create('x', await bench.git.agent.ok('rev-parse', 'HEAD^{tree}'))).status).toBe(422)
  })

  test.each([
    ['', 'must not be empty'],
    ['-x', 'must not begin with "-"'],
    ['a\nb', 'must not hold a control character'],
    ['a b', 'must not hold a space or one of'],
    ['a..b', 'must not hold ".."'],
    ['a//b', 'must not begin or end with a slash'],
    ['a/', 'must not begin or end with a slash'],
    ['.a', 'must not end with "."'],
    ['a/.b', 'must not end with "."'],
    ['a.lock/b', 'must have no part that ends with ".lock"'],
    ['HEAD', 'must not be "@" or "HEAD"'],
    ['refs/heads/x', 'must be the short name'],
    ['a'.repeat(40), 'must not look like an object id'],
    ['x'.repeat(251), 'is too long'],
  ])('a branch called %j: 400 with the rule', async (name, rule) => {
    const answer = await create(name)
    expect(answer.status).toBe(400)
    expect(answer.json.error.details).toEqual([{ path: 'name', message: expect.stringContaining(rule) }])
  })

  test('all that is missing, and a start that can be none, are said', async () => {
    const nothing = await bench.ask('POST', '/branches', { body: {} })
    expect([nothing.status, nothing.json.error.details.length > 0]).toEqual([400, true])
    const noStart = await bench.ask('POST', '/branches', { body: { name: 'x' } })
    expect(noStart.json.error.details).toEqual([{ path: 'startPoint', message: 'is required' }])
    expect((await create('x', '--all')).status).toBe(400)
  })
})

describe('who may', () => {
  beforeEach(newBench)

  const body = { name: 'x', startPoint: 'main' }

  test('of a private repository: members read, writers write, others see none', async () => {
    expect(await bench.statuses('GET', '/branches')).toEqual([404, 404, 200, 200])
    expect(await bench.statuses('POST', '/branches', body)).toEqual([404, 404, 403, 201])
    expect(await bench.statuses('DELETE', '/branches/x')).toEqual([404, 404, 403, 204])
  })

  test('of a public one: everybody reads, only writers write', async () => {
    await bench.ask('PATCH', '', { body: { visibility: 'public' } })
    expect(await bench.statuses('GET', '/branches/main')).toEqual([200, 200, 200, 200])
    expect(await bench.statuses('POST', '/branches', body)).toEqual([401, 403, 403, 201])
    expect(await bench.statuses('DELETE', '/branches/x')).toEqual([401, 403, 403, 204])
  })

  test('a token for some refs writes to these, and hears at others why not', async () => {
    const agent = await bench.narrowed({ refs: ['refs/heads/agent-7/*'] })
    const own = await bench.ask('POST', '/branches', { as: agent, body: { ...body, name: 'agent-7/x' } })
    expect(own.status).toBe(201)
    const other = await bench.ask('POST', '/branches', { as: agent, body })
    expect([other.status, other.json.error]).toEqual([
      403,
      {
        code: 'FORBIDDEN',
        message: 'not allowed',
        details: {
          ref: 'refs/heads/x',
          refusal: 'TOKEN_SCOPE',
          reason: 'token does not allow this',
          hint: 'use a token that may write to this ref',
        },
      },
    ])
    expect((await bench.ask('DELETE', '/branches/agent-7/x', { as: agent })).status).toBe(204)
    await create('x')
    expect((await bench.ask('DELETE', '/branches/x', { as: agent })).status).toBe(403)
  })

  test('in an archived repository nobody writes, and everybody reads as before', async () => {
    await create('x')
    await bench.ask('POST', '/archive')
    const made = await create('y')
    expect([made.status, made.json.error.message]).toEqual([403, 'repository is archived'])
    expect((await bench.ask('DELETE', '/branches/x')).status).toBe(403)
    expect(names(await bench.get('/branches'))).toEqual(['main', 'x'])
  })
})
