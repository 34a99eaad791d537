import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { happening } from '../../../test/support/between.ts'
import { git, testStore } from '../../../test/support/store.ts'
import { RefSnapshots } from '../../git/refs/ref-snapshots.ts'
import type { FetchArguments } from '../../git/wire/fetch-arguments.ts'
import type { Oid } from '../../kernel/ids.ts'
import { WarmUp } from './warm-up.ts'

const cloneOf = (tip: Oid): FetchArguments => ({
  objectFormat: 'sha1',
  wants: [tip],
  haves: [],
  shallow: [],
  flags: new Set(['ofs-delta', 'done']),
  deepen: null,
  deepenSince: null,
  filter: null,
})

test('an answer that is found when the end has begun is not waited for', async () => {
  await using store = await testStore()
  const repo = await store.newRepo()
  const commit = () => {
    const tree = git(repo.path, ['mktree']).toString().trim()
    const oid = git(repo.path, ['commit-tree', tree, '-m', String(Math.random())])
      .toString()
      .trim()
    git(repo.path, ['update-ref', 'refs/heads/main', oid])
    return oid as Oid
  }
  const [asked, found] = [happening(), happening()]
  const snapshots = new RefSnapshots({ maxBytes: 1024 * 1024 })
  const warmUp = new WarmUp({
    snapshots,
    objects: { commit: async () => null },
    answer: async () => {
      asked.happen()
      await found.happened
      return { length: null, writeInto: untilClosed, [Symbol.asyncDispose]: async () => {} }
    },
    isIdle: () => true,
    perMinute: 60,
  })
  const tip = commit()
  await snapshots.get(repo)
  warmUp.asked(repo, cloneOf(tip))
  await new Promise(setImmediate) // it is remembered
  commit()
  warmUp.refsMoved(repo.id)
  await asked.happened
  const ended = warmUp[Symbol.asyncDispose]()
  found.happen()
  await expect(ended).resolves.toBeUndefined()
})

/** As the answer of a git that counts for hours. */
async function untilClosed(into: Writable): Promise<void> {
  await once(into, 'close')
}
