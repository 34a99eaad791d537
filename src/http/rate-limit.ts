/**
 * Requests a minute, per principal, or per address when nobody is signed in. Counted in memory, or
 * in Redis for several replicas; while Redis is down, in memory again.
 */
import type { FastifyReply } from 'fastify'
import type { Redis } from 'ioredis'
import RateLimiterMemory from 'rate-limiter-flexible/lib/RateLimiterMemory.js'
import RateLimiterRedis from 'rate-limiter-flexible/lib/RateLimiterRedis.js'
import RateLimiterRes from 'rate-limiter-flexible/lib/RateLimiterRes.js'
import { AppError } from '../kernel/errors.ts'
import { principalKey, type Principal } from '../kernel/principal.ts'
import type { PermissionParts } from './permission.ts'
import type { RateClass } from './route-config.ts'

/** Requests a minute; 0 switches the class off. */
export type Budgets = Readonly<Record<RateClass, number>>

const WINDOW_SECONDS = 60

/**
 * The `limit` of permission.ts. Calls with the internal token stand for many people and are not
 * counted.
 */
export function rateLimiter(budgets: Budgets, redis: Redis | null): PermissionParts['limit'] {
  const limiters = {
    read: counter('read', budgets.read, redis),
    write: counter('write', budgets.write, redis),
    push: counter('push', budgets.push, redis),
    token: counter('token', budgets.token, redis),
  }
  return async (rate, principal, request, reply) => {
    const limiter = limiters[rate]
    if (limiter === null || principal.kind === 'internal') return
    const count = await limiter.consume(partyOf(principal, request.ip)).catch(overdrawn)
    const resetSeconds = Math.max(1, Math.ceil(count.msBeforeNext / 1000))
    tell(reply, limiter.points, count.remainingPoints, resetSeconds)
    if (count.consumedPoints > limiter.points) {
      throw new AppError('RATE_LIMITED', {
        details: { limit: limiter.points, windowSeconds: WINDOW_SECONDS, retryAfterSeconds: resetSeconds },
      })
    }
  }
}

function counter(rate: RateClass, points: number, redis: Redis | null) {
  if (points === 0) return null
  const options = { points, duration: WINDOW_SECONDS, keyPrefix: `sluice:rate:${rate}` }
  const memory = new RateLimiterMemory(options)
  if (redis === null) return memory
  return new RateLimiterRedis({
    ...options,
    storeClient: redis,
    rejectIfRedisNotReady: true,
    insuranceLimiter: memory,
  })
}

/** The library rejects with the count when the budget is spent. */
function overdrawn(rejected: unknown): RateLimiterRes {
  if (rejected instanceof RateLimiterRes) return rejected
  throw rejected
}

/** @see draft-ietf-httpapi-ratelimit-headers-06 */
function tell(reply: FastifyReply, limit: number, remaining: number, resetSeconds: number): void {
  reply
    .header('ratelimit-limit', limit)
    .header('ratelimit-remaining', remaining)
    .header('ratelimit-reset', resetSeconds)
}

/** Whose budget it is: the principal's, or that of the network nobody has signed in from. */
export function partyOf(principal: Principal, address: string): string {
  return principal.kind === 'anonymous' ? networkOf(address) : principalKey(principal)
}

/** One IPv4 address, or the /64 that one IPv6 customer has to itself. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped?.[1]) return mapped[1]
  const [head = '', tail] = address.split('::')
  const front = head.split(':').filter(Boolean)
  const back = tail?.split(':').filter(Boolean) ?? []
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => '0')
  return `${[...front, ...zeros, ...back].slice(0, 4).join(':')}::/64`
}
