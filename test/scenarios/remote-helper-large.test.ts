/** Large packs over `sluice://`: streamed both ways, and memory does not grow with them. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runGit, type GitRun } from '../support/actor.ts'
import { pathWithHelpers } from '../support/git-helpers.ts'
import { descendantsOf } from '../support/processes.ts'
import { world } from '../support/world.ts'

const LARGE_BYTES = 96 * 1024 * 1024
/** What node itself may take or leave between two runs. */
const SLACK_KIB = 40 * 1024
const EVERY_MS = 20

test('96 MiB are pushed and cloned in the memory that a few bytes take', { timeout: 120_000 }, async () => {
  await using w = await world()
  const env = {
    PATH: await pathWithHelpers(),
    SLUICE_URL: w.url,
    SLUICE_TOKEN_ENV: 'OWNER_TOKEN',
    OWNER_TOKEN: w.owner.token ?? '',
  }
  const git = (...args: string[]) => runGit(args, { cwd: w.owner.dir, env: { ...env, HOME: w.owner.dir } })
  const url = w.repo.url.replace(/^http:/, 'sluice+http:')
  await w.owner.start(url)
  await w.owner.commit('small.txt', 'small\n')
  const smallPush = await watched(() => git('push', 'origin', 'main'))
  const smallClone = await watched(() => git('clone', '-q', url, 'small'))
  await w.owner.ok('config', 'core.bigFileThreshold', '1m')
  await w.owner.commit('large.bin', randomBytes(LARGE_BYTES))
  const largePush = await watched(() => git('push', 'origin', 'main'))
  const largeClone = await watched(() => git('clone', '-q', url, 'large'))

  for (const { run } of [smallPush, smallClone, largePush, largeClone]) expect(run.code, run.output).toBe(0)
  expect(smallPush.peakKib).toBeGreaterThan(0)
  expect(largePush.peakKib).toBeLessThan(smallPush.peakKib + SLACK_KIB)
  expect(largeClone.peakKib).toBeLessThan(smallClone.peakKib + SLACK_KIB)
})

/** Runs git; the most memory that its helper ever held, as the kernel counts it. @see proc(5), VmHWM */
async function watched(start: () => Promise<GitRun>): Promise<{ run: GitRun; peakKib: number }> {
  let peakKib = 0
  const timer = setInterval(() => {
    const helpers = descendantsOf(process.pid).filter(({ command }) => command.includes('git-remote-sluice'))
    for (const { pid } of helpers) peakKib = Math.max(peakKib, mostKib(pid))
  }, EVERY_MS)
  try {
    return { run: await start(), peakKib }
  } finally {
    clearInterval(timer)
  }
}

function mostKib(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0 // it has ended meanwhile
  }
}
