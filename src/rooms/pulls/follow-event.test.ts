/** What cannot be seen from outside, where every event is followed at once: one that is followed late. */
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import type { StoredEvent } from '../../kernel/events.ts'
import type { Oid, RefName } from '../../kernel/ids.ts'
import type { OpenPull } from '../../store/pulls-rows.ts'
import type { Followed } from '../../store/pulls-follow.ts'
import { followEvent, type FollowParts } from './follow-event.ts'

const [OLD, NEW, MAIN, ZERO] = ['a', 'b', 'c', '0'].map((digit) => digit.repeat(40)) as [Oid, Oid, Oid, Oid]

/** Follows one push while the refs are already `refs`; the row says that the source is at `OLD`. */
async function follow(
  moved: { ref: string; oldOid: Oid; newOid: Oid; kind: string },
  refs: Readonly<Record<string, Oid>>,
): Promise<readonly Followed[]> {
  const pull = {
    id: 'p',
    number: 1,
    sourceBranch: 'topic',
    targetBranch: 'main',
    sourceSha: OLD,
    targetSha: MAIN,
  }
  const told: Followed[] = []
  const readRefs = async () => new Map(Object.entries(refs) as [RefName, Oid][])
  const parts = {
    pulls: {
      openOnes: async () => [pull as OpenPull],
      follow: async (_id: unknown, followed: readonly Followed[]) => void told.push(...followed),
    },
    repositories: { byId: async () => ({ id: 'r', state: 'active', archived: true }) },
    door: { store: { readRefs } },
    git: { start: async () => ({ stdout: Readable.from([]), exited: Promise.resolve({ code: 0 }) }) },
  } as unknown as FollowParts
  const data = { via: 'git', pushOptions: [], refs: [{ commits: [], total: 0, ...moved }] }
  await followEvent(parts, { type: 'push', repoId: 'r', data } as unknown as StoredEvent)
  return told
}

test('a source that is gone by now was last what the push made it', async () => {
  const moved = { ref: 'refs/heads/topic', oldOid: OLD, newOid: NEW, kind: 'update' }
  expect(await follow(moved, { 'refs/heads/main': MAIN })).toMatchObject([
    { sourceSha: NEW, targetSha: MAIN },
  ])
})

test('a source that the push deleted was last what it deleted', async () => {
  const moved = { ref: 'refs/heads/topic', oldOid: NEW, newOid: ZERO, kind: 'delete' }
  expect(await follow(moved, { 'refs/heads/main': MAIN })).toMatchObject([{ sourceSha: NEW }])
})

test('a source that has moved on since is where it is now', async () => {
  const moved = { ref: 'refs/heads/topic', oldOid: ZERO, newOid: OLD, kind: 'create' }
  const now = { 'refs/heads/topic': NEW, 'refs/heads/main': MAIN }
  expect(await follow(moved, now)).toMatchObject([{ sourceSha: NEW }])
})

test('what an older push landed is not the source that was pushed since', async () => {
  const moved = { ref: 'refs/heads/main', oldOid: MAIN, newOid: OLD, kind: 'update' }
  const now = { 'refs/heads/topic': NEW, 'refs/heads/main': OLD }
  const [followed] = await follow(moved, now)
  expect(followed?.landed).toBeUndefined()
  expect(followed).toMatchObject({ sourceSha: NEW, targetSha: OLD })
})

test('nothing is written where nothing is new', async () => {
  const moved = { ref: 'refs/heads/topic', oldOid: ZERO, newOid: OLD, kind: 'create' }
  expect(await follow(moved, { 'refs/heads/topic': OLD, 'refs/heads/main': MAIN })).toEqual([])
})
