/**
 * The server is killed at every step of a push. What was acknowledged is there after a restart; the
 * rest is wholly there or wholly absent; the log tells exactly what happened.
 */
import { utimes, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Actor } from '../support/actor.ts'
import type { Mishap } from '../support/doomed/server.ts'
import { openHost, type Host } from '../support/host.ts'

type Outcome =
  /** The push never happened. */
  | 'absent'
  /** Recovery finished it, and told so. */
  | 'recovered'
  /** It was over; only the answer was lost. */
  | 'complete'

/** An intent that says `decided` is the point of no return. */
const STEPS: readonly (Mishap & { readonly outcome: Outcome; readonly files?: number })[] = [
  { what: 'SIGKILL', step: 'before receive', outcome: 'absent' },
  { what: 'SIGKILL', step: 'after receive', outcome: 'absent' },
  { what: 'SIGKILL', step: 'after receive', outcome: 'absent', files: 150 },
  { what: 'SIGKILL', step: 'before checkConnectivity', outcome: 'absent' },
  { what: 'SIGKILL', step: 'after checkConnectivity', outcome: 'absent' },
  { what: 'SIGKILL', step: 'before describe', outcome: 'absent' },
  { what: 'SIGKILL', step: 'after describe', outcome: 'absent' },
  { what: 'SIGKILL', step: 'before sync', outcome: 'absent' },
  { what: 'SIGKILL', step: 'halfway sync', outcome: 'absent' },
  { what: 'SIGKILL', step: 'after sync', outcome: 'absent' },
  { what: 'SIGKILL', step: 'before prepare', outcome: 'absent' },
  { what: 'SIGKILL', step: 'after prepare', outcome: 'absent' },
  { what: 'SIGKILL', step: 'before open', outcome: 'absent' },
  { what: 'SIGKILL', step: 'after open', outcome: 'recovered' },
  { what: 'SIGKILL', step: 'before migrate', outcome: 'recovered' },
  { what: 'power cut', step: 'halfway migrate', outcome: 'recovered' },
  { what: 'power cut', step: 'halfway migrate', outcome: 'recovered', files: 150 }, // these come as a pack
  { what: 'SIGKILL', step: 'after migrate', outcome: 'recovered' },
  { what: 'SIGKILL', step: 'before commit', outcome: 'recovered' },
  { what: 'power cut', step: 'before commit', outcome: 'recovered' },
  { what: 'power cut', step: 'halfway commit', outcome: 'recovered' },
  { what: 'SIGKILL', step: 'after commit', outcome: 'recovered' },
  { what: 'SIGKILL', step: 'before followHead', outcome: 'recovered' },
  { what: 'SIGKILL', step: 'after followHead', outcome: 'recovered' },
  { what: 'SIGKILL', step: 'before syncRefs', outcome: 'recovered' },
  { what: 'SIGKILL', step: 'after syncRefs', outcome: 'recovered' },
  { what: 'SIGKILL', step: 'before complete', outcome: 'recovered' },
  { what: 'SIGKILL', step: 'after complete', outcome: 'complete' },
]
const oldBranch = (n: number) => `refs/heads/old-${n}`
const newBranch = (n: number) => `refs/heads/new-${n}`

describe('a push that moves, makes and deletes a branch', () => {
  let host: Host
  let agent: Actor

  beforeAll(async () => {
    host = await openHost()
    agent = await host.actor('agent')
    await agent.start(host.repoUrl)
    await agent.commit('a.txt', 'first\n')
    const doomed = STEPS.map((_, n) => `main:${oldBranch(n)}`)
    await agent.ok('push', host.repoUrl, 'main', ...doomed)
  })
  afterAll(() => host[Symbol.asyncDispose]())

  test.each(STEPS.map((step, n) => ({ ...step, n })))(
    '$what $step: $outcome',
    async ({ outcome, files = 0, n, ...mishap }) => {
      const before = { refs: await host.refs(), pushes: await host.pushes() }
      await writeFiles(agent, files, n)
      const tip = await agent.commit('a.txt', `change ${n}\n`)
      await host.server.arm(mishap)
      const pushed = await agent.git('push', host.repoUrl, 'main', `main:${newBranch(n)}`, `:${oldBranch(n)}`)
      expect(pushed.code).not.toBe(0)
      expect(await host.server.ended).toBe('SIGKILL')

      await host.start()
      const events = (await host.pushes()).slice(before.pushes.length)
      if (outcome === 'absent') {
        expect(await host.refs()).toEqual(before.refs)
        expect(events).toEqual([])
        expect((await host.onServer('cat-file', '-e', tip)).code).not.toBe(0)
      } else {
        const after = new Map(before.refs).set('refs/heads/main', tip).set(newBranch(n), tip)
        after.delete(oldBranch(n))
        expect(await host.refs()).toEqual(after)
        expect(events.map(({ data }) => data.recovered ?? false)).toEqual([outcome === 'recovered'])
        expect(events[0]?.data.refs.map(({ ref }) => ref).sort()).toEqual(
          ['refs/heads/main', newBranch(n), oldBranch(n)].sort(),
        )
      }
      await expectSound(host)
      await agent.commit('b.txt', `next ${n}\n`)
      expect((await agent.git('push', host.repoUrl, 'main')).output).toContain('main -> main')
      expect(await host.pushes()).toHaveLength(before.pushes.length + events.length + 1)
    },
  )
})

test('locks that a power cut has left without an intent keep a branch closed until they are old, and no longer', async () => {
  await using host = await openHost()
  const agent = await host.actor('agent')
  await agent.start(host.repoUrl)
  await agent.commit('a.txt', 'first\n')
  await agent.ok('push', host.repoUrl, 'main', 'main:old')
  const tip = await agent.commit('a.txt', 'second\n')
  await host.server.arm({ what: 'power cut', step: 'after prepare' })
  const pushing = () => agent.git('push', host.repoUrl, 'main', ':old')
  expect((await pushing()).code).not.toBe(0)
  expect(await host.server.ended).toBe('SIGKILL')

  await host.start()
  const left = await host.leftovers()
  expect(left.map((path) => basename(path))).toContain('main.lock')
  expect((await pushing()).output).toContain('ref is locked; try again')
  for (const path of left) await utimes(join(host.root, path), 0, 0)
  expect((await pushing()).output).toContain('main -> main')
  expect((await host.refs()).get('refs/heads/main')).toBe(tip)
  await expectSound(host)
})

async function writeFiles(agent: Actor, files: number, n: number): Promise<void> {
  for (let i = 0; i < files; i++) await writeFile(join(agent.dir, `many-${i}.txt`), `${i} of ${n}\n`)
  await agent.ok('add', '-A')
}

async function expectSound(host: Host): Promise<void> {
  expect(await host.leftovers()).toEqual([])
  const fsck = await host.onServer('fsck', '--strict', '--no-dangling')
  expect(fsck.output).toBe('')
  expect(fsck.code).toBe(0)
}
