/** rest-api.md, section 4: two revisions against each other. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { restBench, type RestBench } from '../support/rest-bench.ts'
import { restWorld } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
let bench: RestBench
let root: string
let main: string
let topic: string
beforeAll(async () => {
  w = await restWorld()
  bench = await restBench(w)
  const { agent } = bench.git
  root = await agent.commit('shared.txt', 'shared\n', 'root')
  await agent.ok('checkout', '-q', '-b', 'topic/a.b')
  await agent.commit('topic.txt', 'one\n', 'topic 1')
  topic = await agent.commit('topic.txt', 'one\ntwo\n', 'topic 2')
  await agent.ok('checkout', '-q', 'main')
  main = await agent.commit('main.txt', 'main\n', 'main 1')
  await agent.ok('checkout', '-q', '--orphan', 'stranger')
  await agent.ok('rm', '-rfq', '.')
  await agent.commit('strange.txt', 'strange\n', 'strange')
  await agent.ok('checkout', '-q', 'main')
  await agent.ok('push', '-q', 'origin', '--all')
})
afterAll(() => w[Symbol.asyncDispose]())

const compare = (range: string, query = '') => bench.get(`/compare/${range}${query}`)

test('GET /repos/{org}/{repo}/compare/{base}...{head} tells what head has since they parted', async () => {
  const { status, json } = await compare('main...topic/a.b')
  expect(status).toBe(200)
  expect({ ...json, commits: null, files: null }).toEqual({
    mergeBase: root,
    ahead: 2,
    behind: 1,
    truncated: false,
    commits: null,
    files: null,
  })
  expect(json.commits.map(({ message }: { message: string }) => message)).toEqual(['topic 2', 'topic 1'])
  expect(json.commits[0]).toMatchObject({ sha: topic, authorName: 'agent' })
  const patch = await bench.git.agent.ok('diff', '--full-index', 'main...topic/a.b')
  expect(json.files).toEqual([
    {
      path: 'topic.txt',
      previousPath: null,
      status: 'added',
      additions: 2,
      deletions: 0,
      binary: false,
      truncated: false,
      patch: `${patch}\n`,
    },
  ])
})

test('what head is behind is not among its files and commits', async () => {
  const { json } = await compare(`${topic}...${root}`)
  expect(json).toEqual({ mergeBase: root, ahead: 0, behind: 2, truncated: false, commits: [], files: [] })
})

test('a revision compared with itself differs in nothing', async () => {
  const { json } = await compare('main...main')
  expect(json).toEqual({ mergeBase: main, ahead: 0, behind: 0, truncated: false, commits: [], files: [] })
})

test('without a common commit there is no merge base, and all of head is new', async () => {
  const { json } = await compare('main...stranger', '?patch=false')
  expect([json.mergeBase, json.ahead, json.behind]).toEqual([null, 1, 2])
  expect(json.files).toMatchObject([{ path: 'strange.txt', status: 'added' }])
  expect(json.files[0]).not.toHaveProperty('patch')
})

test('commits are limited, the counts are not', async () => {
  const { json } = await compare('main...topic/a.b', '?limit=1')
  expect([json.ahead, json.truncated, json.commits.length]).toEqual([2, true, 1])
})

test.each([
  ['main', 400],
  ['main..topic', 400],
  ['...main', 400],
  ['main...', 400],
  ['--all...main', 400],
  ['main...nothing', 404],
  ['nothing...main', 404],
  ['main...main?patch=1', 400],
])('%s is %i', async (range, status) => {
  expect((await compare(range)).status).toBe(status)
})

test('of names the ETag is weak, of ids strong; 304 starts nothing', async () => {
  const named = (await compare('main...topic/a.b')).headers.get('etag') ?? ''
  const fixed = (await compare(`${main}...${topic}`)).headers.get('etag') ?? ''
  expect([named, fixed]).toEqual([`W/"${main}-${topic}"`, `"${main}-${topic}"`])
  const before = w.sluice.processesStarted()
  const answer = await bench.get('/compare/main...topic/a.b', { 'if-none-match': named })
  expect([answer.status, answer.text]).toEqual([304, ''])
  expect(w.sluice.processesStarted()).toBe(before)
})

test('needs read access', async () => {
  expect(await bench.statuses('GET', '/compare/main...topic/a.b')).toEqual([404, 404, 200, 200])
})
