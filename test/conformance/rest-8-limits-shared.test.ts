/** rest-api.md, section 8: limits that several replicas share, against a real Redis where there is one. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { expect, test } from 'vitest'
import { rateLimiter } from '../../src/http/rate-limit.ts'
import { openRedis } from '../../src/http/redis.ts'
import { ANONYMOUS, type Principal } from '../../src/kernel/principal.ts'

const BUDGETS = { read: 2, write: 1, push: 0 }
const alice: Principal = { ...ANONYMOUS, kind: 'user', accountId: 'a' }

test.skipIf(!hasRedisServer())('8. replicas share their counts through Redis', async () => {
  await using server = await startRedis()
  const [one, two] = [await server.connect(), await server.connect()]
  const [first, second] = [using(rateLimiter(BUDGETS, one)), using(rateLimiter(BUDGETS, two))]
  await first('read', alice)
  await second('read', alice)
  await expect(first('read', alice)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  await expect(second('read', alice)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
})

test.skipIf(!hasRedisServer())('8. when Redis dies the limiter goes on in memory', async () => {
  await using server = await startRedis()
  const redis = await server.connect()
  const limit = using(rateLimiter(BUDGETS, redis))
  await limit('write', alice)
  const closed = once(redis, 'close')
  await server.stop()
  await closed
  expect(await limit('write', alice)).toMatchObject({ 'ratelimit-remaining': 0 })
  await expect(limit('write', alice)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
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

function hasRedisServer(): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((dir) => {
    try {
      accessSync(join(dir, 'redis-server'), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

async function startRedis() {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-redis-'))
  const socket = join(dir, 'redis.sock')
  const child = spawn('redis-server', ['--port', '0', '--unixsocket', socket, '--save', ''], { cwd: dir })
  for await (const chunk of child.stdout) if (String(chunk).includes('eady to accept')) break
  const open: { disconnect(): void }[] = []
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill()
    await ended
  }
  return {
    stop,
    async connect() {
      const redis = await openRedis(socket, () => {})
      open.push(redis)
      await once(redis, 'ready')
      return redis
    },
    async [Symbol.asyncDispose]() {
      for (const redis of open) redis.disconnect()
      await stop()
      await rm(dir, { recursive: true })
    },
  }
}
