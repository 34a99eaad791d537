/** A big push and a big clone stream through: the server's memory stays flat and it answers others meanwhile. */
import { randomFillSync } from 'node:crypto'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '../support/actor.ts'
import { openHost, type Host } from '../support/host.ts'
import { heldKib, peakKib } from '../support/memory.ts'
import { launcherOf } from '../support/processes.ts'

const MIB = Number(process.env['SLUICE_TEST_BIG_MIB'] ?? 256)
/** Enough of them that git keeps the pack as it comes: see UNPACK_LIMIT of pack-intake.ts. */
const BLOBS = 128
const MAX_GROWTH_KIB = 32 * 1024
/** While git keeps every core busy. */
const MAX_ANSWER_MS = 500
const TIMEOUT_MS = 30_000 + MIB * 200

let host: Host
let agent: Actor
let head: string
/** KiB of the server and its launcher before anything big. */
let idle: number
beforeAll(async () => {
  host = await openHost({ program: 'main' })
  agent = await host.actor('agent')
  await agent.start(host.repoUrl)
  for (const setting of ['core.compression=0', 'core.bigFileThreshold=1m', 'pack.window=0']) {
    await agent.ok('config', ...setting.split('='))
  }
  await warmUp()
  idle = heldKib(watched())
  for (let n = 0; n < BLOBS; n++) await writeRandom(join(agent.dir, `${n}.bin`))
  await agent.ok('add', '.')
  head = await agent.commit('a.txt', 'all of it\n')
}, TIMEOUT_MS)
afterAll(() => host[Symbol.asyncDispose]())

test(
  `a push of ${MIB} MiB grows the server and its launcher by less than 32 MiB`,
  { timeout: TIMEOUT_MS },
  async () => {
    const { growth, slowestMs } = await watch(() => agent.ok('push', host.repoUrl, 'main'))
    expect(await host.refs()).toEqual(new Map([['refs/heads/main', head]]))
    expect(growth).toBeLessThan(MAX_GROWTH_KIB)
    expect(slowestMs).toBeLessThan(MAX_ANSWER_MS)
  },
)

test(`a clone of ${MIB} MiB grows them by less than 32 MiB`, { timeout: TIMEOUT_MS }, async () => {
  const { growth, slowestMs } = await watch(() => agent.ok('clone', '-q', '--bare', host.repoUrl, 'copy.git'))
  expect(await agent.ok('-C', 'copy.git', 'rev-parse', 'main')).toBe(head)
  expect(growth).toBeLessThan(MAX_GROWTH_KIB)
  expect(slowestMs).toBeLessThan(MAX_ANSWER_MS)
})

function watched(): number[] {
  return [host.server.pid, launcherOf(host.server.pid)]
}

/** Growth over the idle server, in KiB, and the slowest answer to a small question meanwhile. */
async function watch(work: () => Promise<unknown>): Promise<{ growth: number; slowestMs: number }> {
  const asking = askUntil(`${host.server.url}/health/live`)
  const { peak } = await peakKib(watched(), work)
  const slowestMs = await asking.stop()
  return { growth: peak - idle, slowestMs }
}

/** One question after another: an event loop that stands still answers late. */
function askUntil(url: string) {
  let stopped = false
  const loop = async () => {
    let slowest = 0
    while (!stopped) {
      const from = performance.now()
      await (await fetch(url)).text()
      slowest = Math.max(slowest, performance.now() - from)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    return slowest
  }
  const ended = loop()
  return {
    stop: () => {
      stopped = true
      return ended
    },
  }
}

/** What runs for the first time takes memory that no size explains. */
async function warmUp(): Promise<void> {
  const warm = await host.actor('warm')
  await warm.start(host.repoUrl)
  await warm.commit('a.txt', 'warm\n')
  await warm.ok('push', host.repoUrl, 'main:warm')
  await warm.ok('clone', '-q', host.repoUrl, 'copy')
  await warm.ok('push', host.repoUrl, ':warm')
}

async function writeRandom(path: string): Promise<void> {
  const file = await open(path, 'w')
  await file.writeFile(randomFillSync(Buffer.allocUnsafe((MIB / BLOBS) * 1024 * 1024)))
  await file.close()
}
