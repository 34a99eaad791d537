/** auth.md, section 5: repositories and pull requests with the `sluice` command and a stock git. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runGit } from '../support/actor.ts'
import { cliHome, type CliHome } from '../support/cli.ts'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await restWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

/** Somebody with a token of his own, and an organisation that nobody has named before. */
async function owner() {
  const stage = new Stage(w)
  const { org } = stage
  const token = await w.token(stage.accountOf('ann'), 'ann')
  const home = await cliHome({ SLUICE_URL: w.url, SLUICE_TOKEN: token })
  const json = async (...args: string[]) => JSON.parse((await home.run([...args, '--json'])).stdout)
  return { home, org, token, json, [Symbol.asyncDispose]: () => home[Symbol.asyncDispose]() }
}

/** Past the command. */
async function push({ home, token }: { home: CliHome; token: string }, clone: string, refspec: string) {
  const header = `http.extraHeader=Authorization: Bearer ${token}`
  const cwd = join(home.dir, clone)
  const { code } = await runGit(['-c', header, 'push', '-q', 'origin', refspec], {
    cwd,
    env: { HOME: home.dir },
  })
  if (code !== 0) throw new Error('push failed')
}

const AUTHOR = ['-c', 'user.name=ann', '-c', 'user.email=ann@example.test']

async function commit(home: CliHome, clone: string, path: string) {
  const cwd = join(home.dir, clone)
  await writeFile(join(cwd, path), 'text\n')
  for (const args of [
    ['add', path],
    [...AUTHOR, 'commit', '-qm', path],
  ])
    await runGit(args, { cwd, env: { HOME: home.dir } })
}

test('a repository is made, listed, shown and deleted', async () => {
  await using ann = await owner()
  const made = await ann.home.run(['repo', 'create', `${ann.org}/app`, '--description', 'it flies'])
  expect([made.code, made.stderr]).toEqual([0, ''])
  expect(made.stdout).toContain(`${w.url}/${ann.org}/app.git`)
  const listed = await ann.json('repo', 'list', '--org', ann.org)
  expect(listed).toMatchObject([{ slug: 'app', visibility: 'private', description: 'it flies' }])
  expect(await ann.json('repo', 'show', `${ann.org}/app`)).toEqual(listed[0])
  expect(await ann.json('repo', 'show', listed[0].id)).toEqual(listed[0])
  const unsure = await ann.home.run(['repo', 'delete', `${ann.org}/app`])
  expect([unsure.code, unsure.stderr.includes('--yes')]).toEqual([2, true])
  expect((await ann.home.run(['repo', 'delete', `${ann.org}/app`, '--yes'])).code).toBe(0)
  expect((await ann.home.run(['repo', 'show', `${ann.org}/app`])).code).toBe(5)
})

test('what an owner changes of a repository is changed, and the rest stays', async () => {
  await using ann = await owner()
  await ann.home.run(['repo', 'create', `${ann.org}/app`, '--description', 'it flies'])
  const update = (...options: string[]) => ann.json('repo', 'update', `${ann.org}/app`, ...options)
  expect(await update('--protected-push', 'open-pull-request')).toMatchObject({
    description: 'it flies',
    protectedPush: 'open-pull-request',
  })
  expect(await update('--description', 'it lands')).toMatchObject({
    description: 'it lands',
    protectedPush: 'open-pull-request',
  })
  const odd = await ann.home.run(['repo', 'update', `${ann.org}/app`, '--protected-push', 'maybe'])
  expect([odd.code, odd.stderr.includes('Allowed choices')]).toEqual([2, true])
})

test('a list goes over as many pages as were asked for, and no further', async () => {
  await using ann = await owner()
  for (const name of ['a', 'b', 'c']) await ann.home.run(['repo', 'create', `${ann.org}/${name}`])
  const slugs = async (limit: string) =>
    (await ann.json('repo', 'list', '--org', ann.org, '--limit', limit)).map((r: { slug: string }) => r.slug)
  expect(await slugs('2')).toEqual(['c', 'b'])
  expect(await slugs('100')).toEqual(['c', 'b', 'a'])
})

test('what exists already ends with 6, what may not be seen with 5, what is no name with 2', async () => {
  await using ann = await owner()
  const create = () => ann.home.run(['repo', 'create', `${ann.org}/app`])
  expect((await create()).code).toBe(0)
  expect((await create()).code).toBe(6)
  const hidden = await ann.home.run(['repo', 'show', 'acme/app'])
  const absent = await ann.home.run(['repo', 'show', 'acme/absent'])
  expect([hidden.code, absent.code]).toEqual([5, 5])
  const withoutId = (text: string) => text.replace(/request: .*/, '')
  expect(withoutId(hidden.stderr)).toBe(withoutId(absent.stderr))
  expect((await ann.home.run(['repo', 'show', 'a/b/c'])).code).toBe(2)
})

