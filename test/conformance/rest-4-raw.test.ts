/** rest-api.md, section 4: the bytes of a file. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { descendantsOf, processEnds } from '../support/processes.ts'
import { restBench, type RestBench } from '../support/rest-bench.ts'
import { restWorld } from '../support/rest.ts'
import type { World } from '../support/world.ts'

const TEXT = 'text/plain; charset=utf-8'
const BYTES = 'application/octet-stream'
/** Too large to be kept in memory; no two parts of it are alike. */
const LARGE = randomBytes(3 * 1024 * 1024 + 17)

let w: World
let bench: RestBench
let head: string
beforeAll(async () => {
  w = await restWorld()
  bench = await restBench(w)
  const { agent } = bench.git
  await agent.write('text.txt', 'hëllo\r\nwörld\n')
  await agent.write('page.html', '<script>alert(1)</script>')
  await agent.write('latin1', Buffer.from('caf\xe9\n', 'latin1'))
  await agent.write('zero', Buffer.from([0, 1, 2, 255]))
  await agent.write('empty', '')
  await agent.write('dir/large', LARGE)
  await agent.write(`dir/a "b";\r\nc é`, 'odd')
  await agent.ok('add', '-A')
  const blob = await agent.ok('hash-object', '-w', 'text.txt')
  await agent.ok('update-index', '--add', '--cacheinfo', `120000,${blob},link`)
  await agent.ok('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},sub`)
  await agent.ok('commit', '-q', '-m', 'files')
  head = await agent.ok('rev-parse', 'HEAD')
  await agent.ok('push', '-q', 'origin', 'main')
})
afterAll(() => w[Symbol.asyncDispose]())

async function raw(at: string, headers: Record<string, string> = {}, method = 'GET') {
  const answer = await bench.git.agent.fetch(`${w.url}${bench.path}/raw/${at}`, { method, headers })
  const body = Buffer.from(await answer.arrayBuffer())
  const get = (name: string) => answer.headers.get(name)
  return { status: answer.status, get, body, text: body.toString() }
}

const oidOf = (path: string) => bench.git.agent.ok('rev-parse', `HEAD:${path}`)

describe('GET /repos/{org}/{repo}/raw/{ref}/{*path}', () => {
  test('GET /repos/{org}/{repo}/raw/{ref}/{*path} sends the bytes as they are, and nothing that a browser would run', async () => {
    const answer = await raw('main/page.html')
    expect([answer.status, answer.text]).toEqual([200, '<script>alert(1)</script>'])
    expect(answer.get('content-type')).toBe(TEXT)
    expect(answer.get('x-content-type-options')).toBe('nosniff')
    expect(answer.get('content-security-policy')).toBe("sandbox; default-src 'none'")
    expect(answer.get('accept-ranges')).toBe('bytes')
    expect(answer.get('content-length')).toBe('25')
  })

  test.each([
    ['text.txt', Buffer.from('hëllo\r\nwörld\n'), TEXT],
    ['latin1', Buffer.from('caf\xe9\n', 'latin1'), BYTES],
    ['zero', Buffer.from([0, 1, 2, 255]), BYTES],
    ['empty', Buffer.alloc(0), TEXT],
    ['dir/large', LARGE, BYTES],
    ['link', Buffer.from('hëllo\r\nwörld\n'), TEXT],
  ])('%s comes whole and with its type; HEAD says the same', async (path, bytes, type) => {
    const answer = await raw(`main/${path}`)
    expect(answer.body.equals(bytes)).toBe(true)
    expect(answer.get('content-type')).toBe(type)
    const head = await raw(`main/${path}`, {}, 'HEAD')
    expect([head.status, head.body.length]).toEqual([200, 0])
    for (const name of ['content-type', 'content-length', 'etag', 'accept-ranges'])
      expect([name, head.get(name)]).toEqual([name, answer.get(name)])
  })

  test('an odd name is no header of its own', async () => {
    const answer = await raw(`main/dir/${encodeURIComponent('a "b";\r\nc é')}`)
    expect(answer.text).toBe('odd')
    expect(answer.get('content-disposition')).toBe(
      `inline; filename="a _b____c _"; filename*=UTF-8''a%20%22b%22%3B%0D%0Ac%20%C3%A9`,
    )
  })

  test.each([
    ['bytes=0-0', 0, 0],
    ['bytes=2-5', 2, 5],
    ['bytes=-4', 11, 14],
    ['bytes=10-', 10, 14],
    ['bytes=3-999', 3, 14],
    ['bytes=-999', 0, 14],
  ])('%s of a small file: 206', async (range, from, to) => {
    const answer = await raw('main/text.txt', { range })
    expect(answer.status).toBe(206)
    expect(answer.get('content-range')).toBe(`bytes ${from}-${to}/15`)
    expect(answer.body).toEqual(Buffer.from('hëllo\r\nwörld\n').subarray(from, to + 1))
  })

  test.each([
    ['bytes=0-0', 0, 0],
    ['bytes=65530-1048580', 65530, 1048580],
    [`bytes=${LARGE.length - 1}-`, LARGE.length - 1, LARGE.length - 1],
    ['bytes=-1048577', LARGE.length - 1048577, LARGE.length - 1],
  ])('%s of a large file: 206, straight from git', async (range, from, to) => {
    const answer = await raw('main/dir/large', { range })
    expect([answer.status, answer.get('content-range')]).toEqual([206, `bytes ${from}-${to}/${LARGE.length}`])
    expect(answer.body.equals(LARGE.subarray(from, to + 1))).toBe(true)
  })

  test.each([['bytes=15-'], ['bytes=15-20'], ['bytes=-0']])('%s is behind the end: 416', async (range) => {
    const answer = await raw('main/text.txt', { range })
    expect([answer.status, answer.get('content-range')]).toEqual([416, 'bytes */15'])
    expect(JSON.parse(answer.text).error).toMatchObject({
      code: 'RANGE_NOT_SATISFIABLE',
      details: { size: 15 },
    })
    expect((await raw('main/empty', { range: 'bytes=0-' })).status).toBe(416)
  })

  test.each([['bytes=0-1,4-5'], ['lines=1-2'], ['bytes=5-2'], ['bytes=-'], ['bytes=x-']])(
    '%s is not served: 200 with everything',
    async (range) => {
      const answer = await raw('main/text.txt', { range })
      expect([answer.status, answer.body.length, answer.get('content-range')]).toEqual([200, 15, null])
    },
  )

  test('`If-Range`: the range while it is the same for certain, else everything', async () => {
    const range = 'bytes=0-3'
    const { get } = await raw(`${head}/text.txt`)
    const etag = get('etag') ?? ''
    expect((await raw(`${head}/text.txt`, { range, 'if-range': etag })).status).toBe(206)
    expect((await raw(`${head}/text.txt`, { range, 'if-range': '"other"' })).status).toBe(200)
    expect((await raw('main/text.txt', { range, 'if-range': `W/${etag}` })).status).toBe(200)
  })

  test('by the id of a commit the validator is strong and for ever, by a name weak; 304 reads nothing', async () => {
    const oid = await oidOf('text.txt')
    const fixed = await raw(`${head}/text.txt`)
    expect([fixed.get('etag'), fixed.get('cache-control')]).toEqual([
      `"${oid}"`,
      expect.stringContaining('immutable'),
    ])
    const named = await raw('main/text.txt')
    expect([named.get('etag'), named.get('cache-control')]).toEqual([`W/"${oid}"`, 'private, no-cache'])
    const before = w.sluice.processesStarted()
    const large = `W/"${await oidOf('dir/large')}"`
    for (const [path, tag] of [
      ['main/text.txt', `W/"${oid}"`],
      [`${head}/text.txt`, `"${oid}"`],
      ['main/dir/large', large],
    ] as const) {
      const again = await raw(path, { 'if-none-match': tag })
      expect([again.status, again.body.length]).toEqual([304, 0])
    }
    expect(w.sluice.processesStarted()).toBe(before)
  })

  test.each([
    ['main', 'it is a directory, not a file'],
    ['main/dir', 'it is a directory, not a file'],
    ['main/sub', 'it is a submodule, not a file'],
    ['main/sub/x', 'no such path'],
    ['main/none', 'no such path'],
    ['main/text.txt/x', 'no such path'],
    ['none/text.txt', 'no such revision'],
  ])('%s: 404, because %s', async (at, reason) => {
    const answer = await raw(at)
    expect([answer.status, JSON.parse(answer.text).error.details.reason]).toEqual([404, reason])
    expect(answer.get('content-security-policy')).toBeNull()
  })

  test('a revision that can be none: 400', async () => {
    expect((await raw('--all/text.txt')).status).toBe(400)
  })

  test('a client that leaves in the middle leaves no git behind', async () => {
    const url = `${w.url}${bench.path}/raw/main/dir/huge`
    const { agent } = bench.git
    await agent.commit('dir/huge', randomBytes(48 * 1024 * 1024)) // more than sockets and pipes hold
    await agent.ok('push', '-q', 'origin', 'main')
    const running = () => descendantsOf(process.pid).filter(({ command }) => / cat-file blob /.test(command))
    const request = httpRequest(url, { headers: { authorization: `Bearer ${agent.token}` } }).end()
    const [response] = await once(request, 'response')
    await once(response, 'readable')
    const [git] = running()
    expect(git).toBeDefined()
    request.destroy()
    await processEnds(git?.pid ?? 0)
    expect(running()).toEqual([])
  })

  test('members read, others see no repository', async () => {
    expect(await bench.statuses('GET', '/raw/main/text.txt')).toEqual([404, 404, 200, 200])
  })
})
