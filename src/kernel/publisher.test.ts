import { expect, test } from 'vitest'
import type { NewEvent, PushData } from './events.ts'
import type { Oid, RefName, RepoId } from './ids.ts'
import { Publisher, type Publication } from './publisher.ts'
import type { RepoHandle } from './repository.ts'

const repo: RepoHandle = { id: 'r' as RepoId, path: '/r', objectFormat: 'sha1' }
const publication = (n: number): Publication => {
  const moved = {
    ref: `refs/heads/${n}` as RefName,
    oldOid: '' as Oid,
    newOid: '' as Oid,
    kind: 'create',
    commits: [],
    total: 0,
  } as const
  const event: NewEvent<PushData> = {
    ...{ type: 'push', repoId: repo.id, orgId: null, projectId: null, actorId: null, agentId: null },
    data: { pushId: String(n), via: 'git', refs: [moved], pushOptions: [] },
  }
  return { intentId: String(n), event }
}

test('pushes that wait for the disk share one sync and one transaction, in order', async () => {
  const groups: string[][] = []
  const syncs: number[] = []
  const publisher = new Publisher({
    store: { syncRefs: async (_repo, refs) => void syncs.push(refs.length) },
    intents: { complete: async (done) => void groups.push(done.map((d) => d.intentId)) },
    onEventLate: () => {},
  })
  await Promise.all([1, 2, 3, 4].map((n) => publisher.publish(repo, publication(n))))
  expect(groups.flat()).toEqual(['1', '2', '3', '4'])
  expect(groups.length).toBeLessThan(4)
  expect(syncs).toHaveLength(groups.length)
})

test('a disk that fails is not acknowledged, and the next push is tried afresh', async () => {
  let broken = true
  const publisher = new Publisher({
    store: { syncRefs: async () => (broken ? Promise.reject(new Error('EIO')) : undefined) },
    intents: { complete: async () => {} },
    onEventLate: () => {},
  })
  await expect(publisher.publish(repo, publication(1))).rejects.toThrow('EIO')
  broken = false
  await expect(publisher.publish(repo, publication(2))).resolves.toBeUndefined()
})

test('a database that fails after the refs are on disk delays the event, not the pusher', async () => {
  const late: unknown[] = []
  const publisher = new Publisher({
    store: { syncRefs: async () => {} },
    intents: { complete: async () => Promise.reject(new Error('database is gone')) },
    onEventLate: (err) => void late.push(err),
  })
  await publisher.publish(repo, publication(1))
  expect(late).toHaveLength(1)
})
