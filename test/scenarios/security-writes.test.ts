/** What a writer of the REST API must not get into a repository: what a push would not have brought in either. */
import { existsSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runGit } from '../support/actor.ts'
import { firstPackWaits } from '../support/between.ts'
import { pullBench, type PullBench } from '../support/pulls.ts'
import { restWorld, Stage } from '../support/rest.ts'
import { workbench } from '../support/workbench.ts'
import { world, type World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await restWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

async function desk() {
  const stage = new Stage(w)
  const repo = await stage.create('owner', { name: 'app' })
  const base = `/repos/${stage.org}/app`
  const commit = (...changes: object[]) =>
    stage.ask('owner', 'POST', `${base}/commits`, { branch: 'main', message: 'm', changes })
  const ask = (method: string, path: string, body?: unknown) => stage.ask('owner', method, base + path, body)
  const git = (...args: string[]) => runGit(args, { cwd: w.sluice.pathOf(repo.id) })
  return { repo, stage, base, ask, commit, git }
}

const put = (path: string, content: string, more: object = {}) => ({ action: 'put', path, content, ...more })
const submodule = (lines: string, name = 'x') => `[submodule "${name}"]\n\tpath = x\n\turl = u\n${lines}\n`

test.for([
  ['a URL that is an option', put('.gitmodules', submodule('url = -u./payload')), 'gitmodulesUrl'],
  ['a path that is an option', put('.gitmodules', submodule('path = -x')), 'gitmodulesPath'],
  ['a name that leaves .git/modules', put('.gitmodules', submodule('', '../../x')), 'gitmodulesName'],
  ['a command', put('.gitmodules', submodule('update = !sh')), 'gitmodulesUpdate'],
  ['the same by its short name', put('a/GITMOD~1', submodule('update = !sh')), 'gitmodulesUpdate'],
  ['.gitmodules as a directory', put('.gitmodules/a', 'x'), 'gitmodulesBlob'],
  ['.gitmodules as a submodule', put('.gitmodules', 'a'.repeat(40), { mode: '160000' }), 'gitmodulesMissing'],
  ['endless attributes', put('.gitattributes', `${'a'.repeat(3_000)} text`), 'gitattributesLineLength'],
] as const)(
  'a commit with %s is refused as in a push, and leaves nothing behind (gitmodules-regression)',
  async ([, change, fault]) => {
    const d = await desk()
    const { status, json } = await d.commit(put('README.md', 'kept out, too'), change)
    expect([status, json.error.code]).toEqual([422, 'UNPROCESSABLE'])
    expect(json.error.details.reason).toContain(fault)
    expect((await d.git('count-objects')).output).toMatch(/^0 objects/)
  },
)

test('nor may a file be moved to where git acts on it (gitmodules-regression)', async () => {
  const d = await desk()
  const files = [put('notes', submodule('update = !sh')), put('fine', submodule('branch = b'))]
  expect((await d.commit(...files)).status).toBe(201)
  const { status, json } = await d.commit({ action: 'move', from: 'notes', path: 'dir/.gitmodules' })
  expect([status, json.error.details.reason]).toEqual([422, expect.stringContaining('gitmodulesUpdate')])
  expect((await d.commit({ action: 'move', from: 'fine', path: '.gitmodules' })).status).toBe(201)
  const twice = [put('.gitattributes', '*.c text\n'), put('same', '*.c text\n')]
  expect((await d.commit(...twice)).status).toBe(201)
  expect(await d.git('fsck', '--strict')).toMatchObject({ code: 0, output: '' })
})

test('half a surrogate pair is in no ref name: git would be sent another one (surrogate-regression)', async () => {
  const d = await desk()
  expect((await d.commit(put('a', 'x'))).status).toBe(201)
  for (const [path, body] of [
    ['/branches', { name: 'x\ud800', startPoint: 'main' }],
    ['/tags', { name: 'x\udc00', target: 'main' }],
    ['/tags', { name: 'x\udc00', target: 'main', message: 'm' }],
    ['/pulls', { sourceBranch: 'x\ud800', targetBranch: 'main', title: 't' }],
  ] as const)
    expect((await d.ask('POST', path, body)).status, path).toBe(400)
  expect((await d.git('for-each-ref', '--format=%(refname)')).output.trim()).toBe('refs/heads/main')
})

/** Both sides change another line of `f`, which lies below `directories` side by side or one in the other. */
async function mergeBelow(bench: PullBench, attributes: string, wrap: (tree: string) => Promise<string>) {
  const { git } = bench
  const blob = async (input: string) => (await git.gitWith({ input }, 'hash-object', '-w', '--stdin')).stdout
  const lines = Array.from({ length: 20 }, (_, i) => `${i}\n`).join('')
  const commitOf = async (first: string, last: string, ...parents: string[]) => {
    const file = await blob(`${first}\n${lines}${last}\n`)
    const entries = [
      `100644 blob ${file.trim()}\tf`,
      `100644 blob ${(await blob(attributes)).trim()}\t.gitattributes`,
    ]
    const tree = await wrap(await makeTree(bench, entries))
    return git.ok('commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-m', 'm')
  }
  const base = await commitOf('a', 'b')
  const [ours, theirs] = [await commitOf('A', 'b', base), await commitOf('a', 'B', base)]
  await git.ok('push', '-q', 'origin', `${ours}:refs/heads/into-${ours}`, `${theirs}:refs/heads/from-${ours}`)
  const { number } = await bench.open(`from-${ours}`, { targetBranch: `into-${ours}` })
  return bench.ask('owner', 'POST', `/${number}/merge`)
}

async function makeTree({ git }: PullBench, entries: readonly string[]): Promise<string> {
  const made = await git.gitWith({ input: entries.map((entry) => `${entry}\n`).join('') }, 'mktree')
  return made.stdout.trim()
}

test.for([
  ['a name of 300 bytes', ['d'.repeat(300)]],
  ['a path of 6,000 bytes', Array<string>(30).fill('d'.repeat(200))],
] as const)(
  'a merge below %s, which no work tree could hold, is a merge (attributes-path-regression)',
  async ([, names]) => {
    const bench = await pullBench(w)
    const merged = await mergeBelow(bench, '* merge=union\n', async (tree) => {
      let above = tree
      for (const name of names) above = await makeTree(bench, [`040000 tree ${above}\t${name}`])
      return above
    })
    expect([merged.status, merged.text]).toEqual([200, expect.anything()])
  },
)

test('one large .gitattributes in a thousand directories is not written a thousand times (attributes-bomb-regression)', async () => {
  const bench = await pullBench(w)
  const attributes = `* merge=union\n${`#${'x'.repeat(1_000)}\n`.repeat(1_000)}`
  let most = 0
  const look = setInterval(() => (most = Math.max(most, attributeFiles())), 20)
  const merged = await mergeBelow(bench, attributes, (tree) =>
    makeTree(
      bench,
      Array.from({ length: 500 }, (_, i) => `040000 tree ${tree}\td${i}`),
    ),
  )
  clearInterval(look)
  expect(merged.status).toBe(200)
  expect(most).toBeGreaterThan(0)
  expect(most).toBeLessThan(20)
})

/** That lie in work trees of merges at this moment. */
function attributeFiles(): number {
  const trees = readdirSync(tmpdir()).filter((name) => name.startsWith('sluice-attributes-'))
  return trees.reduce((sum, tree) => {
    const names = existsSync(join(tmpdir(), tree)) ? readdirSync(join(tmpdir(), tree)) : []
    return sum + names.length
  }, 0)
}

/** A target that moves `notes` to where git acts on it, before a source whose last word in it is `lines`. */
async function movedNotes(moved: string, lines: string) {
  const bench = await pullBench(w, { files: { notes: submodule('branch = b'), other: 'x\n' } })
  await bench.commit('main', { notes: null, [moved]: submodule('branch = b') })
  const { branch } = await bench.branch({ other: 'y\n' })
  await bench.commit(branch, { notes: submodule(lines) })
  const { number } = await bench.open(branch)
  return { bench, number, git: (...args: string[]) => runGit(args, { cwd: w.sluice.pathOf(bench.repo.id) }) }
}

test.for(
  ['merge', 'squash', 'rebase'].flatMap((strategy) =>
    ['.gitmodules', 'dir/GITMOD~1'].map((moved) => [strategy, moved] as const),
  ),
)(
  'a %s brings no content to %s that a push could not (merged-gitmodules-regression)',
  async ([strategy, moved]) => {
    const { bench, number, git } = await movedNotes(moved, 'branch = b\n\tupdate = !sh')
    const target = await bench.remote('refs/heads/main')
    const asked = (await bench.ask('owner', 'GET', `/${number}/mergeability`)).json
    expect([asked.mergeability, asked.strategies[strategy]]).toEqual(['conflicting', false])
    const { status, json } = await bench.ask('owner', 'POST', `/${number}/merge`, { strategy })
    expect([status, json.error?.details.reason]).toEqual([422, expect.stringContaining('gitmodulesUpdate')])
    expect(await bench.remote('refs/heads/main')).toBe(target)
    expect(await git('fsck', '--strict', '--no-dangling')).toMatchObject({ code: 0, output: '' })
  },
)

test.for(['merge', 'squash', 'rebase'])(
  'a %s of a moved .gitmodules that git would take is a merge (merged-gitmodules-regression)',
  async (strategy) => {
    const { bench, number, git } = await movedNotes('.gitmodules', 'branch = c')
    const { status, text } = await bench.ask('owner', 'POST', `/${number}/merge`, { strategy })
    expect([status, text]).toEqual([200, expect.anything()])
    expect((await git('show', 'main:.gitmodules')).output).toContain('branch = c')
    expect(await git('fsck', '--strict', '--no-dangling')).toMatchObject({ code: 0, output: '' })
  },
)

test('thousands of conflicts over the same content do not tell it thousands of times (conflicts-bomb-regression)', async () => {
  const bench = await pullBench(w)
  const content = (text: string) => `${text}\n${`${'x'.repeat(63)}\n`.repeat(800)}`
  const oids = await Promise.all(
    ['base', 'ours', 'theirs'].map(async (text) => {
      const made = await bench.git.gitWith({ input: content(text) }, 'hash-object', '-w', '--stdin')
      return made.stdout.trim()
    }),
  )
  const commitOf = async (oid = '', ...parents: string[]) => {
    const names = Array.from({ length: 5_000 }, (_, i) => `100644 blob ${oid}\tf${i}`)
    const tree = await makeTree(bench, names)
    return bench.git.ok('commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-m', 'm')
  }
  const base = await commitOf(oids[0])
  const [ours, theirs] = [await commitOf(oids[1], base), await commitOf(oids[2], base)]
  await bench.git.ok('push', '-q', 'origin', `${ours}:refs/heads/into`, `${theirs}:refs/heads/from`)
  const { number } = await bench.open('from', { targetBranch: 'into' })
  const { status, text, json } = await bench.ask('owner', 'GET', `/${number}/conflicts`)
  expect([status, json.conflicts.length, json.truncated]).toEqual([200, 1_000, true])
  expect(json.conflicts[0].ours).toMatchObject({ sha: oids[1], truncated: true })
  expect(text.length).toBeLessThan(16 * 1024 * 1024)
  expect(json.conflictingFiles).toHaveLength(1_000)
  const merged = await bench.ask('owner', 'POST', `/${number}/merge`)
  expect([merged.status, merged.json.error.details.truncated]).toEqual([409, true])
  expect(merged.json.error.details.conflicts).toHaveLength(1_000)
}, 60_000)

test('a rule that is made while a pack is on its way binds that push, too (late-rule-regression)', async () => {
  const { between, arrived, goOn } = firstPackWaits()
  await using own = await world({ between })
  const b = await workbench(own)
  await b.agent.commit('a.txt', 'one\n')
  const pushed = b.agent.git('push', 'origin', 'main')
  await arrived.happened
  const address = b.repo.url.replace(`${own.url}/`, `${own.url}/repos/`).replace(/\.git$/, '')
  const body = JSON.stringify({ requirePullRequest: true })
  const put = await own.owner.fetch(`${address}/protections/main`, { method: 'PUT', body })
  expect(put.status).toBe(201)
  goOn.happen()
  expect((await pushed).output).toContain('branch is protected: needs a pull request')
  expect(await b.refs()).toEqual({})
})
