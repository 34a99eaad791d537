/** The key that signs our tokens is changed while everybody works. */
import { setImmediate as turn } from 'node:timers/promises'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { openSigningKeys } from '../../src/compose/signing-keys.ts'
import { newId } from '../../src/kernel/uuid.ts'
import { EventLog } from '../../src/store/log/events.ts'
import { SigningKeys } from '../../src/store/signing-keys.ts'
import { replicas, type Replica, type Replicas } from '../support/replicas.ts'
import { exchanged } from '../support/token-endpoint.ts'
import { bearer, getJson, revoke, statusWith } from '../support/token-queries.ts'

const READ = { scope: 'repo:read' }

let r: Replicas
beforeAll(async () => {
  r = await replicas()
})
afterAll(() => r[Symbol.asyncDispose]())

const login = () => r.login(newId(), 'ada')
const kidOf = (token: string) => decodeProtectedHeader(token).kid

async function rotate(server: Replica): Promise<string> {
  const answer = await fetch(`${server.url}/admin/keys/rotate`, {
    method: 'POST',
    headers: bearer(r.adminToken),
  })
  if (answer.status !== 201) throw new Error(`POST /admin/keys/rotate: ${answer.status}`)
  return ((await answer.json()) as { kid: string }).kid
}

test('tokens of the old key stay good, new ones carry the new key, and both servers take both', async () => {
  const before = await exchanged(r.one, await login(), READ)
  const kid = await rotate(r.one)
  const after = await exchanged(r.one, await login(), READ)
  expect(kidOf(before)).not.toBe(kid)
  expect(kidOf(after)).toBe(kid)
  for (const server of [r.one, r.other])
    for (const token of [before, after]) expect(await statusWith(server, token)).toBe(200)
})

test('while tokens are minted and used without a pause, ten rotations through both servers fail no request', async () => {
  const parent = await login()
  const kids = new Set<string | undefined>()
  const failed: unknown[] = []
  let running = true
  const old = await exchanged(r.one, parent, READ)
  const work = async (mintAt: Replica, useAt: Replica) => {
    let used = 0
    for (; running; used++) {
      const token = await exchanged(mintAt, parent, READ).catch((err: unknown) => void failed.push(err))
      if (token === undefined) continue
      kids.add(kidOf(token))
      for (const one of [token, old]) {
        const status = await statusWith(useAt, one)
        if (status !== 200) failed.push(status)
      }
    }
    return used
  }
  const workers = [work(r.one, r.other), work(r.other, r.one), work(r.one, r.one), work(r.one, r.other)]
  for (let i = 0; i < 10; i++) {
    await rotate(i % 2 === 0 ? r.one : r.other)
    for (let turns = 0; turns < 50; turns++) await turn()
  }
  running = false
  for (const used of await Promise.all(workers)) expect(used).toBeGreaterThan(0)
  expect(failed).toEqual([])
  expect(kids.size).toBeGreaterThan(2)
})

test('a flood of made-up keys does not keep a server from the real new one', async () => {
  const [header, ...rest] = (await exchanged(r.one, await login(), READ)).split('.')
  const forged = (i: number) => {
    const fields = JSON.parse(Buffer.from(header ?? '', 'base64url').toString())
    const kid = String(i).padStart(43, 'A')
    return [Buffer.from(JSON.stringify({ ...fields, kid })).toString('base64url'), ...rest].join('.')
  }
  const flood = Promise.all(Array.from({ length: 200 }, (_, i) => statusWith(r.other, forged(i))))
  await rotate(r.one)
  const token = await exchanged(r.one, await login(), READ)
  expect(await statusWith(r.other, token)).toBe(200)
  expect(new Set(await flood)).toEqual(new Set([401]))
})

test('jwks.json shows every key that verifies, so that others can go on verifying, too', async () => {
  const before = await exchanged(r.one, await login(), READ)
  await rotate(r.one)
  const after = await exchanged(r.one, await login(), READ)
  const { json } = await getJson(r.one, '/.well-known/jwks.json')
  const keys = createLocalJWKSet(json as JSONWebKeySet)
  for (const token of [before, after])
    expect((await jwtVerify(token, keys)).payload['scope']).toBe('repo:read')
})

test('a server that starts later verifies tokens of retired keys, and signs with the newest', async () => {
  const before = await exchanged(r.one, await login(), READ)
  const kid = await rotate(r.one)
  const fresh = await r.start()
  expect(await statusWith(fresh, before)).toBe(200)
  expect(kidOf(await exchanged(fresh, await login(), READ))).toBe(kid)
})

test('a token of a retired key can still be taken back', async () => {
  const before = await exchanged(r.one, await login(), READ)
  await rotate(r.one)
  await revoke(r.one, before)
  expect(await statusWith(r.one, before)).toBe(401)
})

test('an operator rotates beside running servers: its tokens are good at once, and they follow', async () => {
  await using database = await r.openDatabase()
  const events = new EventLog({ database, clock: Date, newId })
  const rows = new SigningKeys({ database, events, clock: Date })
  const config = loadConfig({ SLUICE_KEY_SECRET: r.keySecret })
  const keys = await openSigningKeys(config, { records: { signingKeys: rows }, clock: Date })
  const { kid } = await keys.rotate({ actorId: null, agentId: null })
  const fresh = await r.start()
  const token = await exchanged(fresh, await login(), READ)
  expect(kidOf(token)).toBe(kid)
  for (const server of [r.one, r.other]) expect(await statusWith(server, token)).toBe(200)
})

test('private halves lie sealed in the database, and those of retired keys not at all', async () => {
  await rotate(r.one)
  await using database = await r.openDatabase()
  const rows = await database.kysely.selectFrom('signing_keys').selectAll().execute()
  expect(rows.filter((row) => row.retired_at === null)).toHaveLength(1)
  for (const row of rows) {
    expect(JSON.stringify(row)).not.toMatch(/"d\\?"/)
    expect(row.private_encrypted === '').toBe(row.retired_at !== null)
  }
})

test('each rotation is an event of whoever did it, with the name of the key', async () => {
  const kid = await rotate(r.one)
  const told = (await r.events()).filter(({ type, targetId }) => type === 'key.rotated' && targetId === kid)
  expect(told).toMatchObject([{ actorId: expect.any(String), data: { kid } }])
})
