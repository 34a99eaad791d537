/** `/.well-known/revocations.json`, for servers that verify our tokens by themselves. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../src/kernel/uuid.ts'
import { restWorld, Stage } from '../support/rest.ts'
import { claimsOf, exchanged } from '../support/token-endpoint.ts'
import { newToken } from '../support/managed.ts'
import { getJson, revoke } from '../support/token-queries.ts'
import type { World } from '../support/world.ts'

const PATH = '/.well-known/revocations.json'
const MINUTE_MS = 60_000

let w: World
let stage: Stage
beforeAll(async () => {
  w = await restWorld()
  stage = new Stage(w)
})
afterAll(() => w[Symbol.asyncDispose]())

let serial = 0
const login = () => w.token(stage.accountOf('ada'), 'ada', { claims: { serial: serial++ } })

async function accessToken(parent?: string) {
  const token = await exchanged(w, parent ?? (await login()), { scope: 'repo:read' })
  return { token, id: claimsOf(token).jti ?? '', exp: (claimsOf(token).exp ?? 0) * 1000 }
}

async function idsListed(): Promise<string[]> {
  return (await getJson(w, PATH)).json.revocations.map(({ id }: { id: string }) => id)
}

test('GET /.well-known/revocations.json lists a token from the moment of its revocation, newest first', async () => {
  const [first, second] = [await accessToken(), await accessToken()]
  expect(await idsListed()).not.toContain(first.id)
  const before = Date.now()
  for (const { token } of [first, second]) await revoke(w, token)
  const { json } = await getJson(w, PATH)
  expect(json.truncated).toBe(false)
  const [newest, older] = json.revocations
  expect(new Set([newest.id, older.id])).toEqual(new Set([second.id, first.id]))
  const times = json.revocations.map((entry: { revokedAt: string }) => Date.parse(entry.revokedAt))
  expect(times).toEqual(times.toSorted((a: number, b: number) => b - a))
  expect(times[1]).toBeGreaterThanOrEqual(before)
  expect(times[0]).toBeLessThanOrEqual(Date.now())
})

test('an entry stays until neither the token nor anything minted from it can be valid', async () => {
  const parent = await accessToken()
  const child = await accessToken(parent.token)
  await revoke(w, parent.token)
  const { json } = await getJson(w, PATH)
  const entry = json.revocations.find(({ id }: { id: string }) => id === parent.id)
  expect(Date.parse(entry.expiresAt)).toBeGreaterThanOrEqual(Math.max(parent.exp, child.exp) + MINUTE_MS)
})

test('who verifies by himself finds a token that fell with another one by its minted_from', async () => {
  const parent = await newToken(stage, 'ada')
  const child = await accessToken(parent.token)
  await revoke(w, parent.token)
  const listed = new Set(await idsListed())
  const { jti = '', minted_from: parents } = claimsOf(child.token)
  expect([jti, ...(parents as string[])].some((id) => listed.has(id))).toBe(true)
})

test('it may be kept for a minute, and asked for again by its ETag', async () => {
  const { headers } = await getJson(w, PATH)
  expect(headers.get('cache-control')).toBe('public, max-age=60')
  const etag = headers.get('etag') ?? ''
  const again = await getJson(w, PATH, { 'if-none-match': etag })
  expect([again.status, again.text]).toEqual([304, ''])
  expect(again.headers.get('cache-control')).toBe('public, max-age=60')
  await revoke(w, (await accessToken()).token)
  const changed = await getJson(w, PATH, { 'if-none-match': etag })
  expect(changed.status).toBe(200)
  expect(changed.headers.get('etag')).not.toBe(etag)
})

test('it is what its schema says, and holds ids and times only', async () => {
  const { json, headers } = await getJson(w, PATH)
  expect(headers.get('content-type')).toMatch(/^application\/json/)
  for (const entry of json.revocations) {
    expect(Object.keys(entry)).toEqual(['id', 'revokedAt', 'expiresAt'])
    expect(entry.id).toMatch(/^(?:[0-9a-f-]{36}|sha256:[\w-]{43})$/)
  }
})

test('what is revoked past this server is listed, too', async () => {
  const id = newId()
  await revokePast([id], Date.now() + MINUTE_MS)
  expect(await idsListed()).toContain(id)
})

test('there are never more than ten thousand, the newest ones, and it says that it was cut', async () => {
  const [last, ...others] = Array.from({ length: 10_001 }, () => newId())
  await revokePast(others, Date.now() + MINUTE_MS)
  await revokePast([last ?? ''], Date.now() + MINUTE_MS, Date.now() + 1_000)
  const { json, text } = await getJson(w, PATH)
  expect(json.truncated).toBe(true)
  expect(json.revocations).toHaveLength(10_000)
  expect(json.revocations[0].id).toBe(last)
  expect(text.length).toBeLessThan(2 * 1024 * 1024)
})

/** As another process does it. */
async function revokePast(ids: readonly string[], expiresAt: number, revokedAt = Date.now()): Promise<void> {
  await using database = await w.openDatabase()
  await database.transaction(async (trx) => {
    for (let i = 0; i < ids.length; i += 5_000) {
      const rows = ids.slice(i, i + 5_000).map((id) => ({ id, revoked_at: revokedAt, expires_at: expiresAt }))
      await trx.insertInto('revoked_tokens').values(rows).execute()
    }
    await trx
      .insertInto('credential_changes')
      .values({ id: ids[0] ?? '', created_at: revokedAt })
      .execute()
  })
}
