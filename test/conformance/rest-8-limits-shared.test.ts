/** rest-api.md, section 8: limits that several replicas share, against a real Redis. */
import { once } from 'node:events'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { expect, vi } from 'vitest'
import { rateLimiter } from '../../src/http/rate-limit.ts'
import { openRedis } from '../../src/http/redis.ts'
import { ANONYMOUS, type Principal } from '../../src/kernel/principal.ts'
import { newId } from '../../src/kernel/uuid.ts'
import { testWithRedis, type TestRedis } from '../support/redis.ts'
import { restWorld, Stage } from '../support/rest.ts'

const BUDGETS = { read: 2, write: 1, push: 0, token: 0 }

testWithRedis('8. replicas share their counts through Redis', async (redis) => {
  const alice = somebody()
  await using one = await connection(redis)
  await using two = await connection(redis)
  const [first, second] = [using(rateLimiter(BUDGETS, one.redis)), using(rateLimiter(BUDGETS, two.redis))]
  await first('read', alice)
  await second('read', alice)
  await expect(first('read', alice)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  await expect(second('read', alice)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
})

testWithRedis('8. when Redis dies the limiter goes on in memory', async (redis) => {
  const alice = somebody()
  await using one = await connection(redis)
  const limit = using(rateLimiter(BUDGETS, one.redis))
  await limit('write', alice)
  const closed = once(one.redis, 'close')
  redis.cut()
  await closed
  expect(await limit('write', alice)).toMatchObject({ 'ratelimit-remaining': 0 })
  await expect(limit('write', alice)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
})

testWithRedis(
  '8. /health says that Redis is gone, and requests are still served and limited',
  async (redis) => {
    await using w = await restWorld({ REDIS_URL: redis.url, SLUICE_RATE_READS_PER_MINUTE: '2' })
    const stage = new Stage(w)
    const health = async () => {
      const { status, json } = await stage.ask(null, 'GET', '/health')
      return [status, json.status, json.components.redis]
    }
    await vi.waitFor(async () => expect(await health()).toEqual([200, 'ok', 'ok'])) // it connects in the background
    redis.cut()
    expect(await health()).toEqual([200, 'degraded', 'down'])
    const statuses = [1, 2, 3].map(async () => (await stage.ask('owner', 'GET', '/repos')).status)
    expect((await Promise.all(statuses)).sort()).toEqual([200, 200, 429])
  },
)

/** Nobody else counts under that name. */
function somebody(): Principal {
  return { ...ANONYMOUS, kind: 'user', accountId: newId() }
}

async function connection({ url }: TestRedis) {
  const redis = await openRedis(url, () => {})
  await once(redis, 'ready')
  return { redis, [Symbol.asyncDispose]: async () => redis.disconnect() }
}

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
