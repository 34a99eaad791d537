/** What cannot be seen from outside: a merge whose event is followed late. The rest: test/scenarios/pulls-*.test.ts */
import { expect, test } from 'vitest'
import type { Writer } from '../../kernel/api-push.ts'
import type { Oid } from '../../kernel/ids.ts'
import { LandingQueue } from '../../kernel/landing-queue.ts'
import { INTERNAL } from '../../kernel/principal.ts'
import { RefQueue } from '../../kernel/ref-queue.ts'
import { mergePull, type MergePullParts } from './merge-pull.ts'

const [MERGED, PUSHED] = ['a', 'b'].map((digit) => digit.repeat(40)) as [Oid, Oid]

test('of a source that was pushed to meanwhile what was merged is told, whatever the row says by then', async () => {
  const row = { id: 'p', number: 1, status: 'open', sourceBranch: 'topic', targetBranch: 'main' }
  let source = MERGED
  const tips = new Map([
    ['refs/heads/topic', MERGED],
    ['refs/heads/main', MERGED],
  ])
  const parts = {
    pulls: {
      find: async () => ({ ...row, sourceSha: source, targetSha: MERGED }),
      follow: async () => void (source = PUSHED),
    },
    follower: { caughtUp: async () => {} },
    door: {
      landing: new LandingQueue(),
      store: {
        readRefs: async () => tips,
        openQuarantine: () => ({ [Symbol.asyncDispose]: async () => {} }),
      },
    },
    turns: new RefQueue(),
    admit: async () => ({ [Symbol.dispose]: () => {} }),
    merging: { objects: {} },
    clock: { now: () => 0 },
  } as unknown as MergePullParts
  const repo = { id: 'r', objectFormat: 'sha1' }
  const writer = { repo, principal: INTERNAL, agentId: null } as unknown as Writer
  const asked = { strategy: 'merge', message: 'm', expectedSource: undefined } as const
  const merged = await mergePull(parts, writer, { repo: writer.repo, principal: 'p' }, '1', asked)
  expect(source).toBe(PUSHED)
  expect(merged.pull.sourceSha).toBe(MERGED) // else its branch would be deleted with what nobody has merged
})
