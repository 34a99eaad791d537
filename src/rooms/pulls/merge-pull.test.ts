/** What cannot be seen from outside: an event that is followed late, and whose turn the branch is. The rest: test/scenarios/pulls-*.test.ts */
import { expect, test } from 'vitest'
import type { Writer } from '../../kernel/api-push.ts'
import type { Oid, RefName, RepoId } from '../../kernel/ids.ts'
import { LandingQueue } from '../../kernel/landing-queue.ts'
import { INTERNAL } from '../../kernel/principal.ts'
import { RefQueue } from '../../kernel/ref-queue.ts'
import { mergePull, type Merged, type MergePullParts } from './merge-pull.ts'

const [MERGED, PUSHED] = ['a', 'b'].map((digit) => digit.repeat(40)) as [Oid, Oid]
const ROW = { id: 'p', number: 1, status: 'open', sourceBranch: 'topic', targetBranch: 'main' }
const MAIN = 'refs/heads/main' as RefName
const repo = { id: 'r' as RepoId, objectFormat: 'sha1' }

/** @param tips of `topic` and `main` */
function partsOf(tips: readonly [Oid, Oid], more: object): MergePullParts {
  const [topic, main] = tips
  const refs = new Map([
    ['refs/heads/topic', topic],
    [MAIN, main],
  ])
  return {
    pulls: { find: async () => ({ ...ROW, sourceSha: topic, targetSha: main }), follow: async () => {} },
    follower: { caughtUp: async () => {} },
    door: {
      landing: new LandingQueue(),
      store: {
        readRefs: async () => refs,
        openQuarantine: () => ({ [Symbol.asyncDispose]: async () => {} }),
      },
    },
    turns: new RefQueue(),
    admit: async () => ({ [Symbol.dispose]: () => {} }),
    merging: { objects: {} },
    clock: { now: () => 0 },
    ...more,
  } as unknown as MergePullParts
}

function merge(parts: MergePullParts): Promise<Merged> {
  const writer = { repo, principal: INTERNAL, agentId: null } as unknown as Writer
  const asked = { strategy: 'merge', message: 'm', expectedSource: undefined } as const
  return mergePull(parts, writer, { repo: writer.repo, principal: 'p' }, '1', asked)
}

test('of a source that was pushed to meanwhile what was merged is told, whatever the row says by then', async () => {
  let source = MERGED
  const pulls = {
    find: async () => ({ ...ROW, sourceSha: source, targetSha: MERGED }),
    follow: async () => void (source = PUSHED),
  }
  const merged = await merge(partsOf([MERGED, MERGED], { pulls }))
  expect(source).toBe(PUSHED)
  expect(merged.pull.sourceSha).toBe(MERGED) // else its branch would be deleted with what nobody has merged
})

test('nobody waits for the branch while it is found out why nothing was merged', async () => {
  const lineage = (_repo: unknown, oid: Oid) => ({ oid, parents: [], seconds: 0, generation: Infinity })
  const parts = partsOf([MERGED, PUSHED], {
    merging: { objects: { lineage } },
    conflictsOf: async () => {
      using _turn = await parts.door.landing.enter(repo.id, MAIN, 'somebody else')
      return { conflicts: [], isTruncated: false }
    },
  })
  await expect(merge(parts)).rejects.toMatchObject({ code: 'MERGE_CONFLICT' })
})
