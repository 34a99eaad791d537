/** Clones that begin with a bundle, by stock clients; and what a bundle must not give away. */
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pktLine, DELIM, FLUSH } from '../../src/git/wire/pkt-line.ts'
import type { Actor } from '../support/actor.ts'
import { maintainNow, setFetches } from '../support/maintained.ts'
import { world, type World } from '../support/world.ts'
import { newerGit } from '../support/newer-git.ts'

const NEW_GIT = newerGit()

let w: World
let tip: string
beforeAll(async () => {
  w = await world({ settings: { SLUICE_BUNDLE_MIN_BYTES: '1' } })
  await w.agent.start(w.repo.url)
  for (let n = 1; n <= 3; n++) tip = await w.agent.commit(`file-${n}.txt`, `${n}\n`.repeat(1_000))
  await w.agent.ok('tag', '-a', '-m', 'first', 'v1')
  await w.agent.ok('push', '-q', 'origin', 'main', 'v1', 'main:topic')
})
afterAll(() => w[Symbol.asyncDispose]())

/** The server looks after the repository, which was cloned five times. @returns URL of its newest bundle */
async function makeBundle(): Promise<string> {
  await setFetches(w, 5)
  await maintainNow(w)
  const newest = (await namesOnDisk()).toSorted().at(-1)
  return `${w.repo.url}/bundles/${newest}`
}

function namesOnDisk(): Promise<string[]> {
  return readdir(join(w.repo.path, 'bundles')).catch(() => [])
}

function fileOf(url: string): string {
  return join(w.repo.path, 'bundles', url.slice(url.lastIndexOf('/') + 1))
}

async function listed(actor: Actor = w.agent): Promise<string> {
  return (await actor.fetch(`${w.repo.url}/bundles`)).text()
}

/** Answers that gave a bundle away, so far. */
async function sentSoFar(): Promise<number> {
  const metrics = await (await fetch(`${w.url}/metrics`)).text()
  return Number(/^sluice_bundles_total\{what="sent"\} (\d+)$/m.exec(metrics)?.[1])
}

/** A clone is as good as one without a bundle, and began with one. */
async function expectBundled(clone: string): Promise<void> {
  const at = { cwd: clone }
  const head = await w.agent.gitWith(at, 'rev-parse', 'HEAD', 'v1^{commit}', 'origin/topic')
  expect(head.output).toBe(`${await w.agent.ok('rev-parse', 'origin/main')}\n${tip}\n${tip}\n`)
  expect((await w.agent.gitWith(at, 'for-each-ref', 'refs/bundles')).stdout).toContain('refs/bundles/')
  expect((await w.agent.gitWith(at, 'fsck', '--strict', '--no-dangling')).code).toBe(0)
}

let clones = 0
function cloneOf(actor: Actor): string {
  return join(actor.dir, `clone-${++clones}`)
}

function commandOf(command: string, ...args: string[]): Buffer {
  const lines = ['agent=git/9', 'object-format=sha1', `command=${command}`].map((line) =>
    pktLine(`${line}\n`),
  )
  return Buffer.concat([...lines, DELIM, ...args.map((arg) => pktLine(arg)), FLUSH])
}

function uploadPack(body: Buffer): Promise<Response> {
  const headers = { 'git-protocol': 'version=2', 'content-type': 'application/x-git-upload-pack-request' }
  return w.agent.fetch(`${w.repo.url}/git-upload-pack`, { method: 'POST', headers, body })
}

async function capabilities(): Promise<string> {
  const headers = { 'git-protocol': 'version=2' }
  return (await w.agent.fetch(`${w.repo.url}/info/refs?service=git-upload-pack`, { headers })).text()
}

