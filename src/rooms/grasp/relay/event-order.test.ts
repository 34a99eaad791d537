import { expect, test } from 'vitest'
import type { NostrEvent } from '../../../nostr/event.ts'
import { KIND } from '../../../nostr/kinds.ts'
import { EventOrder } from './event-order.ts'

let ids = 0
function event(kind: number, tags: readonly (readonly string[])[] = []): NostrEvent {
  const id = String(++ids).padStart(64, '0')
  return { id, pubkey: 'a'.repeat(64), created_at: 1, kind, tags, content: '', sig: '' }
}

/** What has begun, in order, and a hand on when each of them ends. */
function watched() {
  const order = new EventOrder()
  const begun: NostrEvent[] = []
  const ends = new Map<NostrEvent, () => void>()
  const start = (one: NostrEvent) =>
    order.run(one, async () => {
      begun.push(one)
      await new Promise<void>((resolve) => ends.set(one, resolve))
    })
  return { order, begun, start, end: (one: NostrEvent) => ends.get(one)?.() }
}

const settled = () => new Promise(setImmediate)

test('events that have nothing to do with each other are taken side by side', async () => {
  const { begun, start } = watched()
  const [one, other] = [event(KIND.issue), event(KIND.issue)]
  void start(one)
  void start(other)
  await settled()
  expect(begun).toEqual([one, other])
})

test.each([
  [
    'names the one before',
    () => {
      const issue = event(KIND.issue)
      return [issue, event(KIND.comment, [['E', issue.id]])] as const
    },
  ],
  [
    'is named by the one before',
    () => {
      const quoted = event(1)
      return [event(KIND.issue, [['q', quoted.id]]), quoted] as const
    },
  ],
  [
    'is of the same address',
    () => {
      const tags = [['d', 'x']]
      return [event(30_023, tags), event(30_023, tags)] as const
    },
  ],
  ['comes after a deletion', () => [event(KIND.deletion), event(1)] as const],
  ['is a state', () => [event(1), event(KIND.state, [['d', 'x']])] as const],
])('one that %s waits for it', async (_how, make) => {
  const { begun, start, end } = watched()
  const [first, second] = make()
  const firstTaken = start(first)
  const secondTaken = start(second)
  await settled()
  expect(begun).toEqual([first])
  end(first)
  await firstTaken
  await settled()
  expect(begun).toEqual([first, second])
  end(second)
  await secondTaken
})

test('one that fails holds up nobody, and says so to whoever has brought it', async () => {
  const order = new EventOrder()
  const state = event(KIND.state, [['d', 'x']])
  const failed = order.run(state, () => Promise.reject(new Error('no')))
  const next = order.run(event(1), () => Promise.resolve('taken'))
  await expect(failed).rejects.toThrow('no')
  await expect(next).resolves.toBe('taken')
})
