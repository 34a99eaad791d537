/** Under which names a repository answers, and what is no git endpoint. */
import { randomUUID } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openRaw, raw, readAnswer } from '../support/raw-git.ts'
import { world, type World } from '../support/world.ts'

/** One commit on `main`, pushed by the agent. */
async function pushed(w: World): Promise<string> {
  await w.agent.start(w.repo.url)
  const head = await w.agent.commit('a.txt', 'hello\n')
  await w.agent.ok('push', '-q', 'origin', 'main')
  return head
}

async function orgId(w: World): Promise<string> {
  const answer = await w.owner.fetch(`${w.url}/repos/by-id/${w.repo.id}`)
  return ((await answer.json()) as { orgId: string }).orgId
}

test('a repository answers under each of its addresses, with and without .git', async () => {
  await using w = await world()
  const head = await pushed(w)
  const forms = [
    'acme/app',
    `${await orgId(w)}/app`,
    `by-id/${w.repo.id}`,
    `git/repo/${w.repo.id}`,
    'et/acme/app',
  ]
  for (const form of forms.flatMap((f) => [f, `${f}.git`])) {
    expect(await w.agent.ok('ls-remote', `${w.url}/${form}`, 'main')).toBe(`${head}\trefs/heads/main`)
  }
})

test('every form of address takes pushes', async () => {
  await using w = await world()
  await pushed(w)
  const forms = [`by-id/${w.repo.id}.git`, `git/repo/${w.repo.id}`, 'et/acme/app']
  for (const [i, form] of forms.entries()) {
    await w.agent.ok('push', '-q', `${w.url}/${form}`, `main:refs/heads/by-form-${i}`)
  }
  const branches = await w.onServer('for-each-ref', '--format=%(refname)', 'refs/heads/by-form-*')
  expect(branches.stdout.trim().split('\n')).toHaveLength(forms.length)
})

test('upper case in an address names the same repository', async () => {
  await using w = await world()
  const head = await pushed(w)
  const forms = ['Acme/App.git', `by-id/${w.repo.id.toUpperCase()}`]
  for (const form of forms) expect(await w.owner.ok('ls-remote', `${w.url}/${form}`, 'main')).toContain(head)
})

test('after a rename the old address still serves fetches and pushes', async () => {
  await using w = await world()
  await pushed(w)
  const renamed = await w.owner.fetch(`${w.url}/repos/acme/app`, {
    method: 'PATCH',
    body: JSON.stringify({ name: 'engine' }),
  })
  expect(renamed.status).toBe(200)

  const head = await w.owner.start(w.repo.url).then(() => w.owner.commit('b.txt', 'later\n'))
  await w.owner.ok('push', '-q', w.repo.url, 'HEAD:refs/heads/late')
  expect(await w.owner.ok('ls-remote', w.repo.url, 'late')).toContain(head)
  expect(await w.owner.ok('ls-remote', `${w.url}/acme/engine.git`, 'late')).toContain(head)
})

test('the directory on disk is named by the id alone', async () => {
  await using w = await world()
  expect(w.repo.path.endsWith(join('repositories', w.repo.id.slice(-2), `${w.repo.id}.git`))).toBe(true)
  expect(await readdir(w.repo.path)).toEqual(expect.arrayContaining(['HEAD', 'config', 'objects', 'refs']))
})

test('nothing else under a repository is a git endpoint', async () => {
  await using w = await world({ visibility: 'public' })
  const requests = [
    ['GET', '/HEAD', 404],
    ['GET', '/objects/info/packs', 404],
    ['GET', '/info/refs/heads', 404],
    ['POST', '/git-upload-archive', 404],
    ['POST', '/x/git-receive-pack', 404],
    ['GET', '/git-upload-pack', 405],
    ['GET', '/git-receive-pack', 405],
    ['POST', '/info/refs?service=git-upload-pack', 405],
  ] as const
  for (const [method, path, status] of requests) {
    const answer = await raw(w.owner, `${w.url}/acme/app.git${path}`, { method })
    expect(answer.status, `${method} ${path}`).toBe(status)
  }
})

test('a request for refs must name exactly one service of the two', async () => {
  await using w = await world()
  const statusOf = async (query: string) => (await raw(w.agent, `${w.repo.url}/info/refs${query}`)).status
  expect(await statusOf('?service=git-upload-pack')).toBe(200)
  expect(await statusOf('?service=git-receive-pack')).toBe(200)
  expect(await statusOf('?service=git-upload-archive')).toBe(400)
  expect(await statusOf('?service=GIT-UPLOAD-PACK')).toBe(400)
  expect(await statusOf('?service=')).toBe(400)
  expect(await statusOf('?service=git-upload-pack&service=git-receive-pack')).toBe(400)
  expect(await statusOf('')).toBe(403)
})

test('a dumb client is shown why it is not served', async () => {
  await using w = await world()
  const listed = await w.agent.gitWith({ env: { GIT_SMART_HTTP: '0' } }, 'ls-remote', w.repo.url)
  expect(listed.output).toContain('remote: dumb HTTP is not served')
  expect(listed.code).not.toBe(0)
})

test('traversal, encoded slashes and control characters name no repository', async () => {
  await using w = await world()
  const paths = [
    '/..%2f..%2fetc/passwd',
    '/acme/..%2fapp',
    '/acme%2fapp/x',
    '/acme/app%2f..%2fapp',
    '/acme/app%252egit',
    '/acme/app%00.git',
    '/acme%00/app.git',
    `/by-id/${w.repo.id}%00`,
    '/by-id/..%2f..%2f..%2fetc',
    '/by-id/%2e%2e',
    '/git/..%2fapp',
    '/acme/./app.git/../../etc',
  ]
  for (const path of paths) {
    const request = openRaw(w.owner, w.url)
    request.path = `${path}/info/refs?service=git-upload-pack` // a URL would have tidied it up
    request.end()
    expect((await readAnswer(request)).status, path).toBe(404)
  }
})

test('an id that belongs to nothing and one that belongs to somebody else look the same', async () => {
  await using w = await world()
  const ask = (id: string) => raw(w.stranger, `${w.url}/by-id/${id}/info/refs?service=git-upload-pack`)
  const [hidden, missing] = [await ask(w.repo.id), await ask(randomUUID())]
  expect(hidden.status).toBe(404)
  expect([hidden.text, hidden.status]).toEqual([missing.text, missing.status])
})

test('an empty repository is cloned onto its default branch', async () => {
  await using w = await world()
  const { url } = await w.createRepo('empty', { defaultBranch: 'trunk' })
  const cloned = await w.owner.git('clone', url, 'copy')
  expect(cloned.output).toContain('You appear to have cloned an empty repository')
  expect(await w.owner.ok('-C', 'copy', 'symbolic-ref', 'HEAD')).toBe('refs/heads/trunk')
})