test('a clone needs no more than the login, and goes on pushing with it', async () => {
  await using ann = await owner()
  await ann.home.run(['repo', 'create', `${ann.org}/app`])
  const env = { SLUICE_TOKEN: undefined }
  expect((await ann.home.run(['login', '--with-token'], { input: ann.token, env })).code).toBe(0)
  const cloned = await ann.home.run(['repo', 'clone', `${ann.org}/app`, 'work', '--', '--quiet'], { env })
  expect([cloned.code, cloned.stdout]).toEqual([0, ''])
  await commit(ann.home, 'work', 'one.txt')
  const cwd = join(ann.home.dir, 'work')
  const pushed = await runGit(['push', '-q', 'origin', 'HEAD:refs/heads/main'], {
    cwd,
    env: { HOME: ann.home.dir },
  })
  expect([pushed.code, pushed.output]).toEqual([0, ''])
  expect(await readFile(join(ann.home.dir, 'work/.git/config'), 'utf8')).not.toContain(ann.token)
})

test('SLUICE_TOKEN comes before the login also when git pushes from a clone, and an empty one pushes nothing-regression', async () => {
  await using ann = await owner()
  const path = `${ann.org}/app`
  const login = { env: { SLUICE_TOKEN: undefined } }
  await ann.home.run(['repo', 'create', path])
  expect((await ann.home.run(['login', '--with-token'], { input: ann.token, ...login })).code).toBe(0)
  expect((await ann.home.run(['repo', 'clone', path, 'work'], login)).code).toBe(0)
  await commit(ann.home, 'work', 'one.txt')
  const narrow = ['token', 'exchange', '--repo', path, '--ref', 'refs/heads/task']
  const { access_token: token } = await ann.json(...narrow)
  const pushTo = (branch: string, env: Record<string, string>) =>
    runGit(['push', 'origin', `HEAD:refs/heads/${branch}`], {
      cwd: join(ann.home.dir, 'work'),
      env: { HOME: ann.home.dir, ...env },
    })
  expect((await pushTo('main', { SLUICE_TOKEN: token })).output).toContain('token does not allow this')
  expect((await pushTo('task', { SLUICE_TOKEN: token })).code).toBe(0)
  expect((await pushTo('main', { SLUICE_TOKEN: '' })).output).toContain('no token in the environment')
  const elsewhere = { SLUICE_TOKEN: token, SLUICE_URL: 'https://git.example.test' }
  expect((await pushTo('main', elsewhere)).output).toContain('not for this server')
  expect((await pushTo('main', {})).code).toBe(0)
})

/** Tells what git passes on, and how it was called. */
const TELLTALE = `#!/bin/sh
{ env; tr '\\0' '\\n' < /proc/$PPID/cmdline; } > "$HOME/seen"
`

test('a token of SLUICE_TOKEN clones, and git has it neither in its arguments nor in its environment', async () => {
  await using ann = await owner()
  const { home } = ann
  await home.run(['repo', 'create', `${ann.org}/app`])
  await home.run(['repo', 'clone', `${ann.org}/app`, 'first'])
  await commit(home, 'first', 'one.txt')
  await push(ann, 'first', 'HEAD:refs/heads/main')
  const hooks = join(home.dir, 'template/hooks')
  await mkdir(hooks, { recursive: true })
  await writeFile(join(hooks, 'post-checkout'), TELLTALE, { mode: 0o755 })
  const env = { GIT_TEMPLATE_DIR: join(home.dir, 'template') }
  const cloned = await home.run(['repo', 'clone', `${ann.org}/app`], { env })
  expect(cloned.code).toBe(0)
  expect(await readFile(join(home.dir, 'seen'), 'utf8')).toContain('git-credential-sluice')
  const files = await readdir(home.dir, { recursive: true, withFileTypes: true })
  for (const file of files.filter((entry) => entry.isFile()))
    expect((await readFile(join(file.parentPath, file.name))).includes(ann.token)).toBe(false)
})

test('a clone that git refuses ends as git does', async () => {
  await using ann = await owner()
  const cloned = await ann.home.run(['repo', 'clone', `${ann.org}/absent`])
  expect(cloned.code).toBe(128)
  expect(cloned.stderr).toContain('not found')
})

test(
  'a pull request is opened, listed, shown, merged; another one is closed',
  { timeout: 60_000 },
  async () => {
    await using ann = await owner()
    await ann.home.run(['repo', 'create', `${ann.org}/app`])
    await ann.home.run(['repo', 'clone', `${ann.org}/app`, 'work'])
    await commit(ann.home, 'work', 'one.txt')
    await push(ann, 'work', 'HEAD:refs/heads/main')
    await commit(ann.home, 'work', 'two.txt')
    await push(ann, 'work', 'HEAD:refs/heads/feature')
    const where = `${ann.org}/app`
    const open = ['pr', 'create', where, '--source', 'feature', '--title', 'Two']
    expect((await ann.home.run(open)).stdout).toContain('opened pull request 1')
    expect(await ann.json('pr', 'list', where)).toMatchObject([{ number: 1, status: 'open', title: 'Two' }])
    expect(await ann.json('pr', 'show', where, '1')).toMatchObject({ sourceBranch: 'feature' })
    const merged = await ann.json('pr', 'merge', where, '1', '--strategy', 'squash')
    expect(merged).toMatchObject({ strategy: 'squash' })
    expect(await ann.json('pr', 'list', where)).toEqual([])
    expect(await ann.json('pr', 'list', where, '--status', 'merged')).toMatchObject([{ number: 1 }])
    expect((await ann.home.run(['pr', 'merge', where, '1'])).code).toBe(8)
    expect((await ann.home.run(open)).code).toBe(0)
    expect((await ann.home.run(['pr', 'close', where, '2'])).stdout).toContain('closed pull request 2')
  },
)
