import { expect, test } from 'vitest'
import { newId } from '../kernel/uuid.ts'
import { forEachEngine, HandClock, type TestDatabase } from '../../test/support/databases.ts'
import { EventLog } from './log/events.ts'
import { SigningKeys, type FreshKey } from './signing-keys.ts'

const ADMIN = { actorId: newId(), agentId: null }

function key(kid: string): FreshKey {
  return {
    kid,
    algorithm: 'ES256',
    publicJwk: { kty: 'EC', crv: 'P-256', kid },
    privateEncrypted: `sealed ${kid}`,
  }
}

async function emptyKeys({ database }: TestDatabase, clock = new HandClock()) {
  await database.kysely.deleteFrom('signing_keys').execute()
  const events = new EventLog({ database, clock, newId })
  return { keys: new SigningKeys({ database, events, clock }), clock, events }
}

forEachEngine('signing keys', (on) => {
  test('the first key is made once, however many processes start', async () => {
    const { keys } = await emptyKeys(on)
    await Promise.all(['a', 'b', 'c'].map((kid) => keys.insertFirst(key(kid))))
    expect(await keys.verifying()).toHaveLength(1)
  })

  test('a rotation retires the key before it, which verifies until its time; its private half is gone', async () => {
    const { keys, clock } = await emptyKeys(on)
    await keys.insertFirst(key('old'))
    const [old] = await keys.verifying()
    clock.advance(10)
    const now = clock.now()
    const made = await keys.rotate(key('new'), 100, ADMIN)
    expect(made).toEqual({ ...key('new'), createdAt: now, retiredAt: null, verifyUntil: null })
    const retired = { ...old, privateEncrypted: '', retiredAt: now, verifyUntil: now + 100 }
    expect(await keys.verifying()).toEqual([made, retired])
    clock.advance(99)
    await keys.rotate(key('newer'), 100, ADMIN)
    expect(await keys.verifying()).toContainEqual(retired)
    clock.advance(1)
    expect((await keys.verifying()).map(({ kid }) => kid)).toEqual(['newer', 'new'])
  })

  test('rotations at once leave exactly one key that signs, and it is the newest', async () => {
    const { keys } = await emptyKeys(on)
    await keys.insertFirst(key('first'))
    await Promise.all(['a', 'b', 'c', 'd'].map((kid) => keys.rotate(key(kid), 1_000, ADMIN)))
    const [newest, ...others] = await keys.verifying()
    expect(newest?.retiredAt).toBeNull()
    expect(others).toHaveLength(4)
    for (const other of others) expect(other.retiredAt).not.toBeNull()
  })

  test('a key made by a machine whose clock is behind is still the newest', async () => {
    const { keys } = await emptyKeys(on)
    await keys.insertFirst(key('first'))
    const behind = { now: () => 1_000 }
    const events = new EventLog({ database: on.database, clock: behind, newId })
    await new SigningKeys({ database: on.database, events, clock: behind }).rotate(key('late'), 1_000, ADMIN)
    const [newest, first] = await keys.verifying()
    expect([newest?.kid, newest?.retiredAt]).toEqual(['late', null])
    expect(first?.verifyUntil).toBeGreaterThanOrEqual(new HandClock().now() + 1_000)
  })

  test('a rotation is an event with the name of the key, and nothing else of it', async () => {
    const { keys, events } = await emptyKeys(on)
    await keys.rotate(key('told'), 1_000, ADMIN)
    const told = (await events.since(0, 1_000)).at(-1)
    expect(told).toMatchObject({ type: 'key.rotated', targetId: 'told', ...ADMIN })
    expect(told?.data).toEqual({ kid: 'told' })
  })

  test('what verifies nothing any more is removed, and nothing else', async () => {
    const { keys, clock } = await emptyKeys(on)
    const kids = async () =>
      (await on.database.kysely.selectFrom('signing_keys').select('kid').orderBy('kid').execute()).map(
        ({ kid }) => kid,
      )
    await keys.insertFirst(key('a'))
    await keys.rotate(key('b'), 50, ADMIN)
    clock.advance(51)
    await keys.rotate(key('c'), 50, ADMIN)
    expect(await kids()).toEqual(['a', 'b', 'c'])
    await keys.removeExpired()
    expect(await kids()).toEqual(['b', 'c'])
  })

  test('a key id is given once', async () => {
    const { keys } = await emptyKeys(on)
    await keys.rotate(key('twin'), 1_000, ADMIN)
    await expect(keys.rotate(key('twin'), 1_000, ADMIN)).rejects.toThrow()
    expect((await keys.verifying()).map(({ retiredAt }) => retiredAt)).toEqual([null])
  })
})
