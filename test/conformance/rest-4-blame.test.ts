/** rest-api.md, section 4: which commit each line came with. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { restBench, type RestBench } from '../support/rest-bench.ts'
import { restWorld } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
let bench: RestBench
let first: string
let second: string
beforeAll(async () => {
  w = await restWorld()
  bench = await restBench(w)
  const { agent } = bench.git
  await agent.write('.mailmap', 'Somebody Else <else@example.test> <agent@example.test>\n')
  await agent.write('empty', '')
  await agent.write('bytes', Buffer.from([1, 0, 2]))
  await agent.write('many', '\n'.repeat(50_001))
  await agent.write('large', 'x'.repeat(4 * 1024 * 1024 + 1))
  await agent.ok('add', '.')
  first = await agent.commit('old\n"na\u00efve"', 'a\nb\nc\nd', 'the first\n\nbody')
  await agent.ok('mv', 'old\n"na\u00efve"', 'dir file')
  second = await agent.commit('dir file', 'a\nB\nc\nd', 'the second')
  await agent.ok('branch', 'feature/x')
  await agent.ok('push', '-q', 'origin', '--all')
})
afterAll(() => w[Symbol.asyncDispose]())

const blame = (at: string) => bench.get(`/blame/${at}`)
const lines = async (at: string) =>
  ((await blame(at)).json as { startLine: number; lineCount: number; sha: string }[]).map((hunk) => [
    hunk.startLine,
    hunk.lineCount,
    hunk.sha,
  ])

test('GET /repos/{org}/{repo}/blame/{ref}/{*path} answers hunks, over renames', async () => {
  const { status, json } = await blame('main/dir%20file')
  expect(status).toBe(200)
  const seconds = Number(await bench.git.agent.ok('show', '-s', '--format=%at', first))
  expect(json[0]).toEqual({
    startLine: 1,
    lineCount: 1,
    sha: first,
    originalStartLine: 1,
    originalPath: 'old\n"na\u00efve"',
    authorName: 'agent',
    authorEmail: 'agent@example.test',
    timestamp: new Date(seconds * 1_000).toISOString(),
    summary: 'the first',
  })
  expect(json[1]).toMatchObject({ sha: second, originalPath: 'dir file', summary: 'the second' })
  expect(await lines('main/dir file')).toEqual([
    [1, 1, first],
    [2, 1, second],
    [3, 2, first],
  ])
})

test('startLine and endLine choose lines; an end beyond the last line means the last', async () => {
  expect(await lines('main/dir file?startLine=2&endLine=3')).toEqual([
    [2, 1, second],
    [3, 1, first],
  ])
  expect(await lines('main/dir file?startLine=4&endLine=900')).toEqual([[4, 1, first]])
})

test('a branch with a slash, and an id, can be asked for', async () => {
  expect((await blame('feature/x/dir file')).json).toHaveLength(3)
  expect((await blame(`${first}/old%0A"na\u00efve"`)).json).toHaveLength(1)
})

test('an empty file has no hunks', async () => {
  expect((await blame('main/empty')).json).toEqual([])
})

test.each([
  ['main/nothing', 404, 'no such path'],
  ['nothing/dir file', 404, 'no such revision'],
  ['main', 404, 'no such path'],
  [`main/bytes`, 422, 'file is binary'],
  ['main/large', 422, 'file is too large'],
  ['main/many', 422, 'too many lines; give startLine and endLine'],
  ['main/dir file?startLine=5', 422, 'the file has fewer lines'],
  ['main/empty?startLine=1', 422, 'the file has fewer lines'],
])('%s is %i: %s', async (at, status, reason) => {
  const answer = await blame(at)
  expect([answer.status, answer.json.error.details.reason]).toEqual([status, reason])
  expect(answer.headers.get('etag')).toBeNull()
})

test('a part of a file of many lines can be asked for', async () => {
  expect((await blame('main/many?startLine=50001')).json).toMatchObject([{ startLine: 50_001, lineCount: 1 }])
})

test.each(['startLine=0', 'startLine=x', 'startLine=3&endLine=2'])('?%s is 400', async (query) => {
  expect((await blame(`main/dir file?${query}`)).status).toBe(400)
})

test('a ref that could be an option is 400', async () => {
  expect((await blame('--help/x')).status).toBe(400)
})

test('by a name the ETag is weak, by an id strong; 304 starts nothing', async () => {
  const etag = (await blame('main/dir file')).headers.get('etag') ?? ''
  expect(etag).toBe(`W/"${second}"`)
  expect((await blame(`${second}/dir file`)).headers.get('etag')).toBe(`"${second}"`)
  const before = w.sluice.processesStarted()
  const answer = await bench.get('/blame/main/dir file', { 'if-none-match': etag })
  expect([answer.status, answer.text]).toEqual([304, ''])
  expect(w.sluice.processesStarted()).toBe(before)
})

test('needs read access', async () => {
  expect(await bench.statuses('GET', '/blame/main/dir file')).toEqual([404, 404, 200, 200])
})
