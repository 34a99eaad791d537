import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { AppError, type ErrorCode } from '../kernel/errors.ts'
import type { StoredEvent } from '../kernel/events.ts'
import type { RepoId } from '../kernel/ids.ts'
import { openPulls, type PullsParts } from './pulls.ts'

const [OLD, TOPIC, NEW] = ['a', 'b', 'c'].map((digit) => digit.repeat(40))

/** Each has a pull request of `topic` to `main`, and a push to `main` that is larger than its event tells. */
const [SLOW, OTHER] = ['slow', 'other'] as unknown as [RepoId, RepoId]

function push(repoId: RepoId, sequence: number): StoredEvent {
  const main = { ref: 'refs/heads/main', oldOid: OLD, newOid: NEW, kind: 'update', commits: [], total: 99 }
  const data = { via: 'git', pushOptions: [], refs: [main] }
  return { type: 'push', id: `${sequence}`, repoId, sequence, data } as unknown as StoredEvent
}

/** @param code what becomes of git in the slow repository. @returns repositories whose pull request was landed */
async function followedUnder(code: ErrorCode): Promise<readonly RepoId[]> {
  const landed: RepoId[] = []
  const log = [push(SLOW, 1), push(OTHER, 2)]
  const tips = new Map([
    ['refs/heads/main', NEW],
    ['refs/heads/topic', TOPIC],
  ])
  const start = async ({ repo }: { repo: { id: RepoId } }) => {
    if (repo.id === SLOW) throw new AppError(code)
    return { stdout: Readable.from([`${TOPIC}\n`]), kill: () => {}, exited: Promise.resolve({ code: 0 }) }
  }
  const parts = {
    records: {
      tail: {
        after: async (at: number) => ({ events: log.slice(at), more: false }),
        onNews: () => ({ [Symbol.dispose]: () => {} }),
      },
      cursors: { read: async () => 0, advance: async () => {} },
      repositories: { byId: async (id: RepoId) => ({ id, state: 'active', archived: true }) },
    },
    pulls: {
      repositoriesWithOpenOnes: async (ids: readonly RepoId[]) => new Set(ids),
      openOnes: async (id: RepoId) => [
        { id, number: 1, sourceBranch: 'topic', targetBranch: 'main', sourceSha: TOPIC, targetSha: OLD },
      ],
      follow: async (id: RepoId) => void landed.push(id),
    },
    git: { reader: { start } },
    door: { store: { readRefs: async () => tips } },
    log: { error: () => {}, warn: () => {} },
  } as unknown as PullsParts
  await using opened = openPulls(parts)
  await opened.follower.caughtUp(OTHER)
  return landed
}

test('a repository whose history takes git too long keeps no other from following its pushes', async () => {
  expect(await followedUnder('UNAVAILABLE')).toEqual([OTHER])
})

test('while no git can be started at all nothing is passed over', async () => {
  expect(await followedUnder('OVERLOADED')).toEqual([])
})
