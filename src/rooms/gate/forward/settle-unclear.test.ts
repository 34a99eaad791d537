import { expect, test } from 'vitest'
import type { RefReport } from '../../../git/outbound/push-report.ts'
import type { SshRemote } from '../../../git/outbound/upstream-remote.ts'
import { zeroOid, type Oid, type RefName } from '../../../kernel/ids.ts'
import { settleUnclear } from './settle-unclear.ts'

const [older, newer, zero] = ['1'.repeat(40) as Oid, '2'.repeat(40) as Oid, zeroOid('sha1')]
const [A, B] = ['refs/heads/a' as RefName, 'refs/heads/b' as RefName]
const UPDATES = [
  { ref: A, oldOid: older, newOid: newer },
  { ref: B, oldOid: older, newOid: zero },
]
const remote = { kind: 'ssh' } as SshRemote
const unknown = (ref: RefName): RefReport => ({ ref, kind: 'unknown' })
type Seen = Readonly<Record<string, Oid>> | 'nothing' | 'silence'

/** @param seen by one look after the other; the last one stays */
async function settle(reports: readonly RefReport[], ...seen: Seen[]) {
  let looks = 0
  const listRefs = async () => {
    const now = seen[Math.min(looks++, seen.length - 1)] ?? 'nothing'
    if (now === 'nothing') throw new Error('gone')
    if (now === 'silence') await new Promise(() => {})
    return { head: null, refs: new Map(Object.entries(now) as [RefName, Oid][]) }
  }
  const patience = { looksAfterMs: [0, 5], lookMs: 200 }
  const came = await settleUnclear({ listRefs }, remote, UPDATES, reports, patience).then(
    (all) => all.map(({ kind }) => kind),
    (err: unknown) => (err as { code: unknown }).code,
  )
  return { came, looks }
}

test('what is clear is not looked at again', async () => {
  const reports: RefReport[] = [
    { ref: A, kind: 'moved' },
    { ref: B, kind: 'refused', reason: 'no' },
  ]
  expect(await settle(reports)).toEqual({ came: ['moved', 'refused'], looks: 0 })
})

test('what is there has landed, updates and deletions alike, at once or a moment later', async () => {
  const both = [unknown(A), unknown(B)]
  expect(await settle(both, { [A]: newer })).toEqual({ came: ['moved', 'moved'], looks: 1 })
  expect(await settle(both, { [A]: older, [B]: older }, { [A]: newer })).toEqual({
    came: ['moved', 'moved'],
    looks: 2,
  })
  expect(await settle(both, 'nothing', { [A]: newer })).toEqual({ came: ['moved', 'moved'], looks: 2 })
})

test.each([
  ['at its old value', { [A]: older }],
  ['still there', { [A]: newer, [B]: older }],
  ['at a third value', { [A]: '3'.repeat(40) as Oid }],
  ['at an upstream that is gone', 'nothing'],
  ['at an upstream that is silent', 'silence'],
] as const)('what is %s may land yet: unknown, never refused', async (_, seen) => {
  expect((await settle([unknown(A), unknown(B)], seen)).came).toBe('OUTCOME_UNKNOWN')
})

test('a refusal that was heard stands beside what was looked at', async () => {
  const reports: RefReport[] = [unknown(A), { ref: B, kind: 'refused', reason: 'no' }]
  expect((await settle(reports, { [A]: newer, [B]: older })).came).toEqual(['moved', 'refused'])
})
