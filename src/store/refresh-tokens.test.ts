import { expect, test } from 'vitest'
import { forEachEngine, storeOn } from '../../test/support/databases.ts'
import { UNRESTRICTED } from '../kernel/grants.ts'
import { newId } from '../kernel/uuid.ts'
import { RefreshTokens, type NewRefreshFamily } from './refresh-tokens.ts'
import { Revocations } from './revocations.ts'

const BY = { actorId: 'ann', agentId: null }
const DAY_MS = 24 * 3600_000

forEachEngine('refresh tokens', (on) => {
  const open = async () => {
    const store = storeOn(on.database)
    const revocations = new Revocations(store)
    const tokens = new RefreshTokens({ ...store, revocations })
    const family: NewRefreshFamily = {
      id: newId(),
      subjectId: 'ann',
      actorId: null,
      clientId: 'laptop',
      grants: UNRESTRICTED,
      mintedFrom: ['login'],
    }
    const first = newId()
    await tokens.start(family, first, BY)
    const isOver = () => revocations.anyRevoked([family.id])
    const next = async (hash: string) => {
      const successor = newId()
      return (await tokens.rotate(hash, successor)) ? successor : null
    }
    return { ...store, tokens, family, first, next, isOver }
  }

  test('a family is found by its token, whole, and told without its hash', async () => {
    const { tokens, family, first, clock, events } = await open()
    expect(await tokens.present(first)).toEqual({
      family: { ...family, endsAt: clock.now() + 90 * DAY_MS },
      reused: false,
    })
    expect(await tokens.present('another')).toBeNull()
    const { items } = await events.list({ types: ['token.minted'] }, { limit: 1 })
    expect(items[0]).toMatchObject({ targetId: family.id, actorId: 'ann', data: { kind: 'refresh' } })
    expect(JSON.stringify(items[0])).not.toContain(first)
  })

  test('each use makes a successor, and the successor the next', async () => {
    const { next, first, isOver, clock } = await open()
    let token: string | null = first
    for (let i = 0; i < 5; i++) {
      token = await next(token)
      expect(token).not.toBeNull()
      clock.advance(DAY_MS)
      token ??= ''
    }
    expect(await isOver()).toBe(false)
  })

  test('the predecessor works once more within 30 s, for a client that lost the answer', async () => {
    const { next, first, tokens, isOver, clock } = await open()
    const lost = (await next(first))!
    clock.advance(30_000)
    const again = (await next(first))!
    expect(await tokens.present(again)).toMatchObject({ reused: false })
    expect(await tokens.present(lost)).toMatchObject({ reused: false })
    expect(await isOver()).toBe(false)
  })

  test('after 30 s its use ends the family, its newest token with it, and is told once', async () => {
    const { next, first, tokens, family, isOver, clock, events } = await open()
    const second = (await next(first))!
    clock.advance(30_001)
    expect(await tokens.present(first)).toMatchObject({ reused: true })
    expect(await next(first)).toBeNull()
    expect(await isOver()).toBe(true)
    expect(await tokens.present(second)).toBeNull()
    expect(await next(second)).toBeNull()
    expect(await next(first)).toBeNull()
    const { items } = await events.list({ types: ['token.revoked'] }, { limit: 100 })
    expect(items.filter((e) => e.targetId === family.id).map((e) => e.data)).toEqual([
      { kind: 'refresh', name: null, accountId: 'ann', reason: 'a refresh token was used again' },
    ])
  })

  test('a token older than the predecessor ends the family at once', async () => {
    const { next, first, isOver } = await open()
    const second = (await next(first))!
    await next(second)
    expect(await next(first)).toBeNull()
    expect(await isOver()).toBe(true)
  })

  test('a thief and a client that go on from the same token find each other out', async () => {
    const { next, first, isOver, clock } = await open()
    const [clients, thiefs] = [(await next(first))!, (await next(first))!]
    await next(clients)
    clock.advance(60_000)
    expect(await next(thiefs)).toBeNull()
    expect(await isOver()).toBe(true)
  })

  test('ten uses of one token at once are one use and nine lost answers', async () => {
    const { next, first, isOver, tokens } = await open()
    const made = await Promise.all(Array.from({ length: 10 }, () => next(first)))
    expect(new Set(made).size).toBe(10)
    expect(made).not.toContain(null)
    for (const token of made) expect(await tokens.present(token!)).toMatchObject({ reused: false })
    expect(await isOver()).toBe(false)
  })

  test('a family ends 30 days after its last use, and 90 days after its beginning', async () => {
    const { next, first, tokens, clock } = await open()
    clock.advance(30 * DAY_MS - 1)
    const second = (await next(first))!
    clock.advance(30 * DAY_MS - 1)
    const third = (await next(second))!
    clock.advance(30 * DAY_MS - 1)
    const fourth = (await next(third))!
    clock.advance(2)
    expect(await tokens.present(fourth)).not.toBeNull()
    clock.advance(1)
    expect(await tokens.present(fourth)).toBeNull()

    const idle = await open()
    idle.clock.advance(30 * DAY_MS)
    expect(await idle.tokens.present(idle.first)).toBeNull()
    expect(await idle.next(idle.first)).toBeNull()
  })

  test('a family that somebody revokes has ended, once', async () => {
    const { tokens, family, first, isOver } = await open()
    expect(await tokens.revoke(family.id, BY)).toBe(true)
    expect(await tokens.revoke(family.id, BY)).toBe(false)
    expect(await tokens.revoke(newId(), BY)).toBe(false)
    expect([await isOver(), await tokens.present(first)]).toEqual([true, null])
  })

  test('what has ended is forgotten, and nothing else', async () => {
    const { tokens, family, first, next, clock } = await open()
    clock.advance(29 * DAY_MS)
    const second = (await next(first))!
    clock.advance(DAY_MS)
    await tokens.removeExpired()
    expect(await tokens.present(first)).toBeNull()
    expect(await tokens.present(second)).not.toBeNull()
    await tokens.revoke(family.id, BY)
    await tokens.removeExpired()
    const left = on.database.kysely.selectFrom('refresh_tokens').selectAll().where('hash', '=', second)
    expect(await left.execute()).toEqual([])
  })
})
