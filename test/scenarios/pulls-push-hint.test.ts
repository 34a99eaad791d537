/** What stock git shows to somebody who has pushed a new branch. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pullBench, type PullBench } from '../support/pulls.ts'
import { restWorld } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
let bench: PullBench
beforeAll(async () => {
  w = await restWorld()
  bench = await pullBench(w)
})
afterAll(() => w[Symbol.asyncDispose]())

async function pushNew(count: number, ...options: string[]): Promise<string> {
  const names: string[] = []
  for (let i = 0; i < count; i++) {
    const name = `new-${Math.random().toString(36).slice(2)}`
    await bench.git.ok('checkout', '-q', '-b', name, bench.base)
    await bench.git.commit(`${name}.txt`, name)
    names.push(name)
  }
  return (await bench.git.git('push', ...options, 'origin', ...names)).output
}

const hints = (output: string) => output.split('\n').filter((line) => /open a pull request/.test(line))

test('a new branch: one line that says where to POST what, and the POST works', async () => {
  const output = await pushNew(1)
  const [, url = '', body = ''] =
    /remote: new-\w+: to open a pull request, POST (\S+) (\{.*\})/.exec(output) ?? []
  const opened = await bench.stage.ask('owner', 'POST', new URL(url).pathname, JSON.parse(body))
  expect([url, opened.status]).toEqual([w.url + bench.path, 201])
})

test('three lines at most, none for further pushes and for the default branch', async () => {
  expect(hints(await pushNew(5))).toHaveLength(3)
  await bench.git.commit('more.txt', 'more')
  expect(hints((await bench.git.git('push', 'origin', 'HEAD')).output)).toEqual([])
  await bench.git.ok('checkout', '-q', 'main')
  await bench.git.commit('main.txt', 'main')
  expect(hints((await bench.git.git('push', 'origin', 'main')).output)).toEqual([])
})

test('none for a branch at the head of the default branch, nor for the first push into an empty repository', async () => {
  const head = await bench.git.ok('rev-parse', 'main')
  expect(hints((await bench.git.git('push', 'origin', `${head}:refs/heads/equal`)).output)).toEqual([])
  const { slug } = await bench.stage.create('owner', { name: 'empty' })
  const url = `${w.url}/${bench.stage.org}/${slug}.git`
  expect(hints((await bench.git.git('push', url, 'main:trunk')).output)).toEqual([])
})

test('a program that pushes with -o json reads it as an object of its own line', async () => {
  const output = await pushNew(1, '-o', 'json')
  const lines = output.split('\n').flatMap((line) => /^remote: (\{.*\})/.exec(line)?.[1] ?? [])
  const [result, note] = lines.map((line) => JSON.parse(line))
  expect(result).toMatchObject({ ok: true })
  expect(note).toEqual({
    ref: result.ref,
    pullRequest: {
      method: 'POST',
      url: w.url + bench.path,
      body: { sourceBranch: result.ref.slice('refs/heads/'.length), targetBranch: 'main', title: '…' },
    },
  })
})
