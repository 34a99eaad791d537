import { expect, test } from 'vitest'
import type { RefReport } from '../../../git/outbound/push-report.ts'
import type { RefName } from '../../../kernel/ids.ts'
import { refusalsOf, unreachable } from './refusals.ts'

const ref = (name: string) => `refs/heads/${name}` as RefName
const moved = (name: string): RefReport => ({ ref: ref(name), kind: 'moved' })
const refused = (name: string, reason: string): RefReport => ({ ref: ref(name), kind: 'refused', reason })

function told(reports: readonly RefReport[], atomic = false): [string, string][] {
  const refusals = refusalsOf({ host: 'forge.example', atomic, reports, remarks: ['a word'] })
  return refusals.map(({ ref, reason }) => [String(ref), reason])
}

test('what the upstream refuses is refused in its words, and the rest stands', () => {
  expect(told([moved('a'), refused('b', 'hook declined')])).toEqual([
    [ref('b'), 'upstream refused: hook declined'],
  ])
  expect(told([moved('a')])).toEqual([])
})

test.each(['atomic push failure', 'atomic push failed', 'atomic transaction failed'])(
  'a ref that fell only because of another one is said to have (%s)',
  (words) => {
    expect(told([refused('a', words), refused('b', 'hook declined')])).toEqual([
      [ref('a'), 'atomic push failed'],
      [ref('b'), 'upstream refused: hook declined'],
    ])
    expect(told([refused('a', words), refused('b', words)])).toEqual([
      [ref('a'), `upstream refused: ${words}`],
      [ref('b'), `upstream refused: ${words}`],
    ])
  },
)

test('half of what was to land whole is unknown, and not refused', () => {
  expect(() => told([moved('a'), refused('b', 'no')], true)).toThrow(
    expect.objectContaining({ code: 'OUTCOME_UNKNOWN' }),
  )
  expect(told([refused('a', 'no'), refused('b', 'no')], true)).toHaveLength(2)
})

test('programs get the words by themselves, and who has lost a race is told to fetch', () => {
  const reports = [refused('a', 'stale info')]
  const [refusal] = refusalsOf({ host: 'forge.example', atomic: false, reports, remarks: ['a word'] })
  expect(refusal).toMatchObject({
    details: { upstream: 'forge.example', reason: 'stale info', remarks: ['a word'] },
    hint: expect.stringContaining('git fetch') as string,
  })
})

test('an upstream that cannot be reached refuses everything that stands, and is named', () => {
  expect(unreachable('forge.example', 'it does not answer')).toMatchObject({
    ref: null,
    code: 'UPSTREAM_UNAVAILABLE',
    reason: 'upstream is unreachable: it does not answer',
    notes: ['upstream forge.example is unreachable: it does not answer'],
  })
})
