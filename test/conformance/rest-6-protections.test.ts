/** auth.md, section 3, last paragraph: rules of branches by REST. What they do to a push: scenarios/protections. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RepoId } from '../../src/kernel/ids.ts'
import { newId } from '../../src/kernel/uuid.ts'
import { toProtectionRow } from '../../src/store/protection-rules.ts'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
const DEFAULTS = {
  push: 'writer',
  force: false,
  delete: false,
  requirePullRequest: false,
  allow: [],
} as const

let w: World
beforeAll(async () => {
  w = await restWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

/** `owner` owns it, `writer` and `reader` have these roles. */
async function repository(fields: object = {}) {
  const server = new Stage(w)
  const { id } = await server.create('owner', { name: 'r', ...fields })
  for (const role of ['writer', 'reader'] as const) await server.giveRole(id, role, role)
  return { server, id, at: `/repos/${server.org}/r/protections` }
}

/** Past the server. */
async function giveRules(id: RepoId, count: number): Promise<void> {
  await using database = await w.openDatabase()
  const times = { createdAt: 1, updatedAt: 1 }
  const rows = Array.from({ length: count }, (_, n) =>
    toProtectionRow(id, { pattern: `b${n}`, ...DEFAULTS, ...times }),
  )
  await database.kysely.insertInto('branch_protections').values(rows).execute()
}

/** `POST …/commits` by the owner. */
function commit(server: Stage, branch: string) {
  const changes = [{ path: 'a.txt', action: 'put', content: newId(), encoding: 'utf-8' }]
  return server.ask('owner', 'POST', `/repos/${server.org}/r/commits`, { branch, message: 'one', changes })
}

describe('PUT /repos/{org}/{repo}/protections/{*pattern}', () => {
  test('PUT /repos/{org}/{repo}/protections/{*pattern} makes a rule with defaults, 201 and its Location', async () => {
    const { server, at } = await repository()
    const made = await server.ask('owner', 'PUT', `${at}/release/*`, {})
    const rule = { pattern: 'release/*', ...DEFAULTS, createdAt: TIME, updatedAt: TIME }
    expect([made.status, made.json]).toEqual([201, rule])
    expect(made.headers.get('location')).toBe(`${at}/release/*`)
    expect((await server.ask('owner', 'GET', made.headers.get('location') ?? '')).json).toEqual(made.json)
  })

  test('again: 200, replaced as a whole, and told with its actor', async () => {
    const { server, id, at } = await repository()
    const ann = newId()
    const strict = { push: 'none', force: true, delete: true, requirePullRequest: true, allow: [ann] }
    const upper = { ...strict, allow: [ann.toUpperCase(), ann] }
    expect((await server.ask('owner', 'PUT', `${at}/main`, upper)).json).toMatchObject(strict)
    expect(await server.lastEvent(id)).toMatchObject({
      type: 'protection.changed',
      actorId: server.accountOf('owner'),
      data: { pattern: 'main', ...strict },
    })
    const again = await server.ask('owner', 'PUT', `${at}/main`, { push: 'owner' })
    expect([again.status, again.json]).toMatchObject([200, { ...DEFAULTS, push: 'owner' }])
  })

  test('a percent-encoded pattern is the same pattern', async () => {
    const { server, at } = await repository()
    expect((await server.ask('owner', 'PUT', `${at}/release%2F%2A`, {})).json.pattern).toBe('release/*')
    expect((await server.ask('owner', 'PUT', `${at}/release/*`, {})).status).toBe(200)
  })

  test.each(['a..b', 'refs/heads/main', '-x', 'x.lock', 'a%20b', 'a%00b', `${'x'.repeat(300)}`, 'a//b', ''])(
    'no branch can match %j: 400',
    async (pattern) => {
      const { server, at } = await repository()
      const answer = await server.ask('owner', 'PUT', `${at}/${pattern}`, {})
      expect([answer.status, answer.json.error.code]).toEqual([400, 'VALIDATION_ERROR'])
    },
  )

  test('faults of the body are told all at once', async () => {
    const { server, at } = await repository()
    const body = { push: 'reader', force: 'yes', delete: 1, requirePullRequest: null, allow: ['ann'] }
    const answer = await server.ask('owner', 'PUT', `${at}/main`, body)
    const paths = (answer.json.error.details as { path: string }[]).map(({ path }) => path)
    expect([answer.status, paths]).toEqual([
      400,
      ['push', 'force', 'delete', 'requirePullRequest', 'allow.0'],
    ])
    expect((await server.ask('owner', 'PUT', `${at}/main`)).status).toBe(400)
  })

  test('the hundred-and-first rule is 422', async () => {
    const { server, id, at } = await repository()
    await giveRules(id, 100)
    const answer = await server.ask('owner', 'PUT', `${at}/b100`, {})
    expect([answer.status, answer.json.error.code]).toEqual([422, 'UNPROCESSABLE'])
  })
})

