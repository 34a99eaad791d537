/** auth.md, section 5: typed calls, lists and exchanges against a real server. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CredentialCache, exchangeWith, SluiceClient, SluiceError } from '../../src/client/index.ts'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
let org: string
let owner: SluiceClient
let login: string
beforeAll(async () => {
  w = await restWorld()
  org = new Stage(w).org
  login = w.owner.token ?? ''
  owner = new SluiceClient({ baseUrl: w.url, credential: login })
})
afterAll(() => w[Symbol.asyncDispose]())

/** A repository with one commit on `main` that nobody has named before. */
async function repoWith(path: string, content: string) {
  const { slug } = await owner.repos.create({ body: { orgId: org, name: `repo-${crypto.randomUUID()}` } })
  const repo = { org, repo: slug }
  const changes = [{ action: 'put', path, content }] as const
  const landed = await owner.commits.create({ ...repo, body: { branch: 'main', message: 'begin', changes } })
  return { ...repo, sha: landed.sha }
}

async function failureOf(call: Promise<unknown>): Promise<SluiceError> {
  const failure = await call.catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(SluiceError)
  return failure as SluiceError
}

describe('calls', () => {
  test('write and read a repository', async () => {
    const { sha, ...repo } = await repoWith('docs/read me.md', 'hello\n')
    await owner.branches.create({ ...repo, body: { name: 'feature/x', startPoint: 'main' } })
    expect(await owner.branches.get({ ...repo, path: 'feature/x' })).toMatchObject({ name: 'feature/x' })
    expect(await owner.commits.get({ ...repo, sha: 'feature/x' })).toMatchObject({ sha, message: 'begin' })
    expect(await owner.commits.compare({ ...repo, path: 'main...feature/x' })).toMatchObject({ ahead: 0 })
    expect(await owner.repos.update({ ...repo, body: { description: 'a new one' } })).toMatchObject({
      description: 'a new one',
    })
    expect(await owner.repos.delete(repo)).toBeUndefined()
    expect(await failureOf(owner.repos.get(repo))).toMatchObject({ code: 'GONE', status: 410 })
  })

  test('give bytes as they are', async () => {
    const { sha, ...repo } = await repoWith('docs/read me.md', 'hello\n')
    const raw = await owner.files.raw({ ...repo, path: `${sha}/docs/read me.md` })
    expect(await raw.text()).toBe('hello\n')
    const archive = await owner.files.archive({ ...repo, path: 'main.tar.gz' })
    expect((await archive.arrayBuffer()).byteLength).toBeGreaterThan(20)
  })

  test('fail with the code, the details and the request id of the server', async () => {
    const [{ org: at, repo }, body] = [await repoWith('a', 'a'), { name: '' }]
    const invalid = await failureOf(owner.branches.create({ org: at, repo, body }))
    expect(invalid).toMatchObject({ code: 'VALIDATION_ERROR', status: 400, requestId: expect.any(String) })
    expect(invalid.details).not.toBeNull()
    const nobody = new SluiceClient({ baseUrl: w.url })
    expect(await failureOf(nobody.repos.list().page())).toMatchObject({ code: 'UNAUTHORIZED', status: 401 })
    expect(await failureOf(nobody.repos.get({ org: at, repo }))).toMatchObject({ code: 'NOT_FOUND' })
    expect(await failureOf(owner.admin.jobs().page())).toMatchObject({ code: 'FORBIDDEN', status: 403 })
  })

  test('say when nothing has changed, for those who ask', async () => {
    const { org, repo } = await repoWith('a', 'a')
    const first = await owner.respond('GET /repos/{org}/{repo}', { org, repo })
    const headers = { 'if-none-match': first.headers.get('etag') ?? '' }
    expect((await owner.respond('GET /repos/{org}/{repo}', { org, repo }, { headers })).status).toBe(304)
  })

  test('end when their caller gives up', async () => {
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(owner.server.health({}, { signal })).rejects.toThrow('enough')
  })

  test('reach a server by another base, such as /v1', async () => {
    const versioned = new SluiceClient({ baseUrl: `${w.url}/v1/`, credential: login })
    expect(await versioned.server.describe()).toEqual(await owner.server.describe())
    expect((await versioned.repos.list({ query: { limit: 1 } }).page()).items).toHaveLength(1)
  })
})

