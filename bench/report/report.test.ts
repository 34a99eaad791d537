import { describe, expect, test } from 'vitest'
import { judge, type Figure, type Goal } from '../figure.ts'
import { seriesOf } from '../measure/series.ts'
import type { RowResult } from '../run.ts'
import { shortNumber, showGoal, showSeries } from './numbers.ts'
import { writePage } from './page.ts'
import { writeSection } from './section.ts'
import { writeSummary } from './summary.ts'

const figure = (ours: number, against: number | null, goal: Goal | null): Figure => ({
  what: 'time',
  unit: 'ms',
  ours: seriesOf([ours]),
  against: against === null ? null : { name: 'git', series: seriesOf([against]) },
  goal,
})

describe('a goal is judged by medians', () => {
  test.each([
    [{ measure: 'gain', atLeast: 50 }, 1, 50, true],
    [{ measure: 'gain', atLeast: 50 }, 1, 49, false],
    [{ measure: 'ratio', atMost: 1.3 }, 13, 10, true],
    [{ measure: 'ratio', atMost: 1.3 }, 14, 10, false],
    [{ measure: 'growth', atMost: 32 }, 132, 100, true],
    [{ measure: 'growth', atMost: 32 }, 133, 100, false],
    [{ measure: 'value', atMost: 0 }, 0, null, true],
    [{ measure: 'value', atLeast: 8000 }, 7999, null, false],
  ] as const)('%j, %d against %s: %s', (goal, ours, against, reached) => {
    expect(judge(figure(ours, against, goal))?.reached).toBe(reached)
  })

  test('a comparison with nothing is an error and not a goal reached', () => {
    expect(() => judge(figure(1, null, { measure: 'ratio', atMost: 1 }))).toThrow(RangeError)
  })
})

test.each([
  [0.04371, '0.0437'],
  [6.3512, '6.35'],
  [110, '110'],
  [12_345.6, '12,350'],
])('%d is shown as %s', (value, text) => {
  expect(shortNumber(value)).toBe(text)
})

test('a spread is shown only where there is one', () => {
  expect(showSeries(seriesOf([1, 2, 3]), 'ms')).toBe('2 ms (1–3)')
  expect(showSeries(seriesOf([2, 2]), '')).toBe('2')
  expect(showGoal({ measure: 'growth', atMost: 32 }, 'MiB')).toBe('≤ +32 MiB')
})

const row = { name: 'push', title: 'A push', method: 'How.', measure: () => Promise.reject(new Error()) }
const stamp = { date: '2025-01-01', commit: 'abc', processor: '2 × chip', rounds: 5, load: 0 }
const measured = (goal: Goal): RowResult => ({
  row,
  status: 'measured',
  seconds: 1,
  figures: [figure(14, 10, goal)],
})

test('a goal that was missed stands there with its cause', () => {
  const missed = measured({ measure: 'ratio', atMost: 1.3 })
  expect(writeSection(missed, stamp, { push: { time: 'the disk' } }, null)).toContain(
    '- time missed: the disk',
  )
  expect(writeSection(missed, stamp, {}, null)).toContain('- time missed: cause not known yet')
})

test('a goal that was reached asks for no cause', () => {
  const reached = measured({ measure: 'ratio', atMost: 2 })
  expect(writeSection(reached, stamp, { push: { time: 'the disk' } }, null)).not.toContain('missed')
})

test('a row that could not be measured says so', () => {
  const failed: RowResult = { row, status: 'failed', error: 'apt-get install nginx', seconds: 0 }
  expect(writeSection(failed, stamp, {}, null)).toContain('**FAILED**: apt-get install nginx')
})

test('where a goal is missed, the profile says where the time goes; where it is reached, it is left out', () => {
  const profile = {
    date: '2025-01-01',
    commit: 'abc',
    busySeconds: 2,
    lines: [{ share: 0.254, where: 'spin' }],
  }
  const written = (atMost: number) => writeSection(measured({ measure: 'ratio', atMost }), stamp, {}, profile)
  expect(written(1.3)).toContain('- 25.4 % spin')
  expect(written(2)).not.toContain('spin')
})

const entries = (...titles: string[]) => titles.map((title) => ({ name: title.toLowerCase(), title }))

test('rows that were not measured this time keep their sections, in the order of the rows', () => {
  const page = writePage(
    '# old\n\n## A\n\na1\n\n## B\n\nb1\n\n## Gone\n\nx\n',
    '# new\n',
    new Map([['B', '## B\n\nb2\n']]),
    entries('B', 'A'),
  )
  expect(page.startsWith('# new\n\n### What the server spends')).toBe(true)
  expect(page.endsWith('\n\n## B\n\nb2\n\n## A\n\na1\n')).toBe(true)
})

describe('the summary', () => {
  const sectionOf = (name: string, figures: readonly Figure[]) =>
    writeSection(
      { row: { ...row, name, title: `The ${name}, cold` }, status: 'measured', seconds: 1, figures },
      stamp,
      {},
      null,
    )

  test('has every figure with a goal, links to its section, and leaves out what nothing is promised of', () => {
    const promised = { ...figure(14, 10, { measure: 'ratio', atMost: 1.3 }), what: 'promised' }
    const shown = { ...figure(14, 10, null), what: 'only shown' }
    const summary = writeSummary(new Map([['clone', sectionOf('clone', [promised, shown])]]))
    expect(summary).toContain(
      '(#the-clone-cold) | promised | 14 ms | 10 ms: git | 1.4× | ≤ 1.3× | **missed** |',
    )
    expect(summary).not.toContain('only shown')
  })

  test('has one line for the event loops of all rows, the worst of them, and says how many missed', () => {
    const late = (ms: number) => [
      { ...figure(ms, null, { measure: 'value', atMost: 20 }), what: 'event-loop delay, p99' },
    ]
    const sections = new Map([
      ['clone', sectionOf('clone', late(7))],
      ['scan', sectionOf('scan', late(31))],
    ])
    const lines = writeSummary(sections)
      .split('\n')
      .filter((line) => line.includes('event-loop'))
    expect(lines).toEqual([
      '| [the event loop](#the-scan-cold) | event-loop delay, p99, worst of 2 rows | 31 ms |  |  | ≤ 20 ms | reached in 1, **missed** in 1 |',
    ])
  })

  test('says of what was never measured that it was not', () => {
    expect(writeSummary(new Map())).toContain('| a small push | not measured |')
  })

  test('puts what a command costs the server beside what its user feels', () => {
    const wall = { ...figure(15, 25, null), what: 'git ls-remote: wall time' }
    const cpu = { ...figure(0.1, 6, null), what: 'git ls-remote: server CPU' }
    const summary = writeSummary(new Map([['client', sectionOf('client', [wall, cpu])]]))
    expect(summary).toContain('| git ls-remote | 15 ms | 25 ms | 0.1 ms | 6 ms |')
  })
})
