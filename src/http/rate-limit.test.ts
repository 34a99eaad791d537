import type { FastifyReply, FastifyRequest } from 'fastify'
import { describe, expect, test } from 'vitest'
import { ANONYMOUS, INTERNAL, type Principal } from '../kernel/principal.ts'
import { networkOf, rateLimiter } from './rate-limit.ts'
import { openRedis } from './redis.ts'

const BUDGETS = { read: 2, write: 1, push: 0, token: 0 }
const alice: Principal = { ...ANONYMOUS, kind: 'user', accountId: 'a' }
const bob: Principal = { ...ANONYMOUS, kind: 'user', accountId: 'b' }

describe('a limiter', () => {
  test('lets the budget pass and refuses the request after it, with a true Retry-After', async () => {
    const limit = using(rateLimiter(BUDGETS, null))
    expect(await limit('read', alice)).toMatchObject({ 'ratelimit-limit': 2, 'ratelimit-remaining': 1 })
    expect(await limit('read', alice)).toMatchObject({ 'ratelimit-remaining': 0 })
    const refused = await limit('read', alice).catch((err: unknown) => err)
    expect(refused).toMatchObject({ code: 'RATE_LIMITED' })
    const { retryAfterSeconds } = (refused as { details: { retryAfterSeconds: number } }).details
    expect(retryAfterSeconds).toBeGreaterThan(0)
    expect(retryAfterSeconds).toBeLessThanOrEqual(60)
  })

  test('counts principals, classes and anonymous addresses apart', async () => {
    const limit = using(rateLimiter(BUDGETS, null))
    await limit('write', alice)
    await limit('write', bob)
    await limit('read', alice)
    await limit('write', ANONYMOUS, '192.0.2.1')
    await limit('write', ANONYMOUS, '192.0.2.2')
    await expect(limit('write', alice)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    await expect(limit('write', ANONYMOUS, '192.0.2.1')).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  })

  test('does not count a class whose budget is 0, nor the internal token', async () => {
    const limit = using(rateLimiter(BUDGETS, null))
    for (let i = 0; i < 5; i++) expect(await limit('push', alice)).toEqual({})
    for (let i = 0; i < 5; i++) expect(await limit('write', INTERNAL)).toEqual({})
  })

  test('goes on in memory while Redis is down', async () => {
    const redis = await openRedis('redis://127.0.0.1:1', () => {})
    try {
      const limit = using(rateLimiter(BUDGETS, redis))
      await limit('write', alice)
      await expect(limit('write', alice)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
      await expect(redis.ping()).rejects.toThrow()
    } finally {
      redis.disconnect()
    }
  })
})

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('the address %s is counted as %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

function using(limit: ReturnType<typeof rateLimiter>) {
  return async (rate: 'read' | 'write' | 'push', principal: Principal, ip = '192.0.2.9') => {
    const told: Record<string, unknown> = {}
    const reply = {
      header(name: string, value: unknown) {
        told[name] = value
        return reply
      },
    }
    await limit(rate, principal, { ip } as FastifyRequest, reply as unknown as FastifyReply)
    return told
  }
}
