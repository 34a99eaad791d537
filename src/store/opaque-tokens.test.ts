import { expect, test } from 'vitest'
import { forEachEngine, storeOn } from '../../test/support/databases.ts'
import { UNRESTRICTED } from '../kernel/grants.ts'
import { newId } from '../kernel/uuid.ts'
import { RefreshTokens } from './refresh-tokens.ts'
import { Revocations } from './revocations.ts'
import { OpaqueTokens, type NewOpaqueToken } from './opaque-tokens.ts'

const BY = { actorId: 'actor', agentId: null }

function token(rest: Partial<NewOpaqueToken> = {}): NewOpaqueToken {
  const id = newId()
  return {
    id,
    hash: `hash of ${id}`,
    kind: 'personal',
    accountId: newId(),
    name: 'laptop',
    grants: UNRESTRICTED,
    actingFor: null,
    mintedFrom: [],
    createdBy: null,
    expiresAt: null,
    ...rest,
  }
}

forEachEngine('opaque tokens', (on) => {
  const open = () => {
    const store = storeOn(on.database)
    const revocations = new Revocations(store)
    return { ...store, revocations, tokens: new OpaqueTokens({ ...store, revocations }) }
  }

  test('a token is found by its hash, whole', async () => {
    const { tokens, clock } = open()
    const grants = {
      admin: false,
      repositories: [{ target: { kind: 'id', id: 'r' }, actions: ['read'], refs: ['refs/*'] }],
    } as const
    const wanted = token({ grants, actingFor: 'boss', createdBy: 'ann', expiresAt: clock.now() + 5 })
    const made = await tokens.insert(wanted, BY)
    expect(made).toEqual({
      ...wanted,
      createdAt: clock.now(),
      lastUsedAt: null,
      lastUsedAddress: null,
      revokedAt: null,
    })
    expect(await tokens.byHash(wanted.hash)).toEqual(made)
    expect(await tokens.byHash('another')).toBeNull()
  })

  test('an account lists its own tokens, newest first', async () => {
    const { tokens, clock } = open()
    const accountId = newId()
    for (const name of ['old', 'new']) {
      await tokens.insert(token({ accountId, name }), BY)
      clock.advance(1)
    }
    await tokens.insert(token(), BY)
    expect((await tokens.list(accountId)).map((t) => t.name)).toEqual(['new', 'old'])
  })

  test('revoking a token revokes what was minted from it, at any depth, and nothing else', async () => {
    const { tokens, events, clock } = open()
    const root = await tokens.insert(token(), BY)
    const child = await tokens.insert(token({ mintedFrom: [root.id] }), BY)
    const grandchild = await tokens.insert(token({ mintedFrom: [child.id] }), BY)
    const sibling = await tokens.insert(token({ mintedFrom: [root.id] }), BY)
    const stranger = await tokens.insert(token(), BY)
    expect(new Set(await tokens.revoke(child.id, BY))).toEqual(new Set([child.id, grandchild.id]))
    expect((await tokens.byHash(grandchild.hash))?.revokedAt).toBe(clock.now())
    clock.advance(1)
    expect(new Set(await tokens.revoke(root.id, BY))).toEqual(new Set([root.id, sibling.id]))
    expect((await tokens.byHash(child.hash))?.revokedAt).toBe(clock.now() - 1)
    expect((await tokens.byHash(stranger.hash))?.revokedAt).toBeNull()
    expect(await tokens.revoke(newId(), BY)).toEqual([])
    const { items } = await events.list({ types: ['token.revoked'] }, { limit: 100 })
    const told = items.map((e) => e.targetId)
    expect(told.filter((id) => id === child.id)).toHaveLength(1)
    expect(told).toContain(sibling.id)
  })

  test('what was minted from a signed token falls with its jti', async () => {
    const { tokens } = open()
    const child = await tokens.insert(token({ mintedFrom: ['some-jti'] }), BY)
    expect(await tokens.revoke('some-jti', BY)).toEqual([child.id])
  })

  test('revoking a token without a row is told once, with what is known of it', async () => {
    const { tokens, events, clock } = open()
    const id = `sha256:${newId()}`
    const login = { kind: 'login', accountId: newId(), expiresAt: clock.now() + 1_000 }
    await tokens.revoke(id, BY, login)
    await tokens.revoke(id, BY, login)
    const { items } = await events.list({ types: ['token.revoked'] }, { limit: 100 })
    const told = items.filter((e) => e.targetId === id)
    expect(told).toMatchObject([{ ...BY, data: { kind: 'login', name: null, accountId: login.accountId } }])
  })

  test('a revocation is kept until the last of what was minted from the token has ended', async () => {
    const { tokens, revocations, clock, ...store } = open()
    const [login, hour, year] = [`sha256:${newId()}`, 3600_000, 365 * 24 * 3600_000]
    const endOf = async (id: string) => (await revocations.unexpired(100)).find((r) => r.id === id)?.expiresAt
    await tokens.revoke(login, BY, { kind: 'login', accountId: null, expiresAt: clock.now() + hour })
    expect(await endOf(login)).toBeGreaterThan(clock.now() + hour)

    const [personal, remembered] = [`sha256:${newId()}`, `sha256:${newId()}`]
    await tokens.insert(token({ mintedFrom: [personal], expiresAt: clock.now() + year }), BY)
    await tokens.revoke(personal, BY, { kind: 'login', accountId: null, expiresAt: clock.now() + hour })
    expect(await endOf(personal)).toBeGreaterThan(clock.now() + year)

    const family = { id: newId(), subjectId: newId(), actorId: null, clientId: null, grants: UNRESTRICTED }
    const refreshing = new RefreshTokens({ ...store, clock, revocations })
    const { endsAt } = await refreshing.start({ ...family, mintedFrom: [remembered] }, newId(), BY)
    await tokens.revoke(remembered, BY, { kind: 'login', accountId: null, expiresAt: clock.now() + hour })
    expect(await endOf(remembered)).toBeGreaterThan(endsAt)
  })

  test('a token that very many were minted from can be revoked (crowd-of-children-regression)', async () => {
    const { tokens, database } = open()
    const parent = await tokens.insert(token(), BY)
    const { id: _id, ...child } = await database.kysely
      .selectFrom('opaque_tokens')
      .selectAll()
      .where('id', '=', parent.id)
      .executeTakeFirstOrThrow()
    const children = Array.from({ length: 1_000 }, () => {
      const id = newId()
      return { ...child, id, hash: id, minted_from: JSON.stringify([parent.id]) }
    })
    // More ids than one statement can have parameters.
    for (let thousands = 0; thousands < 33; thousands++)
      await database.kysely
        .insertInto('opaque_tokens')
        .values(children.map((row) => ({ ...row, id: newId(), hash: newId() })))
        .execute()
    expect(await tokens.revoke(parent.id, BY)).toHaveLength(33_001)
  })

  test('the log tells of a token without its hash', async () => {
    const { tokens, events } = open()
    const made = await tokens.insert(token(), BY)
    const { items } = await events.list({ types: ['token.minted'] }, { limit: 1 })
    expect(items[0]).toMatchObject({ targetId: made.id, actorId: 'actor' })
    expect(JSON.stringify(items[0])).not.toContain(made.hash)
  })

  test('the last use is noted at most once a minute', async () => {
    const { tokens, clock } = open()
    const made = await tokens.insert(token(), BY)
    await tokens.touch(made, '10.0.0.1')
    const first = clock.now()
    clock.advance(59_999)
    await tokens.touch(made, '10.0.0.2')
    expect(await tokens.byHash(made.hash)).toMatchObject({ lastUsedAt: first, lastUsedAddress: '10.0.0.1' })
    clock.advance(1)
    await tokens.touch((await tokens.byHash(made.hash))!, '10.0.0.3')
    expect(await tokens.byHash(made.hash)).toMatchObject({
      lastUsedAt: clock.now(),
      lastUsedAddress: '10.0.0.3',
    })
  })
})
