import { expect, test } from 'vitest'
import type { Oid, RefName, RepoId } from '../../kernel/ids.ts'
import { refsAt } from './refs-at.ts'

const REF = 'refs/heads/main' as RefName
const REPO = 'some' as RepoId
const NONE = '0'.repeat(40)
const [A, B, C] = ['a', 'b', 'c'].map((digit) => digit.repeat(40)) as [string, string, string]

interface Case {
  /** As it was read; absent: it was not there. */
  readonly now?: string
  /** Before its first move in the log behind the position. */
  readonly before?: string
  /** Moves without an event, newest first. */
  readonly open?: readonly (readonly [from: string, to: string])[]
  /** By the log, at the position. */
  readonly logged?: string
  readonly ref?: string
}

async function valueAt({ now, before, open = [], logged, ref = REF }: Case): Promise<string | undefined> {
  const map = (oid: string | undefined) =>
    new Map(oid === undefined ? [] : [[ref as RefName, oid as Oid] as const])
  const history = {
    later: async () => ({
      before: map(before),
      open: open.map(([from, to]) => ({ ref: ref as RefName, oldOid: from as Oid, newOid: to as Oid })),
    }),
    logged: async () => (logged ?? null) as Oid | null,
  }
  return (await refsAt(history, REPO, map(now))).get(ref as RefName)
}

test.each<[string, Case, string | undefined]>([
  ['a ref that nobody has moved is as it was read', { now: A }, A],
  ['one that has moved since is put back to where its first move began', { now: C, before: A }, A],
  ['one that was made since is not there', { now: A, before: NONE }, undefined],
  ['one that was deleted since is there', { before: A }, A],
  ['a move without an event is undone by the log', { now: B, open: [[A, B]], logged: A }, A],
  ['a deletion without an event is undone by the log', { open: [[A, NONE]], logged: A }, A],
  [
    'a creation without an event, which the log has never told of, is undone',
    { now: A, open: [[NONE, A]] },
    undefined,
  ],
  [
    'moves of which the log tells nothing are undone one by one',
    {
      now: C,
      open: [
        [B, C],
        [A, B],
      ],
    },
    A,
  ],
  ['a move that has not happened yet is not undone', { now: A, open: [[A, B]], logged: A }, A],
  [
    'an intent that came to nothing does not undo what somebody else did',
    { now: B, open: [[A, B]], logged: B },
    B,
  ],
  ['an old intent to another value is none of its business', { now: B, open: [[A, C]], logged: B }, B],
  ['the log behind the position wins over open moves', { now: C, before: A, open: [[B, C]], logged: B }, A],
])('%s', async (_claim, given, expected) => {
  expect(await valueAt(given)).toBe(expected)
})

test('refs that the server keeps for itself stay as they are: no event tells of them', async () => {
  expect(await valueAt({ ref: 'refs/pull/1/head', now: B, open: [[A, B]], before: A })).toBe(B)
})