describe('reading rules', () => {
  test('GET /repos/{org}/{repo}/protections lists them by pattern, for whoever reads the repository', async () => {
    const { server, at } = await repository()
    for (const pattern of ['main', 'a/*', 'z']) await server.ask('owner', 'PUT', `${at}/${pattern}`, {})
    const listed = await server.ask('reader', 'GET', at)
    expect([listed.status, listed.json.map((rule: { pattern: string }) => rule.pattern)]).toEqual([
      200,
      ['a/*', 'main', 'z'],
    ])
    expect((await server.ask('owner', 'GET', `/v1${at}`)).json).toEqual(listed.json)
  })

  test('GET /repos/{org}/{repo}/protections/{*pattern} reads one; a branch that it holds is no rule: 404', async () => {
    const { server, at } = await repository()
    await server.ask('owner', 'PUT', `${at}/release/*`, {})
    expect((await server.ask('reader', 'GET', `${at}/release/*`)).json.pattern).toBe('release/*')
    const none = await server.ask('reader', 'GET', `${at}/release/1`)
    expect([none.status, none.json.error.details]).toEqual([
      404,
      { reason: 'no such rule', pattern: 'release/1' },
    ])
  })

  test('GET /repos/{org}/{repo}/branches tells which branches a rule holds', async () => {
    const { server, at } = await repository()
    for (const branch of ['main', 'free']) await commit(server, branch)
    await server.ask('owner', 'PUT', `${at}/m*`, {})
    const { json } = await server.ask('owner', 'GET', `/repos/${server.org}/r/branches`)
    const held = json.map((b: { name: string; protected: boolean }) => [b.name, b.protected])
    expect(Object.fromEntries(held)).toEqual({ free: false, main: true })
  })
})

test('DELETE /repos/{org}/{repo}/protections/{*pattern} removes a rule: 204, then 404, and the log tells it', async () => {
  const { server, id, at } = await repository()
  await server.ask('owner', 'PUT', `${at}/release/*`, {})
  expect((await server.ask('owner', 'DELETE', `${at}/release/*`)).status).toBe(204)
  expect(await server.lastEvent(id)).toMatchObject({
    type: 'protection.removed',
    actorId: server.accountOf('owner'),
    data: { pattern: 'release/*' },
  })
  expect((await server.ask('owner', 'DELETE', `${at}/release/*`)).status).toBe(404)
  expect((await server.ask('owner', 'GET', at)).json).toEqual([])
})

describe('what a rule refuses is 403 with the words that git would show', () => {
  test.each([
    ['POST /repos/{org}/{repo}/commits', 'needs a pull request', (s: Stage) => commit(s, 'main')],
    [
      'DELETE /repos/{org}/{repo}/branches/{*branch}',
      'no deletion',
      (s: Stage) => s.ask('owner', 'DELETE', `/repos/${s.org}/r/branches/free`),
    ],
    [
      'POST /repos/{org}/{repo}/branches',
      'needs a pull request',
      (s: Stage) => s.ask('owner', 'POST', `/repos/${s.org}/r/branches`, { name: 'new', startPoint: 'main' }),
    ],
  ])('%s: %s', async (_route, why, ask) => {
    const { server, at } = await repository()
    for (const branch of ['main', 'free']) await commit(server, branch)
    await server.ask('owner', 'PUT', `${at}/*`, { requirePullRequest: true })
    const answer = await ask(server)
    expect([answer.status, answer.json.error]).toMatchObject([
      403,
      { code: 'FORBIDDEN', details: { refusal: 'BRANCH_PROTECTED', reason: `branch is protected: ${why}` } },
    ])
  })
})

