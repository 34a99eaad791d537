/** Maintainer sets: who is in one by whose word, and that no list can be built that costs more than a bounded walk. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { NostrEvent } from '../../nostr/event.ts'
import { maintainersOf, type MaintainerRule } from './maintainers.ts'

const [OWNER, A, B, C] = ['0', 'a', 'b', 'c'].map((digit) => digit.repeat(64)) as [
  string,
  string,
  string,
  string,
]
const NAMES = new Map([OWNER, A, B, C].map((key, i) => [key, 'OABC'[i] ?? '']))

type Tags = readonly (readonly string[])[]

function announcement(pubkey: string, tags: Tags, fields: Partial<NostrEvent> = {}): NostrEvent {
  const event = { kind: 30_617, created_at: 1, content: '', sig: '', tags: [['d', 'app'], ...tags] }
  return { ...event, pubkey, id: `${pubkey.slice(0, 60)}${fields.created_at ?? 1}`, ...fields }
}

function lists(pubkey: string, ...keys: string[]): NostrEvent {
  return announcement(pubkey, [['maintainers', ...keys]])
}

function members(events: readonly NostrEvent[], rule: MaintainerRule = 'listed'): string {
  const found = maintainersOf(OWNER, 'app', events, rule)
  return [...found]
    .map((key) => NAMES.get(key) ?? '?')
    .sort()
    .join('')
}

describe('whoever is listed', () => {
  test.each<[string, NostrEvent[], string]>([
    ['nobody without a list', [announcement(OWNER, [])], 'O'],
    ['nobody without an announcement', [], 'O'],
    ['a key that announces nothing', [lists(OWNER, A)], 'AO'],
    ['those whom a maintainer lists', [lists(OWNER, A), lists(A, B), lists(B, C)], 'ABCO'],
    ['everybody of a circle', [lists(OWNER, A), lists(A, B), lists(B, OWNER, A)], 'ABO'],
    ['nobody twice', [lists(OWNER, OWNER, A, A)], 'AO'],
    ['nobody by a stranger', [lists(OWNER, A), lists(C, OWNER, C)], 'AO'],
    ['nothing that is no key', [lists(OWNER, 'A'.repeat(64), 'abc', '', A)], 'AO'],
    [
      'nobody by another repository',
      [
        announcement(OWNER, [['maintainers', A]], {
          tags: [
            ['d', 'web'],
            ['maintainers', A],
          ],
        }),
      ],
      'O',
    ],
    [
      'nobody by an event of another kind',
      [announcement(OWNER, [['maintainers', A]], { kind: 30_618 })],
      'O',
    ],
    [
      'only by the newest',
      [
        announcement(OWNER, [['maintainers', A]]),
        announcement(OWNER, [['maintainers', B]], { created_at: 2 }),
      ],
      'BO',
    ],
    [
      'several tags together',
      [
        announcement(OWNER, [
          ['maintainers', A],
          ['maintainers', B],
        ]),
      ],
      'ABO',
    ],
    [
      "nobody by a maintainer's own fork",
      [
        lists(OWNER, A),
        announcement(A, [
          ['maintainers', B],
          ['u', `30617:${OWNER}:app`],
        ]),
      ],
      'AO',
    ],
    [
      "those of the owner's own fork",
      [
        announcement(OWNER, [
          ['maintainers', A],
          ['u', `30617:${C}:app`],
        ]),
      ],
      'AO',
    ],
  ])('is a maintainer: %s', (_name, events, expected) => {
    expect(members(events)).toBe(expected)
    expect(members(events.toReversed())).toBe(expected)
  })
})

describe('by the rule of reciprocity', () => {
  test.each<[string, NostrEvent[], string]>([
    ['a key that announces nothing is none', [lists(OWNER, A)], 'O'],
    ['a key that lists nobody back is none', [lists(OWNER, A), lists(A, C)], 'O'],
    ['a key that lists the owner back is one', [lists(OWNER, A), lists(A, OWNER)], 'AO'],
    ['a key may list any of them', [lists(OWNER, A), lists(A, OWNER, B), lists(B, A)], 'ABO'],
    ['a key may list one that comes later', [lists(OWNER, A, B), lists(A, B), lists(B, OWNER)], 'ABO'],
  ])('%s', (_name, events, expected) => {
    expect(members(events, 'reciprocal')).toBe(expected)
  })
})

describe('role tags', () => {
  test.each<[string, Tags, string]>([
    [
      'lead and maintainer count',
      [
        ['M', A],
        ['m', B],
      ],
      'ABO',
    ],
    [
      'a moderator does not',
      [
        ['o', A],
        ['m', B],
      ],
      'BO',
    ],
    [
      'they replace the list',
      [
        ['maintainers', A],
        ['m', B],
      ],
      'BO',
    ],
    [
      'even where they name nobody',
      [
        ['maintainers', A],
        ['o', B],
      ],
      'O',
    ],
    ['a beginning', [['m', A, '1700000000']], 'AO'],
    ['an end', [['m', A, '1700000000', '1800000000']], 'O'],
    ['a new beginning', [['m', A, '1', '2', '3']], 'AO'],
    ['an end that is put off', [['m', A, '1', 'defer']], 'O'],
    ['a word that is no time', [['m', A, 'soon']], 'O'],
    ['`defer` in another place', [['m', A, 'defer', '3']], 'O'],
    ['no key', [['m', 'abc']], 'O'],
    [
      'one that is open beside one that is closed',
      [
        ['m', A, '1', '2'],
        ['M', A],
      ],
      'AO',
    ],
  ])('%s', (_name, tags, expected) => {
    expect(members([announcement(OWNER, tags)])).toBe(expected)
  })

  test('an owner who ends his own role signs no more, and those whom he lists still do', () => {
    expect(
      members([
        announcement(OWNER, [
          ['M', OWNER, '1', '2'],
          ['m', A],
        ]),
      ]),
    ).toBe('A')
  })

  test('a maintainer who calls himself a moderator signs nothing and brings in nobody', () => {
    expect(
      members([
        lists(OWNER, A),
        announcement(A, [
          ['o', A],
          ['m', B],
        ]),
      ]),
    ).toBe('O')
  })

  test('a tag about himself that cannot be read takes nothing away', () => {
    expect(members([lists(OWNER, A), announcement(A, [['m', A, 'soon']])])).toBe('AO')
  })
})

describe('a hostile list', () => {
  const keyOf = (i: number) => i.toString(16).padStart(64, '0')

  test('of thousands of keys makes 64 maintainers', () => {
    const many = Array.from({ length: 2_000 }, (_, i) => keyOf(i + 1))
    expect(maintainersOf(OWNER, 'app', [lists(OWNER, ...many)], 'listed').size).toBe(64)
  })

  test('that goes on and on is followed for six rounds', () => {
    const chain = Array.from({ length: 50 }, (_, i) => lists(keyOf(i), keyOf(i + 1)))
    expect(maintainersOf(keyOf(0), 'app', chain, 'listed').size).toBe(7)
  })

  test('never brings in a key that nobody inside has listed, nor more than 64', () => {
    const key = fc.integer({ min: 0, max: 9 }).map(keyOf)
    const event = fc.tuple(key, fc.array(key, { maxLength: 10 })).map(([who, keys]) => lists(who, ...keys))
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), (events) => {
        const owner = keyOf(0)
        const found = maintainersOf(owner, 'app', events, 'listed')
        const listedBy = (member: string) =>
          events.some((e) => e.pubkey !== member && found.has(e.pubkey) && e.tags.flat().includes(member))
        expect(found.has(owner)).toBe(true)
        for (const member of found) expect(member === owner || listedBy(member)).toBe(true)
      }),
    )
  })

  test('makes no smaller a set than the rule of reciprocity does', () => {
    const key = fc.integer({ min: 0, max: 5 }).map(keyOf)
    const event = fc.tuple(key, fc.array(key, { maxLength: 6 })).map(([who, keys]) => lists(who, ...keys))
    fc.assert(
      fc.property(fc.array(event, { maxLength: 8 }), (events) => {
        const listed = maintainersOf(keyOf(0), 'app', events, 'listed')
        for (const key of maintainersOf(keyOf(0), 'app', events, 'reciprocal'))
          expect(listed.has(key)).toBe(true)
      }),
    )
  })
})