describe('lists', () => {
  const names = ['one', 'two', 'three', 'four', 'five']
  let orgId: string
  let asked: string[]
  let counting: SluiceClient
  beforeAll(async () => {
    orgId = new Stage(w).org
    for (const name of names) await owner.repos.create({ body: { orgId, name } })
    counting = new SluiceClient({
      baseUrl: w.url,
      credential: login,
      fetch: (url, init) => {
        asked.push(String(url))
        return fetch(url, init)
      },
    })
  })

  test('are read to their end, each item once', async () => {
    asked = []
    const found: string[] = []
    for await (const { name } of counting.repos.list({ query: { orgId, limit: 2 } })) found.push(name)
    expect(found.sort()).toEqual([...names].sort())
    expect(asked).toHaveLength(3)
    expect(asked.every((url) => url.includes('limit=2') && url.includes(`orgId=${orgId}`))).toBe(true)
  })

  test('are asked for no more than their reader takes', async () => {
    asked = []
    const list = counting.repos.list({ query: { orgId, limit: 2 } })
    expect(asked).toEqual([])
    for await (const _ of list) break
    expect(asked).toHaveLength(1)
  })

  test('are given page by page, and from a page on', async () => {
    asked = []
    const list = counting.repos.list({ query: { orgId, limit: 2 } })
    const first = await list.page()
    expect(first.items).toHaveLength(2)
    const second = await list.page(first.nextCursor ?? undefined)
    const third = await list.page(second.nextCursor ?? undefined)
    expect(third.nextCursor).toBeNull()
    const all = [first, second, third].flatMap(({ items }) => items.map(({ name }) => name))
    expect(all.sort()).toEqual([...names].sort())
    expect(await list.all()).toHaveLength(names.length)
  })

  test('begin where their caller says, and go on after it', async () => {
    const all = await counting.repos.list({ query: { orgId, limit: 5 } }).all()
    const rest = await counting.repos.list({ query: { orgId, limit: 2, offset: 1 } }).all()
    expect(rest).toEqual(all.slice(1))
  })
})

describe('exchanged tokens', () => {
  /** Counts what goes to the token endpoint. */
  function exchanging(subjectToken: () => string) {
    let exchanges = 0
    const exchange = exchangeWith({
      server: w.url,
      subjectToken,
      fetch: (url, init) => {
        exchanges++
        return fetch(url, init)
      },
    })
    return { cache: new CredentialCache({ exchange }), exchanges: () => exchanges }
  }

  test('1,000 calls at the same time share one exchange', async () => {
    const { cache, exchanges } = exchanging(() => login)
    const audience = `${w.url}/acme/app`
    const tokens = await Promise.all(Array.from({ length: 1000 }, () => cache.token(audience, 'repo:pull')))
    expect(new Set(tokens).size).toBe(1)
    expect(exchanges()).toBe(1)
  })

  test('may do what was asked for, and no more', async () => {
    const { cache } = exchanging(() => login)
    const credential = cache.for(`${w.url}/acme/app`, 'repo:pull')
    const reader = new SluiceClient({ baseUrl: w.url, credential })
    const [acme, body] = [{ org: 'acme', repo: 'app' }, { description: 'changed' }]
    expect(await reader.repos.get(acme)).toMatchObject({ slug: 'app' })
    expect(await failureOf(reader.repos.update({ ...acme, body }))).toMatchObject({ status: 403 })
    const { org, repo } = await repoWith('a', 'a')
    expect(await failureOf(reader.repos.get({ org, repo }))).toMatchObject({ code: 'NOT_FOUND' })
  })

  test('are renewed once when the server has revoked them', async () => {
    const { cache, exchanges } = exchanging(() => login)
    const client = new SluiceClient({ baseUrl: w.url, credential: cache.for('', '') })
    const before = await client.tokens.whoAmI()
    await owner.oauth.revoke({ body: { token: await cache.token('', '') } })
    const after = await client.tokens.whoAmI()
    expect(after.account).toEqual(before.account)
    expect(after.token?.id).not.toBe(before.token?.id)
    expect(exchanges()).toBe(2)
  })

  test('RFC 6749 5.2: what the server refuses has the OAuth error as its code, and says nothing of the token', async () => {
    const { cache } = exchanging(() => login)
    const nowhere = await failureOf(cache.token(`${w.url}/acme/hidden`, 'repo:pull'))
    expect(nowhere).toMatchObject({ code: 'invalid_target', status: 400 })
    const { cache: forged } = exchanging(() => 'no-token-of-ours')
    const refused = await failureOf(forged.token('', ''))
    expect(refused).toMatchObject({ code: 'invalid_request', status: 400 })
    expect(refused.message).not.toContain('no-token-of-ours')
  })
})
