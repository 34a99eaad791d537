import { expect, test } from 'vitest'
import { forEachEngine, HandClock } from '../../test/support/databases.ts'
import { newId } from '../kernel/uuid.ts'
import { DeviceLogins } from './device-logins.ts'

forEachEngine('device logins', (on) => {
  const open = async () => {
    const clock = new HandClock()
    const logins = new DeviceLogins({ database: on.database, clock })
    const login = {
      hash: newId(),
      clientId: 'laptop',
      scope: null,
      upstreamCode: 'sealed',
      intervalSeconds: 5,
      expiresAt: clock.now() + 600_000,
    }
    await logins.start(login)
    return { clock, logins, login }
  }

  test('a login is found by its hash, whole', async () => {
    const { logins, login } = await open()
    expect(await logins.byHash(login.hash)).toEqual(login)
    expect(await logins.byHash('another')).toBeNull()
  })

  test('a poll is in time when the interval has passed since the last that was', async () => {
    const { logins, login, clock } = await open()
    expect(await logins.poll(login)).toBe(true)
    clock.advance(4_999)
    expect(await logins.poll(login)).toBe(false)
    clock.advance(1)
    expect(await logins.poll(login)).toBe(true)
  })

  test('of many polls at once one is in time', async () => {
    const { logins, login } = await open()
    const polls = await Promise.all(Array.from({ length: 8 }, () => logins.poll(login)))
    expect(polls.filter((inTime) => inTime)).toHaveLength(1)
  })

  test('RFC 8628 3.5: slow_down makes the interval five seconds longer for good', async () => {
    const { logins, login } = await open()
    await logins.slowDown(login.hash)
    await logins.slowDown(login.hash)
    expect((await logins.byHash(login.hash))?.intervalSeconds).toBe(15)
  })

  test('a login ends once', async () => {
    const { logins, login } = await open()
    expect([await logins.end(login.hash), await logins.end(login.hash)]).toEqual([true, false])
    expect(await logins.byHash(login.hash)).toBeNull()
  })

  test('what has expired is forgotten, and nothing else', async () => {
    const { logins, login, clock } = await open()
    clock.advance(599_999)
    await logins.removeExpired()
    expect(await logins.byHash(login.hash)).not.toBeNull()
    clock.advance(1)
    await logins.removeExpired()
    expect(await logins.byHash(login.hash)).toBeNull()
  })
})
