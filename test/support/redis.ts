/**
 * Redis for tests: the server that `SLUICE_TEST_REDIS_URL` names, or an installed redis-server. With
 * `SLUICE_TEST_REQUIRE_REDIS=1` a missing one fails; only on a developer's machine it is a skipped test.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'

export interface TestRedis extends AsyncDisposable {
  readonly url: string
  /** Gone from one moment to the next, for everybody who came by `url`. */
  cut(): void
}

/** Declares a test that needs a real Redis. Others may use the same one: take keys of your own. */
export function testWithRedis(name: string, run: (redis: TestRedis) => Promise<void>): void {
  const given = process.env['SLUICE_TEST_REDIS_URL']
  if (given === undefined && !isInstalled()) {
    if (process.env['SLUICE_TEST_REQUIRE_REDIS'] !== '1') return test.skip(name)
    return test(name, () => expect.fail('neither SLUICE_TEST_REDIS_URL nor redis-server'))
  }
  test(name, async () => {
    await using server = given === undefined ? await startServer() : null
    await using redis = await passOn(server?.socket ?? new URL(given ?? ''))
    await run(redis)
  })
}

function isInstalled(): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((dir) => {
    try {
      accessSync(join(dir, 'redis-server'), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

async function startServer() {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-redis-'))
  const socket = join(dir, 'redis.sock')
  const child = spawn('redis-server', ['--port', '0', '--unixsocket', socket, '--save', ''], { cwd: dir })
  for await (const chunk of child.stdout) if (String(chunk).includes('eady to accept')) break
  return {
    socket,
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.kill()
      await ended
      await rm(dir, { recursive: true })
    },
  }
}

/** A port of its own in front of the server, so that a test can let it die and nobody else loses it. */
async function passOn(to: URL | string): Promise<TestRedis> {
  const open = new Set<Socket>()
  const front = createServer((client) => {
    const server = typeof to === 'string' ? connect(to) : connect(Number(to.port || 6379), to.hostname)
    for (const [socket, other] of [[client, server] as const, [server, client] as const]) {
      open.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        open.delete(socket)
        other.destroy()
      })
    }
    client.pipe(server).pipe(client)
  })
  await once(front.listen(0, '127.0.0.1'), 'listening')
  const cut = () => {
    front.close()
    for (const socket of open) socket.destroy()
  }
  const { port } = front.address() as AddressInfo
  return { url: `redis://127.0.0.1:${port}`, cut, [Symbol.asyncDispose]: async () => cut() }
}
