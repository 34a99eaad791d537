/** rest-api.md, section 4: what a commit changed. */
import { chmod, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { restBench, type RestBench } from '../support/rest-bench.ts'
import { restWorld } from '../support/rest.ts'
import type { World } from '../support/world.ts'

const LINES = Array.from({ length: 20 }, (_, i) => `line ${i}\n`).join('')
const MIB = 1024 * 1024

let w: World
let bench: RestBench
beforeAll(async () => {
  w = await restWorld()
  bench = await restBench(w)
})
afterAll(() => w[Symbol.asyncDispose]())

const diff = async (sha: string, query = '') => (await bench.get(`/commits/${sha}/diff${query}`)).json
const inTree = (path: string) => join(bench.git.agent.dir, path)

/** Commits all that the work tree holds, and pushes it. */
async function commitAll(message = 'change'): Promise<string> {
  await bench.git.agent.ok('add', '-A')
  await bench.git.agent.ok('commit', '-q', '--allow-empty', '-m', message)
  await bench.git.agent.ok('push', '-q', 'origin', 'HEAD')
  return bench.git.agent.ok('rev-parse', 'HEAD')
}

describe('one file after the other', () => {
  let first: string
  let second: string
  beforeAll(async () => {
    await bench.git.agent.write('same.txt', 'same\n')
    await bench.git.agent.write('changed.txt', 'one\n')
    await bench.git.agent.write('gone.txt', 'gone\n')
    await bench.git.agent.write('old-name.txt', LINES)
    await bench.git.agent.write('mode.sh', 'echo\n')
    await symlink('same.txt', inTree('kind'))
    first = await commitAll()
    await bench.git.agent.write('changed.txt', 'two\n')
    await rm(inTree('gone.txt'))
    await rename(inTree('old-name.txt'), inTree('new-name.txt'))
    await bench.git.agent.write('new-name.txt', `${LINES}more\n`)
    await rm(inTree('kind'))
    await bench.git.agent.write('kind', 'now a file\n')
    await bench.git.agent.write('bytes', Buffer.from([0, 1, 2]))
    await chmod(inTree('mode.sh'), 0o755)
    second = await commitAll('all')
  })

  test('GET /repos/{org}/{repo}/commits/{sha}/diff tells what became of each file', async () => {
    const files = (await diff(second)) as { path: string }[]
    const facts = files.map(({ patch: _, ...file }: { patch?: string; path: string }) => file)
    const file = { previousPath: null, additions: 0, deletions: 0, binary: false, truncated: false }
    expect(facts).toEqual([
      { ...file, path: 'bytes', status: 'added', binary: true },
      { ...file, path: 'changed.txt', status: 'modified', additions: 1, deletions: 1 },
      { ...file, path: 'gone.txt', status: 'deleted', deletions: 1 },
      { ...file, path: 'kind', status: 'typechange', additions: 1, deletions: 1 },
      { ...file, path: 'mode.sh', status: 'modified' },
      { ...file, path: 'new-name.txt', previousPath: 'old-name.txt', status: 'renamed', additions: 1 },
    ])
  })

  test('each patch is the part of git’s own that is about the file', async () => {
    const files = (await diff(second)) as { path: string; patch: string }[]
    const args = ['diff-tree', '-p', '-M', '--full-index', '--no-commit-id', first, second]
    expect(files.map(({ patch }) => patch).join('')).toBe(`${await bench.git.agent.ok(...args)}\n`)
    const patchOf = (path: string) => files.find((file) => file.path === path)?.patch ?? ''
    expect(patchOf('kind').match(/^diff --git /gm)).toHaveLength(2)
    expect(patchOf('bytes')).toContain('Binary files /dev/null and b/bytes differ')
    expect(patchOf('mode.sh')).toContain('new mode 100755')
    expect(patchOf('new-name.txt')).toContain('rename from old-name.txt')
  })

  test('patch=false leaves the patches out', async () => {
    const files = await diff(second, '?patch=false')
    expect(files).toHaveLength(6)
    for (const file of files) expect(file).not.toHaveProperty('patch')
  })

  test('a first commit is compared with nothing', async () => {
    const files = (await diff(first)) as { status: string }[]
    expect(files.map(({ status }) => status)).toEqual(Array(6).fill('added'))
  })

  test('a commit that changes nothing has an empty diff', async () => {
    expect(await diff(await commitAll('nothing'))).toEqual([])
  })

  test.each(['text/x-diff', 'text/x-patch'])('Accept: %s gets a patch that git can apply', async (type) => {
    const answer = await bench.get(`/commits/${second}/diff`, { accept: type })
    expect(answer.headers.get('content-type')).toBe(`${type}; charset=utf-8`)
    expect(answer.headers.get('vary')).toBe('Accept')
    const index = { GIT_INDEX_FILE: inTree('.git/applied') }
    const git = (input: string, ...args: string[]) => bench.git.agent.gitWith({ env: index, input }, ...args)
    await git('', 'read-tree', first)
    expect((await git(answer.text, 'apply', '--cached')).output).toBe('')
    const tree = (await git('', 'write-tree')).stdout.trim()
    expect(tree).toBe(await bench.git.agent.ok('rev-parse', `${second}^{tree}`))
  })

  test('the two representations have ETags of their own', async () => {
    const at = `/commits/${second}/diff`
    const json = (await bench.get(at)).headers.get('etag') ?? ''
    const patch = (await bench.get(at, { accept: 'text/x-diff' })).headers.get('etag') ?? ''
    expect([json, patch]).toEqual([`"${second}-json"`, `"${second}-patch"`])
    const before = w.sluice.processesStarted()
    const fresh = await bench.get(at, { 'if-none-match': json })
    expect([fresh.status, fresh.text]).toEqual([304, ''])
    expect(w.sluice.processesStarted()).toBe(before)
    const other = await bench.get(at, { 'if-none-match': json, accept: 'text/x-diff' })
    expect(other.status).toBe(200)
  })

  test('needs read access', async () => {
    expect(await bench.statuses('GET', `/commits/${second}/diff`)).toEqual([404, 404, 200, 200])
  })
})

describe('merges', () => {
  let merge: string
  beforeAll(async () => {
    await bench.git.agent.ok('checkout', '-q', '-b', 'side')
    await bench.git.agent.commit('from-side.txt', 'side\n')
    await bench.git.agent.ok('checkout', '-q', 'main')
    await bench.git.agent.commit('from-main.txt', 'main\n')
    await bench.git.agent.ok('merge', '-q', '--no-ff', '-m', 'merge', 'side')
    merge = await bench.git.agent.ok('rev-parse', 'HEAD')
    await bench.git.agent.ok('push', '-q', 'origin', 'main')
  })

  test('are compared with the first parent, or the one that is asked for', async () => {
    const paths = async (query: string) =>
      (await diff(merge, query)).map(({ path }: { path: string }) => path)
    expect(await paths('')).toEqual(['from-side.txt'])
    expect(await paths('?parent=1')).toEqual(['from-side.txt'])
    expect(await paths('?parent=2')).toEqual(['from-main.txt'])
  })

  test.each([
    ['parent=3', 422],
    ['parent=0', 400],
    ['parent=x', 400],
    ['patch=maybe', 400],
  ])('?%s is %i', async (query, status) => {
    const answer = await bench.get(`/commits/${merge}/diff?${query}`)
    expect(answer.status).toBe(status)
    expect([answer.headers.get('etag'), answer.headers.get('cache-control')]).toEqual([null, null])
    if (status === 422) expect(answer.json.error.details).toEqual({ reason: 'no such parent', parents: 2 })
  })

  test('a first commit has no first parent to be asked for', async () => {
    const root = await bench.git.agent.ok('rev-list', '--max-parents=0', 'HEAD')
    expect((await bench.get(`/commits/${root}/diff?parent=1`)).status).toBe(422)
  })
})

test('names that git quotes are not quoted, and their patches are their own', async () => {
  const names = ['blank name', 'grüße.txt', 'new\nline', 'quo"te', 'tab\tname', 'a\ndiff --git b', ' b/x']
  for (const name of names) await bench.git.agent.write(name, `${name}\n+diff --git a/x b/x\n`)
  const sha = await commitAll('odd names')
  const files = (await diff(sha)) as { path: string; patch: string }[]
  expect(files.map(({ path }) => path).sort()).toEqual([...names].sort())
  for (const { path, patch } of files) expect(patch).toContain(`\n+${path.split('\n')[0]}\n`)
  for (const { patch } of files) expect(patch.match(/^diff --git /gm)).toHaveLength(1)
})

describe('what is too large', () => {
  test('a patch is cut at 1 MiB a file, at the end of a line, and the others are whole', async () => {
    await bench.git.agent.write(
      'large-1.txt',
      'x'
        .repeat(99)
        .concat('\n')
        .repeat((2 * MIB) / 100),
    )
    await bench.git.agent.write('large-2.txt', 'x'.repeat(2 * MIB))
    await bench.git.agent.write('large-3.txt', 'small\n')
    const sha = await commitAll('large')
    const [lines, line, small] = await diff(sha)
    expect([lines.truncated, line.truncated, small.truncated]).toEqual([true, true, false])
    expect(lines.additions).toBe(Math.floor((2 * MIB) / 100))
    expect(lines.patch.length).toBeGreaterThan(MIB - 200)
    expect(lines.patch.length).toBeLessThanOrEqual(MIB)
    expect(lines.patch.endsWith('x\n')).toBe(true)
    expect(small.patch).toContain('+small')
    const raw = await bench.get(`/commits/${sha}/diff`, { accept: 'text/x-diff' })
    expect(raw.text.length).toBeGreaterThan(4 * MIB)
  })

  test('a diff is cut at 10 MiB in all, and still names every file', async () => {
    const text = 'y'.repeat(99).concat('\n').repeat(9_000)
    for (let i = 10; i < 26; i++) await bench.git.agent.write(`many/${i}.txt`, `${i}\n${text}`)
    const files = (await diff(await commitAll('many'))) as { patch: string; truncated: boolean }[]
    expect(files).toHaveLength(16)
    const cut = files.findIndex(({ truncated }) => truncated)
    expect(cut).toBe(11)
    expect(files.slice(cut).every(({ truncated }) => truncated)).toBe(true)
    expect(files.slice(cut + 1).map(({ patch }) => patch)).toEqual(Array(4).fill(''))
    expect(files.reduce((sum, { patch }) => sum + patch.length, 0)).toBeLessThanOrEqual(10 * MIB)
  })
})

test('an unknown commit is 404', async () => {
  expect((await bench.get(`/commits/${'1'.repeat(40)}/diff`)).status).toBe(404)
})
