/** rest-api.md, section 4: tags. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { restBench, type RestBench } from '../support/rest-bench.ts'
import { restWorld, type Answer } from '../support/rest.ts'
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

const create = (body: unknown) => bench.ask('POST', '/tags', { body })
const names = (answer: Answer) => answer.json.map(({ name }: { name: string }) => name)

describe('GET /repos/{org}/{repo}/tags', () => {
  beforeEach(newBench)

  test('GET /repos/{org}/{repo}/tags lists plain and annotated tags by name', async () => {
    const { agent } = bench.git
    await agent.ok('tag', 'plain', 'main~1')
    await agent.ok('tag', '-a', 'v1', '-m', 'first\n\nrelease', 'main')
    await agent.ok('tag', '-a', 'v1-again', '-m', 'of a tag', 'v1')
    await agent.ok('push', '-q', 'origin', '--tags')
    const at = Number(await agent.ok('for-each-ref', '--format=%(taggerdate:unix)', 'refs/tags/v1'))
    const { json } = await bench.get('/tags')
    expect(json).toEqual([
      { name: 'plain', target: commits[0], peeled: commits[0], message: null, tagger: null },
      {
        name: 'v1',
        target: await agent.ok('rev-parse', 'refs/tags/v1'),
        peeled: commits[1],
        message: 'first\n\nrelease\n',
        tagger: {
          name: 'agent',
          email: 'agent@example.test',
          timestamp: new Date(at * 1000).toISOString(),
        },
      },
      expect.objectContaining({ name: 'v1-again', peeled: commits[1], message: 'of a tag\n' }),
    ])
  })

  test('in pages, by part of a name, and 304', async () => {
    for (const name of ['a1', 'a2', 'b1']) await create({ name, target: 'main' })
    const first = await bench.get('/tags?limit=2')
    expect(names(first)).toEqual(['a1', 'a2'])
    expect(names(await bench.get(`/tags?cursor=${first.headers.get('x-next-cursor')}`))).toEqual(['b1'])
    expect(names(await bench.get('/tags?q=1'))).toEqual(['a1', 'b1'])
    const etag = first.headers.get('etag') ?? ''
    expect((await bench.get('/tags?limit=2', { 'if-none-match': etag })).status).toBe(304)
    expect((await bench.get('/tags?limit=1', { 'if-none-match': etag })).status).toBe(200)
    expect((await bench.get('/tags?limit=x')).status).toBe(400)
  })
})

describe('GET /repos/{org}/{repo}/tags/{*tag}', () => {
  beforeAll(newBench)

  test('GET /repos/{org}/{repo}/tags/{*tag} reads one; 304; 404; 400', async () => {
    const made = await create({ name: 'release/1', target: 'main', message: 'one' })
    const read = await bench.get('/tags/release/1')
    expect([read.status, read.json]).toEqual([200, made.json])
    const etag = read.headers.get('etag') ?? ''
    expect((await bench.get('/tags/release/1', { 'if-none-match': etag })).status).toBe(304)
    expect((await bench.get('/tags/release')).status).toBe(404)
    expect((await bench.get('/tags/-x')).status).toBe(400)
  })
})

describe('POST /repos/{org}/{repo}/tags', () => {
  beforeAll(newBench)

  test('POST /repos/{org}/{repo}/tags without a message makes a plain tag', async () => {
    const made = await create({ name: 'plain/é', target: commits[0].slice(0, 9) })
    expect([made.status, made.json]).toEqual([
      201,
      { name: 'plain/é', target: commits[0], peeled: commits[0], message: null, tagger: null },
    ])
    expect(made.headers.get('location')).toBe(`${bench.path}/tags/plain/%C3%A9`)
    expect((await bench.git.refs())['refs/tags/plain/é']).toBe(commits[0])
  })

  test('with a message an annotated one, by whoever asks, that git takes for sound', async () => {
    const made = await create({ name: 'v2', target: 'main', message: '  spaces kept\n\nbody  \n\n\n' })
    expect(made.json).toMatchObject({
      name: 'v2',
      peeled: commits[1],
      message: '  spaces kept\n\nbody\n',
      tagger: { name: 'owner', email: 'owner@example.test' }, // the account's name
    })
    const { agent } = bench.git
    await agent.ok('fetch', '-q', 'origin', 'tag', 'v2')
    expect(await agent.ok('rev-parse', 'v2')).toBe(made.json.target)
    expect(await agent.ok('cat-file', '-t', 'v2')).toBe('tag')
    expect(await agent.ok('for-each-ref', '--format=%(tag) %(taggername) %(object)', 'refs/tags/v2')).toBe(
      `v2 owner ${commits[1]}`,
    )
    expect((await agent.git('fsck', '--strict', '--no-dangling')).code).toBe(0)
    expect((await bench.get('/tags/v2')).json).toEqual(made.json)
  })

  test('one that exists: 409, and it stays where it is', async () => {
    await create({ name: 'twice', target: commits[0] })
    const again = await create({ name: 'twice', target: commits[1], message: 'x' })
    expect([again.status, again.json.error.code]).toEqual([409, 'ALREADY_EXISTS'])
    expect((await bench.git.refs())['refs/tags/twice']).toBe(commits[0])
  })

  test.each([
    [{ name: 'x', target: 'nothing' }, 422],
    [{ name: 'x', target: '-x' }, 400],
    [{ name: 'x' }, 400],
    [{ name: 'a..b', target: 'main' }, 400],
    [{ name: 'x', target: 'main', message: ' \n' }, 400],
    [{ name: 'x', target: 'main', message: 'a\0b' }, 400],
  ])('%j: %i', async (body, status) => {
    expect((await create(body)).status).toBe(status)
  })

  test('the same Idempotency-Key makes it once', async () => {
    const call = {
      body: { name: 'once', target: 'main', message: 'm' },
      headers: { 'idempotency-key': randomUUID() },
    }
    const [first, second] = [await bench.ask('POST', '/tags', call), await bench.ask('POST', '/tags', call)]
    expect([first.status, second.status, second.json]).toEqual([201, 201, first.json])
  })
})

describe('DELETE /repos/{org}/{repo}/tags/{*tag}', () => {
  beforeAll(newBench)

  test('DELETE /repos/{org}/{repo}/tags/{*tag} removes one, with `If-Match` only where it is', async () => {
    const { target } = (await create({ name: 'v/1', target: 'main', message: 'm' })).json
    const stale = await bench.ask('DELETE', '/tags/v/1', { headers: { 'if-match': `"${commits[1]}"` } })
    expect([stale.status, stale.json.error.details]).toEqual([412, { expected: commits[1], actual: target }])
    const gone = await bench.ask('DELETE', '/tags/v/1', { headers: { 'if-match': `"${target}"` } })
    expect([gone.status, gone.text]).toEqual([204, ''])
    expect((await bench.ask('DELETE', '/tags/v/1')).status).toBe(404)
    expect(await bench.git.refs()).not.toHaveProperty('refs/tags/v/1')
  })
})

describe('who may', () => {
  beforeAll(newBench)

  test('of a private repository: members read, writers write, others see none', async () => {
    const body = { name: 'x', target: 'main' }
    expect(await bench.statuses('GET', '/tags')).toEqual([404, 404, 200, 200])
    expect(await bench.statuses('POST', '/tags', body)).toEqual([404, 404, 403, 201])
    expect(await bench.statuses('DELETE', '/tags/x')).toEqual([404, 404, 403, 204])
  })

  test('a token for branches only makes no tag, and leaves no tag object behind', async () => {
    const agent = await bench.narrowed({ refs: ['refs/heads/*'] })
    const before = await bench.git.stored()
    const refused = await bench.ask('POST', '/tags', {
      as: agent,
      body: { name: 'y', target: 'main', message: 'm' },
    })
    expect([refused.status, refused.json.error.details.refusal]).toEqual([403, 'TOKEN_SCOPE'])
    expect(await bench.git.stored()).toEqual(before)
  })
})
