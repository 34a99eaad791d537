import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { sealWith } from '../../../store/secrets/seal.ts'
import type { FreshKey, SigningKeyRow } from './signing-key.ts'
import { SigningKeys, type SigningKeyRows } from './signing-keys.ts'

const seal = sealWith(randomBytes(32), 'tests')
const ADMIN = { actorId: null, agentId: null }
const MADE_UP = 'A'.repeat(43)

/** Rows in memory, as several processes share them. `beforeList` can hold readers up, as a slow database would. */
function rowsInMemory(clock: { now(): number }) {
  const all: SigningKeyRow[] = []
  const state = { reads: 0, beforeList: () => Promise.resolve() }
  const insert = (key: FreshKey, createdAt: number) => {
    const row = { ...key, createdAt, retiredAt: null, verifyUntil: null }
    all.unshift(row)
    return row
  }
  const rows: SigningKeyRows = {
    verifying: async () => {
      state.reads++
      const seen = [...all]
      await state.beforeList()
      return seen
    },
    insertFirst: async (key) => {
      if (all.length === 0) insert(key, clock.now())
    },
    rotate: async (key, verifyMs) => {
      const now = clock.now()
      const retired = { retiredAt: now, verifyUntil: now + verifyMs, privateEncrypted: '' }
      for (const [i, row] of all.entries()) if (row.retiredAt === null) all[i] = { ...row, ...retired }
      return insert(key, now)
    },
  }
  return { rows, state }
}

async function processes() {
  const clock = { at: 1_000_000, now: () => clock.at }
  const { rows, state } = rowsInMemory(clock)
  const [signer, other] = [
    await SigningKeys.open(rows, seal, clock),
    await SigningKeys.open(rows, seal, clock),
  ]
  return { clock, rows, state, signer, other }
}

test('all that start on one database sign with the same key', async () => {
  const { signer, other } = await processes()
  expect((await other.current()).kid).toBe((await signer.current()).kid)
})

test('who has rotated signs with the new key at once, every other process within a minute', async () => {
  const { clock, signer, other } = await processes()
  const { kid } = await signer.rotate(ADMIN)
  expect((await signer.current()).kid).toBe(kid)
  clock.at += 60_000
  expect((await other.current()).kid).toBe(kid)
})

test('a key that another process has just made verifies at once, also in a flood of made-up names', async () => {
  const { signer, other } = await processes()
  expect(await other.publicKey(MADE_UP)).toBeNull()
  const { kid } = await signer.rotate(ADMIN)
  expect(await other.publicKey(kid)).not.toBeNull()
})

test('a reading that was under way when the key was made does not count as a look', async () => {
  const { state, signer, other } = await processes()
  let release = () => {}
  state.beforeList = () => new Promise((resolve) => (release = resolve))
  const early = other.publicKey(MADE_UP)
  await expect.poll(() => state.reads).toBeGreaterThan(3)
  state.beforeList = () => Promise.resolve()
  const { kid } = await signer.rotate(ADMIN)
  const late = other.publicKey(kid)
  release()
  expect(await early).toBeNull()
  expect(await late).not.toBeNull()
})

test('one made-up name is looked for once, many at once are looked for together, and a shape that is none never', async () => {
  const { state, other } = await processes()
  const before = state.reads
  for (let i = 0; i < 20; i++) await other.publicKey(MADE_UP)
  expect(state.reads).toBe(before + 1)
  const names = Array.from({ length: 50 }, () => randomBytes(32).toString('base64url'))
  await Promise.all(names.map((name) => other.publicKey(name)))
  expect(state.reads).toBe(before + 2)
  for (const name of ['', '../../etc/passwd', `${MADE_UP}A`]) expect(await other.publicKey(name)).toBeNull()
  expect(state.reads).toBe(before + 2)
})

test('a process that only verifies sees within a minute that a key was retired', async () => {
  const { clock, signer, other } = await processes()
  const { kid } = await signer.current()
  await signer.rotate(ADMIN)
  clock.at += 2 * 3600_000
  expect(await other.publicKey(kid)).toBeNull()
})

test('a database that does not answer once does not spoil the next look', async () => {
  const { state, signer, other } = await processes()
  const { kid } = await signer.rotate(ADMIN)
  state.beforeList = () => Promise.reject(new Error('gone'))
  await expect(other.publicKey(kid)).rejects.toThrow('gone')
  state.beforeList = () => Promise.resolve()
  expect(await other.publicKey(kid)).not.toBeNull()
})

test('what is told of a key holds nothing of its private half', async () => {
  const { signer } = await processes()
  const made = await signer.rotate(ADMIN)
  const listed = await signer.list()
  expect(listed[0]).toEqual(made)
  for (const key of listed) {
    expect(Object.keys(key).sort()).toEqual(['algorithm', 'createdAt', 'kid', 'retiredAt', 'verifyUntil'])
  }
})
