/** rest-api.md, section 4: directories. What they list is held against git in reads-differential-trees. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { TreeEntryJson } from '../../src/rooms/repos/content/tree-json.ts'
import { restBench, type RestBench } from '../support/rest-bench.ts'
import { restWorld, type Answer } from '../support/rest.ts'
import type { World } from '../support/world.ts'

const Shape = z.array(z.strictObject(TreeEntryJson.shape))

let w: World
let bench: RestBench
let head: string
beforeAll(async () => {
  w = await restWorld()
  bench = await restBench(w)
  const { agent } = bench.git
  await agent.commit('README.md', 'read me\n', 'first')
  await agent.write('src/run.sh', '#!/bin/sh\n')
  await agent.write('src/lib/a.ts', 'a\n')
  await agent.ok('add', '-A')
  await agent.ok('update-index', '--chmod=+x', 'src/run.sh')
  await agent.ok('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},vendor`)
  const blob = await agent.ok('hash-object', '-w', 'README.md')
  await agent.ok('update-index', '--add', '--cacheinfo', `120000,${blob},link`)
  await agent.ok('commit', '-q', '-m', 'second')
  head = await agent.ok('rev-parse', 'HEAD')
  await agent.ok('tag', '-a', 'v1', '-m', 'one')
  await agent.ok('push', '-q', 'origin', 'main', 'v1', 'main:feature/x', 'main~1:refs/heads/old')
})
afterAll(() => w[Symbol.asyncDispose]())

const oidOf = (path: string) => bench.git.agent.ok('rev-parse', `HEAD:${path}`)
const paths = (answer: Answer) => answer.json.map(({ path }: { path: string }) => path)

describe('GET /repos/{org}/{repo}/tree/{ref} and GET /repos/{org}/{repo}/tree/{ref}/{*path}', () => {
  test('GET /repos/{org}/{repo}/tree/{ref} lists the root: every kind of entry', async () => {
    const answer = await bench.get('/tree/main')
    expect(answer.status).toBe(200)
    const size = 'read me\n'.length
    const readMe = {
      path: 'README.md',
      entryType: 'blob',
      mode: '100644',
      sha: await oidOf('README.md'),
      size,
    }
    expect(answer.json).toEqual([
      { name: 'README.md', ...readMe },
      { ...readMe, name: 'link', path: 'link', entryType: 'symlink', mode: '120000' },
      { name: 'src', path: 'src', entryType: 'tree', mode: '040000', sha: await oidOf('src'), size: null },
      {
        name: 'vendor',
        path: 'vendor',
        entryType: 'commit',
        mode: '160000',
        sha: '1'.repeat(40),
        size: null,
      },
    ])
  })

  test('GET /repos/{org}/{repo}/tree/{ref}/{*path} lists a directory, also with slashes at its end', async () => {
    for (const at of ['/tree/main/src', '/tree/main/src/', '/tree/main/src?recursive=false']) {
      const answer = await bench.get(at)
      expect(answer.json).toMatchObject([
        { name: 'lib', path: 'src/lib', entryType: 'tree' },
        { name: 'run.sh', path: 'src/run.sh', mode: '100755' },
      ])
    }
  })

  test('a ref may hold slashes, as they are or encoded; ids, tags and steps back name one too', async () => {
    for (const ref of [
      'feature/x',
      'feature%2Fx',
      head,
      head.slice(0, 8),
      'v1',
      'refs/heads/feature/x',
      'HEAD',
    ])
      expect([ref, paths(await bench.get(`/tree/${ref}/src/lib`))]).toEqual([ref, ['src/lib/a.ts']])
    for (const ref of ['old', 'main~1', `${head}^`])
      expect([ref, paths(await bench.get(`/tree/${ref}`))]).toEqual([ref, ['README.md']])
  })

  test('`recursive` lists files and submodules at any depth', async () => {
    const all = await bench.get('/tree/main?recursive=true')
    expect(paths(all)).toEqual(['README.md', 'link', 'src/lib/a.ts', 'src/run.sh', 'vendor'])
    expect(all.headers.get('x-truncated')).toBeNull()
    expect(paths(await bench.get('/tree/main/src?recursive=true'))).toEqual(['src/lib/a.ts', 'src/run.sh'])
  })

  test('`lastCommit` says which commit touched each entry last', async () => {
    const { json } = await bench.get('/tree/main?lastCommit=true')
    const messages = json.map((e: { name: string; lastCommit: { message: string } }) => [
      e.name,
      e.lastCommit.message,
    ])
    expect(messages).toEqual([
      ['README.md', 'first'],
      ['link', 'second'],
      ['src', 'second'],
      ['vendor', 'second'],
    ])
    expect(json[1].lastCommit).toEqual({
      sha: head,
      message: 'second',
      authorName: 'agent',
      authorEmail: 'agent@example.test',
      committerName: 'agent',
      committerEmail: 'agent@example.test',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/),
      parentShas: [await bench.git.agent.ok('rev-parse', 'HEAD~1')],
    })
  })

  test('every answer has the shape that the document promises', async () => {
    for (const query of ['', '?recursive=true', '?lastCommit=true'])
      expect(Shape.safeParse((await bench.get(`/tree/main${query}`)).json).error).toBeUndefined()
  })

  test.each([
    ['main/README.md', 'it is a file, not a directory'],
    ['main/vendor', 'it is a submodule, not a directory'],
    ['main/none', 'no such path'],
    ['main/README.md/x', 'no such path'],
    ['none', 'no such revision'],
    ['main..v1', 'no such revision'],
    ['f'.repeat(40), 'no such revision'],
  ])('%s: 404, because %s', async (at, reason) => {
    const answer = await bench.get(`/tree/${at}`)
    expect([answer.status, answer.json.error.details.reason]).toEqual([404, reason])
  })

  test.each([
    ['-x'],
    ['--all/src'],
    ['%0A'],
    ['main?recursive=yes'],
    ['main?recursive=true&lastCommit=true'],
  ])('%s: 400', async (at) => {
    const answer = await bench.get(`/tree/${at}`)
    expect([answer.status, answer.json.error.code]).toEqual([400, 'VALIDATION_ERROR'])
  })

  test('weak validators by name, strong ones by id; 304 for each way of asking on its own', async () => {
    for (const query of ['', '?recursive=true', '?lastCommit=true']) {
      for (const [ref, form] of [
        ['main', /^W\/"/],
        [head, /^"/],
      ] as const) {
        const first = await bench.get(`/tree/${ref}${query}`)
        const etag = first.headers.get('etag') ?? ''
        expect([query, etag]).toEqual([query, expect.stringMatching(form)])
        const again = await bench.get(`/tree/${ref}${query}`, { 'if-none-match': etag })
        expect([again.status, again.text]).toEqual([304, ''])
        const other = query === '' ? '?recursive=true' : ''
        expect((await bench.get(`/tree/${ref}${other}`, { 'if-none-match': etag })).status).toBe(200)
      }
    }
  })

  test('what a push changes shows at once, and a directory that it leaves alone stays 304', async () => {
    const other = await restBench(w)
    const { agent } = other.git
    await agent.commit('src/a', '1', 'one')
    await agent.commit('top', '1', 'two')
    await agent.ok('push', '-q', 'origin', 'main')
    const { headers } = await other.get('/tree/main/src')
    await other.get('/tree/main?lastCommit=true')
    await agent.commit('top', '2', 'three')
    await agent.ok('push', '-q', 'origin', 'main')
    const same = await other.get('/tree/main/src', { 'if-none-match': headers.get('etag') ?? '' })
    expect(same.status).toBe(304)
    const { json } = await other.get('/tree/main?lastCommit=true')
    const messages = json.map((e: { name: string; lastCommit: { message: string } }) => [
      e.name,
      e.lastCommit.message,
    ])
    expect(messages).toEqual([
      ['src', 'one'],
      ['top', 'three'],
    ])
  })

  test('an empty repository has no revision, and a commit without files an empty root', async () => {
    const empty = await restBench(w)
    expect((await empty.get('/tree/main')).status).toBe(404)
    await empty.git.agent.ok('commit', '-q', '--allow-empty', '-m', 'nothing')
    await empty.git.agent.ok('push', '-q', 'origin', 'main')
    for (const query of ['', '?recursive=true', '?lastCommit=true'])
      expect((await empty.get(`/tree/main${query}`)).json).toEqual([])
  })

  test('of more than 100,000 files the first 100,000 are listed, and a header says that there are more', async () => {
    const large = await restBench(w)
    const { agent } = large.git
    const blob = (await agent.gitWith({ input: 'x' }, 'hash-object', '-w', '--stdin')).stdout.trim()
    const files = Array.from({ length: 1_001 }, (_, i) => `100644 blob ${blob}\tf${i}\n`).join('')
    const directory = (await agent.gitWith({ input: files }, 'mktree')).stdout.trim()
    const nested = Array.from({ length: 100 }, (_, i) => `040000 tree ${directory}\td${i}\n`).join('')
    const root = (await agent.gitWith({ input: nested }, 'mktree')).stdout.trim()
    const commit = await agent.ok('commit-tree', root, '-m', 'many')
    await agent.ok('push', '-q', 'origin', `${commit}:refs/heads/main`)
    const answer = await large.get('/tree/main?recursive=true')
    expect([answer.json.length, answer.headers.get('x-truncated')]).toEqual([100_000, 'true'])
  })

  test('a hidden ref is none; the head of a pull request is one', async () => {
    await bench.git.onServer('update-ref', 'refs/internal/secret', head)
    await bench.git.onServer('update-ref', 'refs/pull/9/head', head)
    expect((await bench.get('/tree/refs/internal/secret')).status).toBe(404)
    expect((await bench.get('/tree/refs/pull/9/head')).status).toBe(200)
  })

  test('members read, others see no repository; of a public one everybody reads', async () => {
    expect(await bench.statuses('GET', '/tree/main')).toEqual([404, 404, 200, 200])
    await bench.ask('PATCH', '', { body: { visibility: 'public' } })
    expect(await bench.statuses('GET', '/tree/main')).toEqual([200, 200, 200, 200])
  })
})

test('a repository of sha256 is read the same way', async () => {
  const { url, path } = await w.createRepo('wide', { objectFormat: 'sha256' })
  const agent = await w.actor('wide', { accountId: w.owner.accountId })
  await agent.start(url, { objectFormat: 'sha256' })
  const commit = await agent.commit('dir/file', 'wide\n')
  await agent.ok('push', '-q', 'origin', 'main')
  expect(path).toContain('.git')
  const at = `${w.url}/repos/acme/wide`
  const [entry] = (await (await agent.fetch(`${at}/tree/${commit}/dir?lastCommit=true`)).json()) as [
    { sha: string; lastCommit: { sha: string } },
  ]
  expect(entry.sha).toBe(await agent.ok('rev-parse', 'HEAD:dir/file'))
  expect(entry.lastCommit.sha).toBe(commit)
  expect(await (await agent.fetch(`${at}/raw/${commit.slice(0, 12)}/dir/file`)).text()).toBe('wide\n')
})
