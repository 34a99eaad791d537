import { expect, test } from 'vitest'
import { forEachEngine, HandClock } from '../../test/support/databases.ts'
import { newId } from '../kernel/uuid.ts'
import { IdempotencyKeys } from './idempotency.ts'

const RESPONSE = { status: 201, headers: { location: '/repos/a/b' }, body: '{"id":1}' }

forEachEngine('idempotency keys', (on) => {
  const open = () => {
    const clock = new HandClock()
    return {
      clock,
      keys: new IdempotencyKeys({ database: on.database, clock }),
      which: { principal: 'user:a', key: newId() },
    }
  }

  test('of many at once exactly one is the first', async () => {
    const { keys, which } = open()
    const attempts = await Promise.all(Array.from({ length: 20 }, () => keys.begin(which, 'h')))
    expect(attempts.filter((a) => a.state === 'first')).toHaveLength(1)
    expect(attempts.filter((a) => a.state === 'running')).toHaveLength(19)
  })

  test('the first result is answered again, for a day', async () => {
    const { keys, which, clock } = open()
    await keys.begin(which, 'h')
    await keys.finish(which, RESPONSE)
    clock.advance(24 * 60 * 60_000 - 1)
    expect(await keys.begin(which, 'h')).toEqual({ state: 'finished', response: RESPONSE })
    clock.advance(1)
    expect(await keys.begin(which, 'another')).toEqual({ state: 'first' })
  })

  test('another request under the same key is IDEMPOTENCY_KEY_REUSED, running or finished', async () => {
    const { keys, which } = open()
    await keys.begin(which, 'h')
    await expect(keys.begin(which, 'other')).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' })
    await keys.finish(which, RESPONSE)
    await expect(keys.begin(which, 'other')).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' })
    expect(await keys.begin({ ...which, principal: 'user:b' }, 'other')).toEqual({ state: 'first' })
  })

  test('an abandoned key is free, a finished one is not', async () => {
    const { keys, which } = open()
    await keys.begin(which, 'h')
    await keys.abandon(which)
    expect(await keys.begin(which, 'h2')).toEqual({ state: 'first' })
    await keys.finish(which, RESPONSE)
    await keys.abandon(which)
    expect(await keys.lookup(which, 'h2')).toEqual({ state: 'finished', response: RESPONSE })
  })

  test('a key whose server died is free after a while, and expired keys can be removed', async () => {
    const { keys, which, clock } = open()
    await keys.begin(which, 'h')
    clock.advance(10 * 60_000)
    expect(await keys.lookup(which, 'h')).toBeNull()
    expect(await keys.removeExpired()).toBeGreaterThanOrEqual(1)
    expect(await keys.begin(which, 'h')).toEqual({ state: 'first' })
  })
})
