/** What a writer of the REST API must not get into a repository: what a push would not have brought in either. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runGit } from '../support/actor.ts'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

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