test('a repository that is not cloned has no bundle, and offers none', async () => {
  await maintainNow(w)
  expect(await namesOnDisk()).toEqual([])
  expect(await capabilities()).not.toContain('bundle-uri')
  expect(await listed()).toBe('[bundle]\n\tversion = 1\n\tmode = all\n')
  expect(await (await uploadPack(commandOf('bundle-uri'))).text()).toMatch(/^[^#]*bundle\.mode=all0000$/)
})

test('one that is cloned often has a bundle of its default branch and its tags, which it offers', async () => {
  await w.onServer('update-ref', 'refs/internal/kept', tip)
  const url = await makeBundle()
  const heads = await w.onServer('bundle', 'list-heads', fileOf(url))
  expect(heads.stdout.replaceAll(/[0-9a-f]{40} /g, '')).toBe('HEAD\nrefs/heads/main\nrefs/tags/v1\n')
  expect(await capabilities()).toContain('bundle-uri\n')
  const name = url.slice(url.lastIndexOf('/') + 1)
  const [id] = name.split('.')
  const answer = await (await uploadPack(commandOf('bundle-uri'))).text()
  const lines = ['version=1', 'mode=all', `${id}.uri=bundles/${name}`, `${id}.creationToken=${id}`]
  expect(answer).toBe(Buffer.concat([...lines.map((line) => pktLine(`bundle.${line}`)), FLUSH]).toString())
  expect((await uploadPack(commandOf('bundle-uri', 'all'))).status).toBe(400)
})

test.each(['the list', 'the file'])('git clone --bundle-uri takes %s', async (what) => {
  const url = await makeBundle()
  const [sent, clone] = [await sentSoFar(), cloneOf(w.agent)]
  const uri = what === 'the list' ? `${w.repo.url}/bundles` : url
  const cloned = await w.agent.git('clone', `--bundle-uri=${uri}`, w.repo.url, clone)
  expect(cloned.output).not.toMatch(/warning|error/)
  await expectBundled(clone)
  expect(await sentSoFar()).toBe(sent + 1)
})

test('what was pushed since a bundle was made is fetched besides', async () => {
  await makeBundle()
  await w.agent.commit('newer.txt', 'newer')
  await w.agent.ok('push', '-q', 'origin', 'main')
  const [sent, clone] = [await sentSoFar(), cloneOf(w.agent)]
  await w.agent.ok('clone', '-q', `--bundle-uri=${w.repo.url}/bundles`, w.repo.url, clone)
  await expectBundled(clone)
  expect(await sentSoFar()).toBe(sent + 1)
})

describe.skipIf(NEW_GIT === undefined)('a git that asks by itself', () => {
  /** It fetches files by `git-remote-https`, also those that are not of https. */
  async function newGit(): Promise<Record<string, string>> {
    const programs = join(w.dir, 'programs')
    await mkdir(programs, { recursive: true })
    await symlink(join(NEW_GIT ?? '', 'git-remote-http'), join(programs, 'git-remote-https')).catch(() => {})
    return { PATH: `${programs}:${NEW_GIT}:${process.env['PATH'] ?? ''}` }
  }

  async function cloneBy(
    actor: Actor,
    url: string,
    more: Record<string, string> = {},
    ...args: string[]
  ): Promise<string> {
    const clone = cloneOf(actor)
    const env = { ...(await newGit()), ...more }
    const words = ['-c', 'transfer.bundleURI=true', 'clone', ...args, url, clone]
    const cloned = await actor.gitWith({ env }, ...words)
    expect(cloned.output).not.toMatch(/bundle|error|fatal/) // it misses its templates
    return clone
  }

  test('gets the bundle of a private repository with the header it sends', async () => {
    await makeBundle()
    const sent = await sentSoFar()
    await expectBundled(await cloneBy(w.agent, w.repo.url))
    expect(await sentSoFar()).toBe(sent + 1)
  })

  test('gets it with the credential in its URL', async () => {
    await makeBundle()
    const sent = await sentSoFar()
    const url = w.repo.url.replace('://', `://x:${w.agent.token}@`)
    await expectBundled(await cloneBy(w.nobody, url))
    expect(await sentSoFar()).toBe(sent + 1)
  })

  test('gets it with the credential of a helper', async () => {
    await makeBundle()
    const sent = await sentSoFar()
    const helper = '!f() { echo username=x; echo "password=$TOKEN"; }; f'
    const helping = {
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'credential.helper',
      GIT_CONFIG_VALUE_0: helper,
    }
    await expectBundled(await cloneBy(w.nobody, w.repo.url, { ...helping, TOKEN: w.agent.token ?? '' }))
    expect(await sentSoFar()).toBe(sent + 1)
  })

  test('leaves nothing of the bundle behind, and does not look for another one with each fetch', async () => {
    await makeBundle()
    const clone = await cloneBy(w.agent, w.repo.url)
    expect(await readdir(join(clone, '.git', 'objects', 'bundles')).catch(() => [])).toEqual([])
    const settings = await w.agent.gitWith({ cwd: clone }, 'config', '--get-regexp', 'bundle')
    expect(settings.stdout).toBe('')
  })

  test('takes it for a shallow clone, too, unless it is told not to', async () => {
    await makeBundle()
    const sent = await sentSoFar()
    await cloneBy(w.agent, w.repo.url, {}, '--depth=1')
    expect(await sentSoFar()).toBe(sent + 1)
    await cloneBy(w.agent, w.repo.url, {}, '-c', 'transfer.bundleURI=false', '--depth=1')
  })
})

test('a clone succeeds though its bundle has gone', async () => {
  const url = await makeBundle()
  await rm(fileOf(url))
  const clone = cloneOf(w.agent)
  const cloned = await w.agent.git('clone', `--bundle-uri=${url}`, w.repo.url, clone)
  expect(cloned.output).toContain('warning: failed to download bundle')
  expect((await w.agent.gitWith({ cwd: clone }, 'fsck', '--strict')).code).toBe(0)
  expect(await w.agent.git('-C', clone, 'rev-parse', 'HEAD')).toEqual(
    await w.agent.git('rev-parse', 'origin/main'),
  )
})

test('a clone succeeds though its bundle is damaged, or cut off', async () => {
  for (const damage of [(whole: Buffer) => whole.fill('x', whole.length >> 1), cut]) {
    const url = await makeBundle()
    await writeFile(fileOf(url), damage(await readFile(fileOf(url))))
    const clone = cloneOf(w.agent)
    await w.agent.ok('clone', '-q', `--bundle-uri=${url}`, w.repo.url, clone)
    expect((await w.agent.gitWith({ cwd: clone }, 'fsck', '--strict', '--no-dangling')).code).toBe(0)
    await rm(fileOf(url))
  }
})

function cut(whole: Buffer): Buffer {
  return whole.subarray(0, whole.length >> 1)
}

test('ranges of a bundle are sent, and what a client has already is not', async () => {
  const url = await makeBundle()
  const whole = await readFile(fileOf(url))
  const get = (headers: Record<string, string>, method = 'GET') => w.agent.fetch(url, { method, headers })
  const bytes = async (answer: Response) => Buffer.from(await answer.arrayBuffer())

  const full = await get({})
  const etag = full.headers.get('etag') ?? ''
  expect(full.status).toBe(200)
  expect((await bytes(full)).equals(whole)).toBe(true)
  expect(Object.fromEntries(full.headers)).toMatchObject({
    'content-type': 'application/x-git-bundle',
    'content-length': String(whole.length),
    'accept-ranges': 'bytes',
    'cache-control': 'private, max-age=300',
  })
  const middle = await get({ range: 'bytes=10-99', 'if-range': etag })
  expect([middle.status, middle.headers.get('content-range')]).toEqual([206, `bytes 10-99/${whole.length}`])
  expect((await bytes(middle)).equals(whole.subarray(10, 100))).toBe(true)
  const end = await get({ range: `bytes=${whole.length - 20}-` })
  expect((await bytes(end)).equals(whole.subarray(-20))).toBe(true)
  const other = await get({ range: 'bytes=10-99', 'if-range': '"other"' })
  expect([other.status, (await bytes(other)).length]).toEqual([200, whole.length])

  const behind = await get({ range: `bytes=${whole.length}-` })
  expect([behind.status, behind.headers.get('content-range')]).toEqual([416, `bytes */${whole.length}`])
  const known = await get({ 'if-none-match': etag })
  expect([known.status, (await bytes(known)).length]).toEqual([304, 0])
})

test('HEAD is answered as GET is, without a body, and counts as nothing sent', async () => {
  const url = await makeBundle()
  const etag = (await w.agent.fetch(url)).headers.get('etag') ?? ''
  const sent = await sentSoFar()
  const of = async (actor: Actor, at: string, method: string, headers: Record<string, string>) => {
    const { status, headers: got } = await actor.fetch(at, { method, headers })
    const {
      date: _,
      'x-request-id': __,
      connection: ___,
      'keep-alive': ____,
      ...rest
    } = Object.fromEntries(got)
    return { status, ...rest }
  }
  const gone = url.replace(/\d+\.bundle$/, '1.bundle')
  const asked: [Actor, string, Record<string, string>?][] = [
    [w.agent, url],
    [w.agent, url, { 'if-none-match': etag }],
    [w.agent, gone],
    [w.stranger, url],
    [w.nobody, url],
    [w.agent, `${w.repo.url}/bundles`],
    [w.stranger, `${w.repo.url}/bundles`],
  ]
  const heads = []
  for (const [actor, at, headers = {}] of asked) heads.push(await of(actor, at, 'HEAD', headers))
  expect(await sentSoFar()).toBe(sent)
  const gets = []
  for (const [actor, at, headers = {}] of asked) gets.push(await of(actor, at, 'GET', headers))
  expect(heads).toEqual(gets)
  expect(heads.map(({ status }) => status)).toEqual([200, 304, 404, 404, 401, 200, 404])
  expect(heads[0]).toMatchObject({ 'content-length': String((await readFile(fileOf(url))).length), etag })
  // a range is of GET alone @see RFC 9110, section 14.2
  expect(await of(w.agent, url, 'HEAD', { range: 'bytes=0-9' })).toEqual(heads[0])
})

test('a bundle is for whoever may read; a hidden repository looks like none', async () => {
  const url = await makeBundle()
  const missing = url.replace('/app.git/', '/none.git/')
  for (const at of [url, `${w.repo.url}/bundles`]) {
    const asked = await w.nobody.fetch(at)
    expect(asked.status).toBe(401)
    expect(asked.headers.get('www-authenticate')).toMatch(/Bearer .*Basic /)
  }
  const shape = async (actor: Actor, at: string) => {
    const answer = await actor.fetch(at)
    return [answer.status, answer.headers.get('etag'), await answer.text()]
  }
  expect(await shape(w.stranger, url)).toEqual(await shape(w.stranger, missing))
  expect(await shape(w.nobody, url)).toEqual(await shape(w.nobody, missing))

  await w.owner.fetch(`${w.url}/repos/acme/app`, {
    method: 'PATCH',
    body: JSON.stringify({ visibility: 'public' }),
  })
  const open = await w.nobody.fetch(url)
  expect([open.status, open.headers.get('cache-control')]).toEqual([200, 'public, max-age=300'])
  await open.arrayBuffer()
  await w.owner.fetch(`${w.url}/repos/acme/app`, {
    method: 'PATCH',
    body: JSON.stringify({ visibility: 'private' }),
  })
  expect((await w.nobody.fetch(url)).status).toBe(401)
})

test('a name that is none of ours opens nothing', async () => {
  const url = await makeBundle()
  const token = /(\d+)\.bundle$/.exec(url)?.[1] ?? ''
  await writeFile(join(w.repo.path, 'bundles', 'draft'), '# v2 git bundle\n')
  const names = [
    ...['..%2fconfig', '%2e%2e%2fHEAD', `..%2fbundles%2f${token}.bundle`, `.%2f${token}.bundle`],
    ...[token, `0${token}.bundle`, `${token}.bundle%00`, `${token}.bundle%0a`, `-1.bundle`, '1e9.bundle'],
    ...['draft', 'draft.lock', '%5b0-9%5d.bundle', '9'.repeat(400), `${'9'.repeat(15)}.bundle`],
  ]
  for (const name of names) {
    const answer = await w.agent.fetch(`${w.repo.url}/bundles/${name}`)
    expect([name, answer.status]).toEqual([name, 404])
    expect(await answer.text()).not.toMatch(/git bundle|repositoryformat|refs\//)
  }
})

test('what a killed server has left is swept away before a bundle is made', async () => {
  await rm(fileOf(await makeBundle()))
  const left = join(w.repo.path, 'bundles', 'draft.lock')
  await writeFile(left, '# v2 git bundle\nhalf of it')
  const url = await makeBundle()
  expect(await namesOnDisk()).not.toContain('draft.lock')
  expect((await w.agent.fetch(url)).status).toBe(200)
})

test('a bundle is given to nobody once its branch was forced or a tag of it deleted, and goes', async () => {
  const first = await makeBundle()
  await w.agent.ok('push', '-q', 'origin', ':v1')
  expect((await w.agent.fetch(first)).status).toBe(404)
  expect(await listed()).not.toContain('uri')
  await w.agent.ok('push', '-q', 'origin', 'v1')
  expect((await w.agent.fetch(first)).status).toBe(200) // as it was

  const secret = await w.agent.commit('secret.txt', 'secret')
  await w.agent.ok('push', '-q', 'origin', 'main')
  await rm(fileOf(first))
  const second = await makeBundle()
  expect((await w.onServer('bundle', 'list-heads', fileOf(second))).stdout).toContain(secret)
  await w.agent.ok('reset', '-q', '--hard', 'HEAD~1')
  await w.agent.ok('push', '-q', '--force', 'origin', 'main')
  expect((await w.agent.fetch(second)).status).toBe(404)
  expect(await listed()).not.toContain('uri')
  const clone = cloneOf(w.agent)
  await w.agent.ok('clone', '-q', `--bundle-uri=${w.repo.url}/bundles`, w.repo.url, clone)
  expect((await w.agent.git('-C', clone, 'cat-file', '-e', secret)).code).not.toBe(0)

  const third = await makeBundle()
  expect(third).not.toBe(second)
  expect(await namesOnDisk()).toEqual([third.slice(third.lastIndexOf('/') + 1)])
  expect((await w.agent.fetch(third)).status).toBe(200)
})

test('a bundle goes when nobody clones the repository any more', async () => {
  await makeBundle()
  await setFetches(w, 0)
  await maintainNow(w)
  expect(await namesOnDisk()).toEqual([])
})
