import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { sealWith } from './seal.ts'
import type { SigningKeyRow } from './signing-key.ts'
import { SigningKeys, type SigningKeyRows } from './signing-keys.ts'

const seal = sealWith(randomBytes(32), 'tests')

/** Rows in memory. `beforeList` can hold readers up, as a slow database would. */
function rowsInMemory() {
  const all = new Map<string, SigningKeyRow>()
  const state = { all, beforeList: () => Promise.resolve() }
  const rows: SigningKeyRows = {
    verifying: async () => {
      await state.beforeList()
      return [...all.values()].sort((a, b) => b.createdAt - a.createdAt || (a.kid < b.kid ? -1 : 1))
    },
    insert: (row) => Promise.resolve(void all.set(row.kid, row)),
    retire: (kid, at) => {
      const row = all.get(kid)
      if (row?.retiredAt === null) all.set(kid, { ...row, ...at })
      return Promise.resolve()
    },
  }
  return { rows, state }
}

test('rotations whose new keys all see each other leave exactly the newest in force', async () => {
  const { rows, state } = rowsInMemory()
  const clock = { now: () => 1_000_000 }
  const processes = await Promise.all([1, 2, 3].map(() => SigningKeys.open(rows, seal, clock)))
  const before = state.all.size
  let release = () => {}
  const allInserted = new Promise<void>((resolve) => (release = resolve))
  let reads = 0
  state.beforeList = () => {
    if (state.all.size === before + processes.length) release()
    // The first reading of each rotation passes, the second waits for the other processes' keys.
    return ++reads <= processes.length ? Promise.resolve() : allInserted
  }
  await Promise.all(processes.map((keys) => keys.rotate()))
  const active = [...state.all.values()].filter((row) => row.retiredAt === null)
  expect(active).toHaveLength(1)
  for (const keys of processes) expect((await keys.current()).kid).toBe(active[0]?.kid)
})

test('a key made by a machine whose clock is behind is still the newest', async () => {
  const { rows } = rowsInMemory()
  await SigningKeys.open(rows, seal, { now: () => 1_000_000 })
  const behind = await SigningKeys.open(rows, seal, { now: () => 900_000 })
  const { kid } = await behind.current()
  await behind.rotate()
  expect((await behind.current()).kid).not.toBe(kid)
})

test('a process that only verifies sees within a minute that a key was retired', async () => {
  const { rows } = rowsInMemory()
  const clock = { at: 1_000_000, now: () => clock.at }
  const [signer, verifier] = [
    await SigningKeys.open(rows, seal, clock),
    await SigningKeys.open(rows, seal, clock),
  ]
  const { kid } = await signer.current()
  await signer.rotate()
  clock.at += 2 * 3600_000
  expect(await verifier.publicKey(kid)).toBeNull()
})