test('POST /repos/{org}/{repo}/pulls/{id}/merge is the way past a rule, for whoever has the role', async () => {
  const { server, at } = await repository()
  const repo = `/repos/${server.org}/r`
  await commit(server, 'main')
  await server.ask('owner', 'POST', `${repo}/branches`, { name: 'topic', startPoint: 'main' })
  await commit(server, 'topic')
  const pull = { sourceBranch: 'topic', targetBranch: 'main', title: 'one' }
  await server.ask('writer', 'POST', `${repo}/pulls`, pull)
  const merge = () => server.ask('writer', 'POST', `${repo}/pulls/1/merge`, { strategy: 'merge' })
  await server.ask('owner', 'PUT', `${at}/main`, { requirePullRequest: true, push: 'owner' })
  const refused = await merge()
  expect([refused.status, refused.json.error.details]).toMatchObject([
    403,
    { refusal: 'BRANCH_PROTECTED', reason: 'branch is protected: only owners may push' },
  ])
  await server.ask('owner', 'PUT', `${at}/main`, { requirePullRequest: true })
  const merged = await merge()
  expect([merged.status, merged.json.mergeCommitSha]).toEqual([200, expect.any(String)])
})

test('only owners set and remove rules; readers read them, strangers and nobody see no repository', async () => {
  const { server, at } = await repository()
  await server.ask('owner', 'PUT', `${at}/main`, {})
  server.narrow('writing token', 'owner', `repo:${server.org}/r:write`)
  const statuses = async (who: string | null) => [
    (await server.ask(who, 'GET', at)).status,
    (await server.ask(who, 'GET', `${at}/main`)).status,
    (await server.ask(who, 'PUT', `${at}/main`, { force: true })).status,
    (await server.ask(who, 'DELETE', `${at}/main`)).status,
  ]
  expect(await statuses('writer')).toEqual([200, 200, 403, 403])
  expect(await statuses('writing token')).toEqual([200, 200, 403, 403])
  expect(await statuses('reader')).toEqual([200, 200, 403, 403])
  expect(await statuses('stranger')).toEqual([404, 404, 404, 404])
  expect(await statuses(null)).toEqual([404, 404, 404, 404])
  expect(await statuses('forger')).toEqual([401, 401, 401, 401])
  expect((await server.ask('owner', 'GET', `${at}/main`)).json).toMatchObject(DEFAULTS)
})

test('anybody reads the rules of a public repository, and nobody without a credential sets one', async () => {
  const { server, at } = await repository({ visibility: 'public' })
  expect((await server.ask(null, 'GET', at)).status).toBe(200)
  expect((await server.ask(null, 'PUT', `${at}/main`, {})).status).toBe(401)
  expect((await server.ask('stranger', 'PUT', `${at}/main`, {})).status).toBe(403)
})

test('an archived repository keeps its rules: 403; a deleted one is 410 to its owner', async () => {
  const { server, at } = await repository()
  await server.ask('owner', 'PUT', `${at}/main`, {})
  await server.ask('owner', 'POST', `/repos/${server.org}/r/archive`)
  for (const method of ['PUT', 'DELETE']) {
    const answer = await server.ask('owner', method, `${at}/main`, method === 'PUT' ? {} : undefined)
    expect([answer.status, answer.json.error.message]).toEqual([403, 'repository is archived'])
  }
  expect((await server.ask('owner', 'GET', at)).json).toHaveLength(1)
  await server.ask('owner', 'DELETE', `/repos/${server.org}/r`)
  expect((await server.ask('owner', 'GET', at)).status).toBe(410)
})
