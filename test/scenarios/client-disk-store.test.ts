/** auth.md, section 5: short-lived processes of one user share their tokens by a file that nobody else can use. */
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CredentialCache, type CredentialStore, type IssuedToken } from '../../src/client/index.ts'
import { DiskStore, tokenFile } from '../../src/client/node.ts'
import { startDoomed } from '../support/doomed-process.ts'

const [AUDIENCE, PULL] = ['https://git.example.test', 'repo:pull']
const LATER = Date.now() + 3600_000

let dir: string
let path: string
let store: DiskStore
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-tokens-'))
  path = join(dir, 'sluice', 'tokens.json')
  store = new DiskStore({ path, identity: 'somebody' })
})
afterEach(() => rm(dir, { recursive: true }))

/** Exchanges are answered when the test says so. */
async function issuer() {
  const waiting: ServerResponse[] = []
  let heard: (() => void) | null = null
  const server = createServer((_request, response) => {
    waiting.push(response)
    heard?.()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    asked: () => waiting.length,
    /** Resolves when somebody has asked for the n-th time. */
    askedTimes: (times: number) =>
      new Promise<void>((resolve) => {
        heard = () => (waiting.length >= times ? resolve() : undefined)
        heard()
      }),
    answer: () => {
      waiting.forEach((response, i) => {
        if (!response.writableEnded)
          response.end(JSON.stringify({ token: `t${i + 1}`, expiresInSeconds: 900 }))
      })
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe('processes at the same time', () => {
  test('20 of them share one exchange', async () => {
    await using there = await issuer()
    const helpers = await Promise.all(
      Array.from({ length: 20 }, () => startDoomed('token-helper', [path, there.url])),
    )
    for (const helper of helpers) expect(await helper.nextLine()).toBe('ready')
    await there.askedTimes(1)
    there.answer()
    const tokens = await Promise.all(helpers.map((helper) => helper.nextLine()))
    expect(new Set(tokens)).toEqual(new Set(['t1']))
    expect(there.asked()).toBe(1)
    for (const helper of helpers) await helper[Symbol.asyncDispose]()
    expect(await readdir(join(dir, 'sluice'))).toEqual(['tokens.json'])
  })

  test('one that is killed during its exchange does not keep the others waiting', async () => {
    await using there = await issuer()
    await using doomed = await startDoomed('token-helper', [path, there.url])
    expect(await doomed.nextLine()).toBe('ready')
    await there.askedTimes(1)
    await using patient = await startDoomed('token-helper', [path, there.url])
    await using other = await startDoomed('token-helper', [path, there.url])
    for (const helper of [patient, other]) expect(await helper.nextLine()).toBe('ready')
    await doomed.kill()
    await there.askedTimes(2)
    there.answer()
    expect([await patient.nextLine(), await other.nextLine()]).toEqual(['t2', 't2'])
    expect(there.asked()).toBe(2)
  })

  test('a reader never sees half a file', async () => {
    await store.put('first', { token: 'x'.repeat(5_000), until: LATER })
    const writing = (async () => {
      for (let i = 0; i < 30; i++) await store.put(`key ${i}`, { token: 'y'.repeat(5_000), until: LATER })
      return 'written'
    })()
    let reads = 0
    while ((await Promise.race([writing, readFile(path, 'utf8')])) !== 'written') {
      JSON.parse(await readFile(path, 'utf8'))
      reads++
    }
    expect(reads).toBeGreaterThan(5)
  })

  test('writers do not lose what the others wrote', async () => {
    const writers = Array.from({ length: 15 }, (_, i) => `key ${i}`)
    const put = (key: string) =>
      new DiskStore({ path, identity: 'somebody' }).put(key, {
        token: `token-of-${key.slice(4)}`,
        until: LATER,
      })
    await Promise.all(writers.map(put))
    const found = await Promise.all(writers.map((key) => store.get(key)))
    expect(found.map((kept) => kept?.token)).toEqual(writers.map((key) => `token-of-${key.slice(4)}`))
  })
})

describe('what is not believed', () => {
  const kept = { token: 'planted', until: LATER }

  beforeEach(async () => {
    await store.put('key', kept)
    expect(await store.get('key')).toMatchObject(kept)
  })

  test.each([0o640, 0o604, 0o620, 0o666])('a file of mode %o, which is written anew', async (mode) => {
    await chmod(path, mode)
    expect(await store.get('key')).toBeNull()
    await store.put('other', { token: 'own', until: LATER })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await store.get('key')).toBeNull()
    expect(await store.get('other')).toMatchObject({ token: 'own' })
  })

  test.runIf(mayGiveAway())('a file of somebody else, which is written anew', async () => {
    await chown(path, 65534, 65534)
    expect(await store.get('key')).toBeNull()
    await store.put('other', { token: 'own', until: LATER })
    expect(await store.get('key')).toBeNull()
    expect((await stat(path)).uid).toBe(0)
  })

  test('a link to a file', async () => {
    const elsewhere = join(dir, 'elsewhere')
    await writeFile(elsewhere, await readFile(path), { mode: 0o600 })
    await rm(path)
    await symlink(elsewhere, path)
    expect(await store.get('key')).toBeNull()
    const before = await readFile(elsewhere, 'utf8')
    await store.put('other', { token: 'own', until: LATER })
    expect(await readFile(elsewhere, 'utf8')).toBe(before)
  })

  test('a directory into which others may write; nothing is put there either', async () => {
    await chmod(join(dir, 'sluice'), 0o777)
    expect(await store.get('key')).toBeNull()
    await store.put('other', { token: 'own', until: LATER })
    await chmod(join(dir, 'sluice'), 0o700)
    expect(await store.get('other')).toBeNull()
  })

  test.each(['', '{', 'null', '[]', '"text"', '{"version":1,"tokens":null}', '{"version":2,"tokens":{}}'])(
    'a file that says %s, which is written anew',
    async (text) => {
      await writeFile(path, text)
      expect(await store.get('key')).toBeNull()
      await store.put('other', { token: 'own', until: LATER })
      expect(await store.get('other')).toMatchObject({ token: 'own' })
    },
  )

  test.each([
    ['a token that would end a header line', { token: 'a\r\nX-Internal-Token: b' }],
    ['a token that is no text', { token: 7 }],
    ['a token without an end', { until: null }],
    ['a token from the future', { since: LATER }],
  ])('%s', async (_name, planted) => {
    const file = JSON.parse(await readFile(path, 'utf8')) as { tokens: Record<string, object> }
    for (const token of Object.values(file.tokens)) Object.assign(token, planted)
    await writeFile(path, JSON.stringify(file))
    expect(await store.get('key')).toBeNull()
  })

  test('a token that was got with another login', async () => {
    expect(await new DiskStore({ path, identity: 'somebody else' }).get('key')).toBeNull()
  })

  test('a token that is over', async () => {
    const later = new DiskStore({ path, identity: 'somebody', clock: { now: () => LATER } })
    expect(await later.get('key')).toBeNull()
    await later.put('other', { token: 'own', until: LATER + 1 })
    expect(await readFile(path, 'utf8')).not.toContain('planted')
  })
})

describe('a cache with a store', () => {
  let asked: number
  beforeEach(() => {
    asked = 0
  })
  const cacheWith = (over: CredentialStore) =>
    new CredentialCache({
      exchange: () => Promise.resolve({ token: `t${++asked}`, expiresInSeconds: 900 }),
      store: over,
    })

  test('finds what the process before it left', async () => {
    expect(await cacheWith(store).token(AUDIENCE, PULL)).toBe('t1')
    expect(await cacheWith(store).token(AUDIENCE, PULL)).toBe('t1')
    expect(await cacheWith(store).token(AUDIENCE, 'repo:push')).toBe('t2')
  })

  test('forgets for the others, too; at once, even if nobody waits for it', async () => {
    const cache = cacheWith(store)
    await cache.token(AUDIENCE, PULL)
    void cache.invalidate(AUDIENCE, PULL)
    expect(await cache.token(AUDIENCE, PULL)).toBe('t2')
    expect(await cacheWith(store).token(AUDIENCE, PULL)).toBe('t2')
  })

  test('that says that an older token was refused leaves the newer one of another process', async () => {
    const [mine, other] = [cacheWith(store), cacheWith(store)]
    await mine.token(AUDIENCE, PULL)
    await other.token(AUDIENCE, PULL)
    await mine.invalidate(AUDIENCE, PULL, 't1')
    await mine.token(AUDIENCE, PULL)
    await other.invalidate(AUDIENCE, PULL, 't1')
    expect(await other.token(AUDIENCE, PULL)).toBe('t2')
  })

  test('does not keep what was invalidated while it was asked for', async () => {
    let answer = (_token: string) => {}
    let begin = () => {}
    const began = new Promise<void>((resolve) => (begin = resolve))
    const exchange = () =>
      new Promise<IssuedToken>((resolve) => {
        answer = (token) => resolve({ token, expiresInSeconds: 900 })
        begin()
      })
    const slow = new CredentialCache({ exchange, store })
    const waiting = slow.token(AUDIENCE, PULL)
    await began
    await slow.invalidate(AUDIENCE, PULL)
    answer('stale')
    expect(await waiting).toBe('stale')
    expect(await cacheWith(store).token(AUDIENCE, PULL)).toBe('t1')
  })

  test('works on a disk that does not', async () => {
    await writeFile(join(dir, 'sluice'), 'a file where the directory should be')
    const cache = cacheWith(store)
    expect(await cache.token(AUDIENCE, PULL)).toBe('t1')
    await cache.invalidate(AUDIENCE, PULL)
    expect(await cache.token(AUDIENCE, PULL)).toBe('t2')
  })

  test('passes on what the exchange throws, and is free for the next one', async () => {
    const failing = new CredentialCache({ exchange: () => Promise.reject(new Error('down')), store })
    await expect(failing.token(AUDIENCE, PULL)).rejects.toThrow('down')
    expect(await cacheWith(store).token(AUDIENCE, PULL)).toBe('t1')
  })
})

test('the file lies where the XDG directories are', () => {
  expect(tokenFile({ HOME: '/home/a' })).toBe('/home/a/.cache/sluice/tokens.json')
  expect(tokenFile({ HOME: '/home/a', XDG_CACHE_HOME: '/var/a' })).toBe('/var/a/sluice/tokens.json')
  expect(tokenFile({ HOME: '/home/a', XDG_CACHE_HOME: 'relative' })).toBe('/home/a/.cache/sluice/tokens.json')
})

test('the directory is made for its owner alone', async () => {
  await store.put('key', { token: 'own', until: LATER })
  expect((await stat(join(dir, 'sluice'))).mode & 0o777).toBe(0o700)
  await mkdir(join(dir, 'there'), { mode: 0o755 })
  const inside = new DiskStore({ path: join(dir, 'there', 'tokens.json'), identity: 'somebody' })
  await inside.put('key', { token: 'own', until: LATER })
  expect(await inside.get('key')).toMatchObject({ token: 'own' })
})

/** @throws Error where it must be so: nothing is left out unseen */
function mayGiveAway(): boolean {
  const isRoot = process.getuid?.() === 0
  if (!isRoot && process.env['SLUICE_TEST_REQUIRE_ROOT'] === '1')
    throw new Error('only root can give files away')
  return isRoot
}
