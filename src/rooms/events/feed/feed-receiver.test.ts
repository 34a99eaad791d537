import { expect, test } from 'vitest'
import type { StoredEvent } from '../../../kernel/events.ts'
import type { RepoId } from '../../../kernel/ids.ts'
import type { Repository } from '../../../kernel/repository.ts'
import type { Delivery } from '../../../store/deliveries/delivery.ts'
import { feedReceiver } from './feed-receiver.ts'

const REPO = { orgSlug: 'acme', slug: 'app', state: 'active' } as Repository
const DELIVERY = { part: 'refs/heads/main' } as Delivery
const ACTIVE = new AbortController().signal

function push(rest: Partial<StoredEvent> = {}): StoredEvent {
  const refs = [{ ref: 'refs/heads/main', kind: 'create', commits: [], total: 0 }]
  const data = { pushId: 'p', refs }
  return { type: 'push', repoId: 'r' as RepoId, orgId: 'o', actorId: 'ann', data, ...rest } as StoredEvent
}

function answering(answer: () => Promise<{ status: number; text: string }>, repo: Repository | null = REPO) {
  return feedReceiver({ network: { post: answer }, repositoryById: () => Promise.resolve(repo) })
}

test.each([
  [200, 'delivered'],
  [204, 'delivered'],
  [409, 'delivered'],
  [302, 'rejected'],
  [401, 'rejected'],
  [422, 'rejected'],
  [500, 'rejected'],
  [429, 'unreachable'],
  [502, 'unreachable'],
  [503, 'unreachable'],
  [504, 'unreachable'],
])('%d: the post is %s', async (status, kind) => {
  const receiver = answering(() => Promise.resolve({ status, text: 'secret' }))
  expect(await receiver.send(DELIVERY, push(), ACTIVE)).toMatchObject({
    kind,
    attempt: { status, excerpt: null },
  })
})

test('no answer is nobody there, and tells nothing of why', async () => {
  const receiver = answering(() => Promise.reject(new Error('connect 10.0.0.1 secret')))
  const answer = await receiver.send(DELIVERY, push(), ACTIVE)
  expect(answer).toMatchObject({ kind: 'unreachable', attempt: { status: null } })
  expect(JSON.stringify(answer)).not.toContain('secret')
})

test('a server that stops has not been refused by anybody', async () => {
  const stopped = AbortSignal.abort(new Error('stopping'))
  const receiver = answering(() => Promise.reject(new Error('aborted')))
  await expect(receiver.send(DELIVERY, push(), stopped)).rejects.toThrow('stopping')
})

test.each([
  ['a repository that is gone', null, push()],
  ['a deleted repository', { ...REPO, state: 'deleted' as const }, push()],
  ['nobody in particular', REPO, push({ actorId: null })],
])('there is no post of %s', async (_of, repo, event) => {
  const receiver = answering(() => expect.fail('it was sent'), repo)
  expect(await receiver.send(DELIVERY, event, ACTIVE)).toEqual({ kind: 'unwanted' })
})
