/** A token that was taken back is of no use to anybody: at once here, within a tenth of a second elsewhere. */
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../src/kernel/uuid.ts'
import { replicas, type Replica, type Replicas } from '../support/replicas.ts'
import { claimsOf, exchanged, revokeToken } from '../support/token-endpoint.ts'
import { bearer, introspect, revoke, statusWith } from '../support/token-queries.ts'

const READ = { scope: 'repo:read' }
/** What another server may take to notice. */
const NOTICED_WITHIN_MS = 100

let r: Replicas
beforeAll(async () => {
  r = await replicas()
})
afterAll(() => r[Symbol.asyncDispose]())

const login = () => r.login(newId(), 'ada')

interface Watched {
  /** Statuses of requests that began at these times, of `performance.now()`. */
  readonly seen: { readonly at: number; readonly status: number }[]
  stop(): Promise<void>
}

/** Asks one server over and over with a token. */
function watch(server: Replica, token: string): Watched {
  const seen: Watched['seen'] = []
  let running = true
  const asking = (async () => {
    while (running) {
      const at = performance.now()
      seen.push({ at, status: await statusWith(server, token) })
      await turn()
    }
  })()
  return {
    seen,
    stop: async () => {
      running = false
      await asking
    },
  }
}

/** Every request that began later than it may take is refused, and until then nothing but 200 and 401 was seen. */
async function expectEnded(watched: Watched, revokedAt: number): Promise<void> {
  const { seen } = watched
  await expect
    .poll(() => seen.filter(({ at }) => at > revokedAt + NOTICED_WITHIN_MS).length, { timeout: 10_000 })
    .toBeGreaterThan(5)
  await watched.stop()
  expect(seen[0]?.status).toBe(200)
  const late = seen.filter(({ at }) => at > revokedAt + NOTICED_WITHIN_MS)
  expect(new Set(late.map(({ status }) => status))).toEqual(new Set([401]))
  expect(seen.filter(({ status }) => status !== 200 && status !== 401)).toEqual([])
}

test('through one server: refused by it from the next request on, by another one within 100 ms', async () => {
  const token = await exchanged(r.one, await login(), READ)
  const watched = watch(r.other, token)
  await expect.poll(() => watched.seen.length).toBeGreaterThan(3)
  await revoke(r.one, token)
  const revokedAt = performance.now()
  expect(await statusWith(r.one, token)).toBe(401)
  await expectEnded(watched, revokedAt)
})

test('so is a token that was minted from it by the other server', async () => {
  const parent = await exchanged(r.one, await login(), READ)
  const child = await exchanged(r.other, parent, READ)
  const watched = [r.one, r.other].map((server) => watch(server, child))
  for (const { seen } of watched) await expect.poll(() => seen.length).toBeGreaterThan(3)
  await revoke(r.one, parent)
  const revokedAt = performance.now()
  for (const one of watched) await expectEnded(one, revokedAt)
})

test('by a command on the database, past every server: within 100 ms', async () => {
  const token = await exchanged(r.one, await login(), READ)
  const watched = [r.one, r.other].map((server) => watch(server, token))
  for (const { seen } of watched) await expect.poll(() => seen.length).toBeGreaterThan(3)
  await revokeToken(r, claimsOf(token).jti ?? '')
  const revokedAt = performance.now()
  for (const one of watched) await expectEnded(one, revokedAt)
})

test('in the middle of a crowd: no other token is refused, and no request fails', async () => {
  const [gone, ...others] = await Promise.all(
    Array.from({ length: 6 }, async () => exchanged(r.one, await login(), READ)),
  )
  const watched = others.map((token) => watch(r.other, token))
  const ending = watch(r.other, gone ?? '')
  await expect.poll(() => ending.seen.length).toBeGreaterThan(3)
  await revoke(r.one, gone ?? '')
  await expectEnded(ending, performance.now())
  for (const { seen, stop } of watched) {
    await stop()
    expect(new Set(seen.map(({ status }) => status))).toEqual(new Set([200]))
  }
})

test('a token cannot be exchanged, looked at or used for git after it was revoked elsewhere', async () => {
  const token = await exchanged(r.one, await login(), READ)
  const watched = watch(r.other, token)
  await expect.poll(() => watched.seen.length).toBeGreaterThan(3)
  await revoke(r.one, token)
  await expectEnded(watched, performance.now())
  await expect(exchanged(r.other, token, READ)).rejects.toThrow('400')
  expect((await introspect(r.other, token, r.adminToken)).json).toEqual({ active: false })
  const git = await fetch(`${r.other.url}/acme/app/info/refs?service=git-upload-pack`, {
    headers: bearer(token),
  })
  expect(git.status).toBe(401)
})

test('a server that starts later knows of it', async () => {
  const token = await exchanged(r.one, await login(), READ)
  await revoke(r.one, token)
  expect(await statusWith(await r.start(), token)).toBe(401)
})
