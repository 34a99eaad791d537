import { expect, test } from 'vitest'
import { forEachEngine, HandClock } from '../../../test/support/databases.ts'
import { Rejections } from './rejections.ts'
import { Relays } from './relays.ts'

const DAY_MS = 24 * 3600_000
const [FIRST, SECOND, THIRD] = ['1', '2', '3'].map((digit) => digit.repeat(64)) as [string, string, string]

forEachEngine('what is remembered of other relays', (on) => {
  test('the health of a relay is what was noted last; of one never tried nothing is known', async () => {
    const relays = new Relays({ database: on.database })
    const url = 'wss://relay.example/'
    expect(await relays.healthOf(url)).toBeNull()
    const failed = {
      failures: 3,
      retryAt: 2_000,
      failingSince: 1_000,
      lastError: 'the connection was refused',
      connectedAt: null,
      syncedAt: null,
    }
    await relays.note(url, failed)
    expect(await relays.healthOf(url)).toEqual(failed)
    const well = {
      ...failed,
      failures: 0,
      failingSince: null,
      lastError: null,
      connectedAt: 3_000,
      syncedAt: 3_000,
    }
    await relays.note(url, well)
    expect(await relays.healthOf(url)).toEqual(well)
  })

  test('a refused event is remembered for seven days', async () => {
    const clock = new HandClock()
    const rejections = new Rejections({ database: on.database, clock })
    await rejections.add(FIRST, ['app'], 'invalid: author not authorized')
    clock.advance(DAY_MS)
    await rejections.add(SECOND, [], 'blocked: not related')
    expect(await rejections.among([FIRST, SECOND, THIRD])).toEqual(new Set([FIRST, SECOND]))
    clock.advance(6 * DAY_MS)
    expect(await rejections.among([FIRST, SECOND, THIRD])).toEqual(new Set([SECOND]))
    await rejections.forget()
    clock.advance(-6 * DAY_MS)
    expect(await rejections.among([FIRST, SECOND, THIRD])).toEqual(new Set([SECOND]))
  })

  test('what named a repository of which more is known now may come again, whatever else it named', async () => {
    const rejections = new Rejections({ database: on.database, clock: new HandClock() })
    await rejections.add(FIRST, ['one', 'two'], 'invalid: author not authorized')
    await rejections.add(SECOND, ['two'], 'invalid: author not authorized')
    await rejections.reconsider('one')
    expect(await rejections.among([FIRST, SECOND])).toEqual(new Set([SECOND]))
    await rejections.reconsider('three')
    expect(await rejections.among([FIRST, SECOND])).toEqual(new Set([SECOND]))
  })
})
