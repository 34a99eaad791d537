/** The disk is full, or broken, under a push: it is refused in words, leaves nothing, and the next one works. */
import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Actor } from '../support/actor.ts'
import type { Mishap } from '../support/doomed/server.ts'
import { openHost, type Host } from '../support/host.ts'
import { mayMount, SmallDisk } from '../support/small-disk.ts'

type Fault = Mishap & { readonly what: 'ENOSPC' | 'EIO' }

/** Nothing has moved, and nothing will. */
const REFUSED: readonly Fault[] = (
  [
    'before receive',
    'after receive',
    'before checkConnectivity',
    'before describe',
    'before sync',
    'after sync',
    'before prepare',
    'after prepare',
    'before open',
    'before migrate',
    'halfway migrate',
  ] as const
).flatMap((step) => [
  { step, what: 'ENOSPC' },
  { step, what: 'EIO' },
])

/** The decision stands on disk: a start finishes what was left. */
const DECIDED: readonly Fault[] = (['before commit', 'before followHead', 'before syncRefs'] as const).map(
  (step) => ({ step, what: 'EIO' }),
)

describe('a step that fails', () => {
  let host: Host
  let agent: Actor
  beforeAll(async () => {
    host = await openHost()
    agent = await host.actor('agent')
    await agent.start(host.repoUrl)
    await agent.commit('a.txt', 'first\n')
    await agent.ok('push', host.repoUrl, 'main')
  })
  afterAll(() => host[Symbol.asyncDispose]())

  test.each(REFUSED)('$what $step: refused, nothing is left, and the next push works', async (fault) => {
    const before = { refs: await host.refs(), pushes: await host.pushes() }
    const tip = await agent.commit('a.txt', randomBytes(8).toString('hex'))
    await host.server.arm(fault)
    const pushed = await agent.git('push', host.repoUrl, 'main')
    expect(pushed.output).toContain(
      fault.what === 'ENOSPC'
        ? '! [remote rejected] main -> main (no space left on the server)'
        : '! [remote rejected] main -> main (internal error)',
    )
    expect(pushed.output).toContain('nothing was applied')
    expect(await host.refs()).toEqual(before.refs)
    expect(await host.leftovers()).toEqual([])

    expect((await agent.git('push', host.repoUrl, 'main')).code).toBe(0)
    expect((await host.refs()).get('refs/heads/main')).toBe(tip)
    expect(await host.pushes()).toHaveLength(before.pushes.length + 1)
  })

  test.each(DECIDED)(
    '$what $step: nobody is told that it failed; the next start finishes it',
    async (fault) => {
      const before = await host.pushes()
      const tip = await agent.commit('a.txt', randomBytes(8).toString('hex'))
      await host.server.arm(fault)
      const pushed = await agent.git('push', host.repoUrl, 'main')
      expect(pushed.output).toContain('! [remote rejected] main -> main (outcome unknown)')
      await restart()
      expect((await host.refs()).get('refs/heads/main')).toBe(tip)
      expect((await host.pushes()).slice(before.length).map(({ data }) => data.recovered)).toEqual([true])
    },
  )

  test('EIO before complete: the push is acknowledged, and the next start tells of it', async () => {
    const before = await host.pushes()
    await agent.commit('a.txt', 'acknowledged\n')
    await host.server.arm({ step: 'before complete', what: 'EIO' })
    expect((await agent.git('push', host.repoUrl, 'main')).code).toBe(0)
    expect(await host.pushes()).toEqual(before)
    await restart()
    expect(await host.pushes()).toHaveLength(before.length + 1)
  })

  test('EIO after open: the client was told that nothing was applied, and no start applies it', async () => {
    const before = { refs: await host.refs(), pushes: await host.pushes() }
    await host.server.arm({ step: 'after open', what: 'EIO' })
    const pushed = await agent.git(
      'push',
      host.repoUrl,
      `${before.refs.get('refs/heads/main')}:refs/heads/other`,
    )
    expect(pushed.output).toContain('nothing was applied')
    await restart()
    expect(await host.refs()).toEqual(before.refs)
    expect(await host.pushes()).toEqual(before.pushes)
  })

  async function restart(): Promise<void> {
    await host.server.kill()
    await host.start()
    expect(await host.leftovers()).toEqual([])
    expect((await host.onServer('fsck', '--strict', '--no-dangling')).output).toBe('')
  }
})

describe.skipIf(!mayMount())('a disk of 16 MiB', () => {
  const RESERVE_BYTES = 64 * 1024

  test.each([
    ['loose objects', 1],
    ['a pack', 120],
  ])(
    'too large a push, of %s, is refused in words; nothing stays of it and a smaller one works',
    async (_as, files) => {
      using disk = new SmallDisk(16)
      await using host = await openHost({ settings: { GIT_STORAGE_ROOT: disk.path } })
      const agent = await host.actor('agent')
      await agent.start(host.repoUrl)
      await agent.commit('small.txt', 'small\n')
      await agent.ok('branch', 'small')
      const free = await disk.freeBytes()
      for (let n = 0; n < files; n++) {
        await writeFile(join(agent.dir, `${n}.bin`), randomBytes((20 * 1024 * 1024) / files))
      }
      await agent.ok('add', '.')
      const tip = await agent.commit('big.txt', 'big\n')
      const pushed = await agent.git('push', host.repoUrl, 'main')
      expect(pushed.output).toMatch(/[Nn]o space left on/)
      expect(pushed.output).toContain('! [remote rejected] main -> main')
      expect(await host.leftovers()).toEqual([])
      expect((await host.onServer('cat-file', '-e', tip)).code).not.toBe(0)
      expect(await disk.freeBytes()).toBeGreaterThan(free - RESERVE_BYTES)
      expect((await agent.git('push', host.repoUrl, 'small:main')).code).toBe(0)
    },
  )

  test('on a disk without a free byte a push is refused in words, reads go on, and room is all it takes', async () => {
    using disk = new SmallDisk(16)
    await using host = await openHost({ settings: { GIT_STORAGE_ROOT: disk.path } })
    const agent = await host.actor('agent')
    await agent.start(host.repoUrl)
    const first = await agent.commit('a.txt', 'first\n')
    await agent.ok('push', host.repoUrl, 'main')
    await agent.commit('a.txt', 'second\n')
    const filler = join(disk.path, 'filler')
    await expect(writeFile(filler, Buffer.alloc(32 * 1024 * 1024))).rejects.toThrow('ENOSPC')

    expect((await agent.git('push', host.repoUrl, 'main')).output).toMatch(/rejected.*|[Nn]o space left on/)
    expect(await agent.ok('ls-remote', host.repoUrl, 'main')).toContain(first)
    await agent.ok('clone', '-q', host.repoUrl, 'copy')

    await rm(filler)
    expect((await agent.git('push', host.repoUrl, 'main')).code).toBe(0)
    expect(await host.leftovers()).toEqual([])
    expect((await host.onServer('fsck', '--strict')).code).toBe(0)
  })
})
