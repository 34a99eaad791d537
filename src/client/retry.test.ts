import { describe, expect, test } from 'vitest'
import { DEFAULT_RETRY, Patience, pause, retryAfterMs } from './retry.ts'

const answer = (status: number, retryAfter?: string) => ({
  status,
  headers: new Headers(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
})

describe('Retry-After, RFC 9110 section 10.2.3', () => {
  const now = Date.parse('2026-01-02T03:04:05Z')
  test.each([
    ['0', 0],
    ['7', 7_000],
    [' 7 ', 7_000],
    ['Fri, 02 Jan 2026 03:04:15 GMT', 10_000],
    ['Fri, 02 Jan 2026 03:03:00 GMT', 0],
    ['soon', null],
    ['', null],
  ])('%j', (text, expected) => {
    expect(retryAfterMs(new Headers({ 'retry-after': text }), now)).toBe(expected)
  })
})

describe('how long a call waits', () => {
  test.each([429, 503])('%d: as long as the server says, and a little longer', (status) => {
    const waits = [0, 0.5, 0.999].map((random) =>
      new Patience(DEFAULT_RETRY, () => random).waitMs(answer(status, '8'), 0),
    )
    expect(waits).toEqual([8_000, 9_000, 9_998])
    expect(new Patience(DEFAULT_RETRY, () => 1).waitMs(answer(status, '0'), 0)).toBe(250)
  })

  test('it doubles where the server does not say', () => {
    const patience = new Patience(DEFAULT_RETRY, () => 0)
    expect([1, 2, 3, 4].map(() => patience.waitMs(answer(503), 0))).toEqual([500, 1000, 2000, 4000])
  })

  test.each([200, 400, 401, 403, 404, 409, 500, 502, 504])('not at all after %d', (status) => {
    expect(new Patience(DEFAULT_RETRY).waitMs(answer(status, '1'), 0)).toBeNull()
  })

  test('so many times and no more', () => {
    const patience = new Patience({ times: 2, maxWaitSeconds: 60 }, () => 0)
    expect([1, 2, 3].map(() => patience.waitMs(answer(429, '1'), 0))).toEqual([1000, 1000, null])
  })

  test('not for a server that asks for more than there is, nor in several steps', () => {
    const policy = { times: 9, maxWaitSeconds: 10 }
    expect(new Patience(policy, () => 0).waitMs(answer(429, '11'), 0)).toBeNull()
    const patience = new Patience(policy, () => 0)
    expect([1, 2, 3].map(() => patience.waitMs(answer(429, '4'), 0))).toEqual([4000, 4000, null])
  })
})

describe('a wait', () => {
  test('ends when it is over', async () => {
    await expect(pause(0)).resolves.toBeUndefined()
  })

  test('ends at once with the reason of its signal', async () => {
    const impatient = new AbortController()
    const waiting = pause(3600_000, impatient.signal)
    impatient.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    await expect(pause(3600_000, impatient.signal)).rejects.toThrow('enough')
  })
})
