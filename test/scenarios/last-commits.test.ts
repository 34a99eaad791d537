/**
 * The last commit of each entry and the history of a path, from an index that is kept up: after pushes, merges and
 * forced pushes always what stock git says. LAST_COMMITS_SEED repeats a run.
 */
import { rm, truncate } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildIndex } from '../../src/git/last-commits/build-index.ts'
import { indexPath } from '../../src/git/last-commits/index-file.ts'
import { CatFile } from '../../src/git/objects/cat-file.ts'
import { parseOid, type RepoId } from '../../src/kernel/ids.ts'
import type { RepoHandle } from '../../src/kernel/repository.ts'
import { testLauncher } from '../support/launcher.ts'
import { DIRECTORIES_OF_ODD_HISTORY, oddHistory } from '../support/odd-history.ts'
import { restBench, type RestBench } from '../support/rest-bench.ts'
import { restWorld } from '../support/rest.ts'
import type { World } from '../support/world.ts'

const SEED = Number(process.env['LAST_COMMITS_SEED'] ?? 20_261_121)
const COMMITS = 60

let w: World
beforeAll(async () => {
  w = await restWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

/** A repository with an odd history and, as a large one would have, an index for it. */
async function indexed(): Promise<{ bench: RestBench; repo: RepoHandle }> {
  const bench = await restBench(w)
  const { agent, repo } = bench.git
  const imported = await agent.gitWith(
    { input: oddHistory(SEED, COMMITS) },
    'fast-import',
    '--quiet',
    '--done',
  )
  if (imported.code !== 0) throw new Error(imported.output)
  await agent.ok('push', '-q', 'origin', 'main')
  const handle: RepoHandle = { id: repo.id as RepoId, path: repo.path, objectFormat: 'sha1' }
  await using launcher = await testLauncher()
  await using files = new CatFile(launcher)
  const parts = { launcher, files, memoryBytes: 1 << 30, maxPaths: 10_000 }
  const head = parseOid(await agent.ok('rev-parse', 'main'))
  await buildIndex(parts, handle, head, new AbortController().signal)
  return { bench, repo: handle }
}

interface Entry {
  readonly path: string
  readonly lastCommit: { readonly sha: string } | null
}

/** Commits by which an index was kept up. */
async function takenIn(): Promise<number> {
  const text = await (await fetch(`${w.url}/metrics`)).text()
  return Number(/^sluice_last_commit_commits_total (\d+)$/m.exec(text)?.[1])
}

/** Every directory of `main`, and the histories of some of its files. */
async function checkAll(bench: RestBench): Promise<void> {
  const { agent } = bench.git
  await agent.ok('fetch', '-q', 'origin')
  const encode = (path: string) => path.split('/').map(encodeURIComponent).join('/')
  const log = async (...args: string[]) =>
    (await agent.ok('--literal-pathspecs', 'log', '--format=%H', ...args)).trim()
  let checked = 0
  for (const directory of DIRECTORIES_OF_ODD_HISTORY) {
    const { json, status } = await bench.get(`/tree/main/${encode(directory)}?lastCommit=true`)
    if (status === 404) continue
    for (const { path, lastCommit } of json as Entry[]) {
      if (path.includes('\ufffd')) continue // no argument of a process can hold such a name
      const expected = await log('-1', 'origin/main', '--', path)
      expect([path, lastCommit?.sha]).toEqual([path, expected])
      if (checked++ % 4 > 0) continue
      const { json: commits } = await bench.get(`/commits?limit=100&path=${encodeURIComponent(path)}`)
      const listed = (commits as { sha: string }[]).map(({ sha }) => sha)
      expect([path, listed.join('\n')]).toEqual([path, await log('origin/main', '--', path)])
    }
  }
  expect(checked).toBeGreaterThan(5)
}

test('after pushes, a merge by REST and a forced push, all is as git log says', async () => {
  const { bench } = await indexed()
  const { agent } = bench.git
  await checkAll(bench)
  await agent.ok('checkout', '-q', '-f', '-b', 'work', 'origin/main')
  for (const [i, name] of ['fresh.txt', 'src/fresh.txt', 'src/new/file', 'src/fresh.txt'].entries()) {
    await agent.write(name, `${i}\n`)
    await agent.ok('add', '--', name)
    await agent.ok('commit', '-q', '-m', name)
    await agent.ok('push', '-q', 'origin', 'HEAD:main')
  }
  await checkAll(bench)
  await agent.ok('checkout', '-q', '-f', '-b', 'side', 'HEAD~2')
  await agent.write('src/side.txt', 'side\n')
  await agent.ok('add', '--', 'src/side.txt')
  await agent.ok('commit', '-q', '-m', 'side')
  await agent.ok('push', '-q', 'origin', 'side')
  const pull = await bench.ask('POST', '/pulls', {
    body: { sourceBranch: 'side', targetBranch: 'main', title: 'side' },
  })
  const merged = await bench.ask('POST', `/pulls/${pull.json.number}/merge`, { body: { strategy: 'merge' } })
  expect(merged.status).toBe(200)
  await checkAll(bench)
  await agent.ok('checkout', '-q', '-f', 'work')
  await agent.ok('reset', '-q', '--hard', 'HEAD~1')
  await agent.write('fresh.txt', 'another way\n')
  await agent.ok('add', '--', 'fresh.txt')
  await agent.ok('commit', '-q', '-m', 'another way')
  await agent.ok('push', '-q', '--force', 'origin', 'HEAD:main')
  await checkAll(bench)
  expect(await takenIn()).toBe(5) // the pushes and the merge; not what was forced
})

test('an index that a crash has cut off, or that somebody has deleted, is missed by nobody', async () => {
  const cut = await indexed()
  await truncate(indexPath(cut.repo), 1_000)
  await checkAll(cut.bench)
  const deleted = await indexed()
  await rm(indexPath(deleted.repo))
  await checkAll(deleted.bench)
})
