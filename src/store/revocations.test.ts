import { expect, test } from 'vitest'
import { newId } from '../kernel/uuid.ts'
import { forEachEngine, storeOn } from '../../test/support/databases.ts'
import { Revocations } from './revocations.ts'

forEachEngine('revocations', (on) => {
  const open = () => {
    const store = storeOn(on.database)
    const revocations = new Revocations(store)
    const revoke = (ids: readonly string[], expiresAt: number) =>
      store.database.transaction((trx) => revocations.revoke(trx, ids, expiresAt))
    return { ...store, revocations, revoke }
  }

  test('a token is revoked once, and keeps the time of the first revocation', async () => {
    const { revocations, revoke, clock } = open()
    const [id, other] = [newId(), newId()]
    const first = { id, revokedAt: clock.now(), expiresAt: clock.now() + 1_000 }
    expect(await revoke([id], first.expiresAt)).toEqual([id])
    clock.advance(1)
    expect(await revoke([id, other], first.expiresAt + 5)).toEqual([other])
    expect((await revocations.unexpired(10)).find((token) => token.id === id)).toEqual(first)
    expect(await revocations.anyRevoked([newId(), id])).toBe(true)
    expect(await revocations.anyRevoked([newId()])).toBe(false)
    expect(await revocations.anyRevoked([])).toBe(false)
  })

  test('who follows the list of changes learns of a token revoked again, too', async () => {
    const { revocations, revoke, clock } = open()
    const id = newId()
    const start = await revocations.position()
    await revoke([id], clock.now() + 1_000)
    await revoke([id], clock.now() + 1_000)
    const { ids, position } = await revocations.since(start)
    expect(ids).toEqual([id, id])
    expect(await revocations.since(position)).toEqual({ ids: [], position })
  })

  test('more changes than can be told are told as such', async () => {
    const { database, revocations } = open()
    const start = await revocations.position()
    const many = Array.from({ length: 1_000 }, () => newId())
    await database.transaction((trx) => revocations.announce(trx, many))
    expect(await revocations.since(start)).toEqual({ ids: null, position: await revocations.position() })
  })

  test('those that would still be valid are listed newest first, at most as many as wanted', async () => {
    const { revocations, revoke, clock, database } = open()
    await database.kysely.deleteFrom('revoked_tokens').execute()
    for (const id of ['a', 'b', 'c']) {
      clock.advance(1)
      await revoke([id], clock.now() + (id === 'b' ? 1 : 1_000))
    }
    clock.advance(1)
    expect((await revocations.unexpired(10)).map(({ id }) => id)).toEqual(['c', 'a'])
    expect((await revocations.unexpired(1)).map(({ id }) => id)).toEqual(['c'])
  })

  test('what nobody can need any more is forgotten, and nothing else', async () => {
    const { revocations, revoke, clock, database } = open()
    await database.kysely.deleteFrom('revoked_tokens').execute()
    const start = await revocations.position()
    await revoke(['ends'], clock.now() + 1_000)
    await revoke(['lasts'], clock.now() + 48 * 3600_000)
    clock.advance(1_000)
    await revocations.prune()
    expect(await revocations.anyRevoked(['ends'])).toBe(false)
    expect((await revocations.since(start)).ids).toEqual(['ends', 'lasts'])
    clock.advance(24 * 3600_000)
    await revocations.prune()
    expect(await revocations.anyRevoked(['lasts'])).toBe(true)
    expect((await revocations.since(start)).ids).toEqual([])
  })
})
