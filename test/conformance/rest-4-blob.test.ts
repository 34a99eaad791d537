/** rest-api.md, section 4: files as JSON. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { BlobJson } from '../../src/rooms/repos/content/blob.ts'
import { restBench, type RestBench } from '../support/rest-bench.ts'
import { restWorld } from '../support/rest.ts'
import type { World } from '../support/world.ts'

const TOO_LARGE = 10 * 1024 * 1024 + 1

let w: World
let bench: RestBench
let head: string
beforeAll(async () => {
  w = await restWorld()
  bench = await restBench(w)
  const { agent } = bench.git
  await agent.write('text', '\ufeffhëllo\r\n\u{1f600}\n')
  await agent.write('latin1', Buffer.from('caf\xe9\n', 'latin1'))
  await agent.write('cut', Buffer.from('é').subarray(0, 1))
  await agent.write('zero', 'text\0with a NUL')
  await agent.write('empty', '')
  await agent.write('dir/large', Buffer.alloc(TOO_LARGE, 'x'))
  await agent.write('dir/just', Buffer.alloc(TOO_LARGE - 1, 'x'))
  await agent.ok('add', '-A')
  await agent.ok('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},sub`)
  await agent.ok('commit', '-q', '-m', 'files')
  head = await agent.ok('rev-parse', 'HEAD')
  await agent.ok('push', '-q', 'origin', 'main', 'main:feature/x')
})
afterAll(() => w[Symbol.asyncDispose]())

const oidOf = (path: string) => bench.git.agent.ok('rev-parse', `HEAD:${path}`)

describe('GET /repos/{org}/{repo}/blob/{ref}/{*path}', () => {
  test('GET /repos/{org}/{repo}/blob/{ref}/{*path} has the text of a file, its size and id', async () => {
    const answer = await bench.get('/blob/feature/x/text')
    expect([answer.status, answer.json]).toEqual([
      200,
      {
        content: '\ufeffhëllo\r\n\u{1f600}\n',
        encoding: 'utf-8',
        size: 16,
        isBinary: false,
        sha: await oidOf('text'),
      },
    ])
    expect(z.strictObject(BlobJson.shape).safeParse(answer.json).error).toBeUndefined()
  })

  test.each([
    ['latin1', Buffer.from('caf\xe9\n', 'latin1'), 'base64', false],
    ['cut', Buffer.from([0xc3]), 'base64', false],
    ['zero', Buffer.from('text\0with a NUL'), 'base64', true],
    ['empty', Buffer.alloc(0), 'utf-8', false],
  ] as const)('%s comes with every byte it has', async (path, bytes, encoding, isBinary) => {
    const { json } = await bench.get(`/blob/main/${path}`)
    expect(json).toMatchObject({ encoding, isBinary, size: bytes.length })
    expect(Buffer.from(json.content, json.encoding)).toEqual(bytes)
  })

  test('HEAD has the headers of GET and no body', async () => {
    const [get, head] = [await bench.get('/blob/main/text'), await bench.ask('HEAD', '/blob/main/text')]
    expect([head.status, head.text]).toEqual([200, ''])
    for (const name of ['content-type', 'content-length', 'etag'])
      expect([name, head.headers.get(name)]).toEqual([name, get.headers.get(name)])
  })

  test('one of 10 MiB is sent; of one byte more 422 says where its bytes are', async () => {
    expect((await bench.get('/blob/main/dir/just')).json.size).toBe(TOO_LARGE - 1)
    const answer = await bench.get('/blob/main/dir/large?x=1')
    expect([answer.status, answer.json.error.code]).toEqual([422, 'UNPROCESSABLE'])
    const { rawUrl, size } = answer.json.error.details
    expect([rawUrl, size]).toEqual([`${bench.path}/raw/main/dir/large`, TOO_LARGE])
    const raw = await bench.git.agent.fetch(w.url + rawUrl)
    expect((await raw.arrayBuffer()).byteLength).toBe(TOO_LARGE)
    const under = await bench.git.agent.fetch(`${w.url}/v1${bench.path}/blob/main/dir/large`)
    expect(await under.json()).toMatchObject({ error: { details: { rawUrl: `/v1${rawUrl}` } } })
  })

  test('strong validator by the id of a commit, weak by name; 304', async () => {
    const oid = await oidOf('text')
    for (const [ref, etag] of [
      [head, `"${oid}"`],
      ['main', `W/"${oid}"`],
      [head.slice(0, 10), `W/"${oid}"`],
    ]) {
      expect((await bench.get(`/blob/${ref}/text`)).headers.get('etag')).toBe(etag)
      const again = await bench.get(`/blob/${ref}/text`, { 'if-none-match': etag ?? '' })
      expect([again.status, again.text]).toEqual([304, ''])
    }
    expect((await bench.get('/blob/main/latin1', { 'if-none-match': `"${oid}"` })).status).toBe(200)
  })

  test.each([
    ['main', 'it is a directory, not a file'],
    ['main/dir', 'it is a directory, not a file'],
    ['main/sub', 'it is a submodule, not a file'],
    ['main/none', 'no such path'],
    ['none/text', 'no such revision'],
  ])('%s: 404, because %s', async (at, reason) => {
    const answer = await bench.get(`/blob/${at}`)
    expect([answer.status, answer.json.error.details.reason]).toEqual([404, reason])
    expect(answer.headers.get('etag')).toBeNull()
  })

  test('a revision that can be none: 400; a word that is no UTF-8: 400', async () => {
    expect((await bench.get('/blob/-x/text')).status).toBe(400)
    expect((await bench.get('/blob/main/%ff')).status).toBe(400)
  })

  test('members read, others see no repository', async () => {
    expect(await bench.statuses('GET', '/blob/main/text')).toEqual([404, 404, 200, 200])
  })
})
