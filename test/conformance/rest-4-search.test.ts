/** rest-api.md, section 4: lines that hold a text. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { restBench, type RestBench } from '../support/rest-bench.ts'
import { restWorld } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
let bench: RestBench
let tip: string
beforeAll(async () => {
  w = await restWorld()
  bench = await restBench(w)
  const { agent } = bench.git
  await agent.write('a.txt', 'nothing\nthe needle here\nNeedle\n')
  await agent.write('dir/new\nline.txt', 'gr\u00fc\u00dfe needle\r\n')
  await agent.write('bytes', Buffer.from('needle\0needle\n'))
  await agent.write('dots', 'a.c\nabc\n--help\n')
  await agent.write('long', `${'\u00e9'.repeat(600)}needle`)
  await agent.write('many', 'same\n'.repeat(1_500))
  await agent.ok('add', '.')
  await agent.commit('b.txt', 'x')
  await agent.ok('branch', 'feature/x')
  tip = await agent.commit('later.txt', 'needle\n')
  await agent.ok('push', '-q', 'origin', '--all')
})
afterAll(() => w[Symbol.asyncDispose]())

const search = (query: string) => bench.get(`/search?${query}`)

test('GET /repos/{org}/{repo}/search?q=&ref=&path= finds lines of text files, by path', async () => {
  const { status, json, headers } = await search('q=needle')
  expect(status).toBe(200)
  expect(json).toEqual([
    { path: 'a.txt', line: 2, column: 5, text: 'the needle here' },
    { path: 'dir/new\nline.txt', line: 1, column: 9, text: 'gr\u00fc\u00dfe needle\r' },
    { path: 'later.txt', line: 1, column: 1, text: 'needle' },
    { path: 'long', line: 1, column: 1_201, text: '\u00e9'.repeat(500) },
  ])
  expect(headers.get('x-truncated')).toBeNull()
})

test.each([
  ['ref=feature/x&q=needle', ['a.txt', 'dir/new\nline.txt', 'long']],
  ['path=dir&q=needle', ['dir/new\nline.txt']],
  ['path=a.txt&q=needle', ['a.txt']],
  ['path=*.txt&q=needle', []],
  ['q=a.c', ['dots']],
  ['q=--help', ['dots']],
  ['q=%5Bn%5Deedle', []],
  ['q=gr%C3%BC%C3%9F', ['dir/new\nline.txt']],
])('%s finds in %j', async (query, paths) => {
  expect((await search(query)).json.map(({ path }: { path: string }) => path)).toEqual(paths)
})

test('stops at the limit and says so', async () => {
  const some = await search('q=same&limit=7')
  expect([some.json.length, some.headers.get('x-truncated')]).toEqual([7, 'limit'])
  const most = await search('q=same&limit=5000')
  expect([most.json.length, most.headers.get('x-truncated')]).toEqual([1_000, 'limit'])
  expect((await search('q=same')).json).toHaveLength(100)
})

test('as many as the limit are all', async () => {
  const all = await search('q=needle&limit=4')
  expect([all.json.length, all.headers.get('x-truncated')]).toEqual([4, null])
})

test.each([
  ['q=', 400],
  ['', 400],
  ['q=a%0Ab', 400],
  ['q=a%00b', 400],
  [`q=${'x'.repeat(257)}`, 400],
  ['q=a&ref=--all', 400],
  ['q=a&path=../..', 400],
  ['q=a&limit=x', 400],
  ['q=a&ref=nothing', 404],
])('%s is %i', async (query, status) => {
  expect((await search(query)).status).toBe(status)
})

test('an empty repository is 404: there is nothing to search', async () => {
  expect((await (await restBench(w)).get('/search?q=a')).status).toBe(404)
})

test('by a name the ETag is weak, by an id strong; 304 starts nothing', async () => {
  const etag = (await search('q=needle')).headers.get('etag') ?? ''
  expect(etag).toBe(`W/"${tip}"`)
  expect((await search(`q=needle&ref=${tip}`)).headers.get('etag')).toBe(`"${tip}"`)
  const before = w.sluice.processesStarted()
  const answer = await bench.get('/search?q=needle', { 'if-none-match': etag })
  expect([answer.status, answer.text]).toEqual([304, ''])
  expect(w.sluice.processesStarted()).toBe(before)
})

test('needs read access', async () => {
  expect(await bench.statuses('GET', '/search?q=needle')).toEqual([404, 404, 200, 200])
})
