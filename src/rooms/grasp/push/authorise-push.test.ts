/** The verdict about a push: what one state allows as a whole, and tips of pull requests one by one. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Oid, RefName } from '../../../kernel/ids.ts'
import type { RefUpdate } from '../../../kernel/ref-update.ts'
import { authorisePush, type CandidateState, type NamedTips } from './authorise-push.ts'

const ZERO = '0'.repeat(40) as Oid
const [A, B, C] = ['a', 'b', 'c'].map((digit) => digit.repeat(40) as Oid) as [Oid, Oid, Oid]
const EVENT = 'e'.repeat(64)
const NO_TIPS: NamedTips = new Map()

function state(refs: Record<string, Oid | null>, id = 'd'.repeat(64)): CandidateState {
  return { id, declared: { refs: new Map(Object.entries(refs) as [RefName, Oid | null][]) } }
}

function move(ref: string, newOid: Oid, oldOid: Oid = ZERO): RefUpdate {
  return { ref: ref as RefName, oldOid, newOid }
}

function reasons(commands: RefUpdate[], candidates: CandidateState[], tips = NO_TIPS): string[] {
  return authorisePush(commands, candidates, tips).map(({ reason }) => reason)
}

describe('branches and tags', () => {
  const declared = state({ 'refs/heads/main': A, 'refs/tags/v1': B })

  test('what one state declares passes, and what it does not declare may go', () => {
    const commands = [move('refs/heads/main', A), move('refs/tags/v1', B), move('refs/heads/old', ZERO, C)]
    expect(reasons(commands, [declared])).toEqual([])
  })

  test('an older candidate may allow what the newest does not', () => {
    const newest = state({ 'refs/heads/main': C }, 'f'.repeat(64))
    expect(reasons([move('refs/heads/main', A)], [newest, declared])).toEqual([])
  })

  test('two states that allow half of a push each do not allow it', () => {
    const halves = [state({ 'refs/heads/main': A }), state({ 'refs/heads/main': C, 'refs/heads/next': B })]
    const refused = authorisePush([move('refs/heads/main', A), move('refs/heads/next', B)], halves, NO_TIPS)
    expect(refused.map(({ ref }) => ref)).toEqual(['refs/heads/main', 'refs/heads/next'])
  })

  test.each<[string, RefUpdate, string]>([
    [
      'another commit',
      move('refs/heads/main', B),
      'state dddddddd declares main at aaaaaaa, you push bbbbbbb',
    ],
    ['a branch too many', move('refs/heads/x', B), 'state dddddddd does not declare x, you push bbbbbbb'],
    [
      'a deletion',
      move('refs/heads/main', ZERO, A),
      'state dddddddd declares main at aaaaaaa, you delete it',
    ],
  ])('%s is refused, and the reason says what is signed', (_name, command, detail) => {
    expect(reasons([command], [declared])).toEqual([`not what is signed: ${detail}`])
  })

  test('a ref that is signed so, beside one that is not, is refused with it', () => {
    expect(reasons([move('refs/heads/main', A), move('refs/heads/x', B)], [declared])[0]).toBe(
      'not what is signed: state dddddddd declares main so, but not the other refs of this push',
    )
  })

  test('without a state the reason is that there is none', () => {
    expect(reasons([move('refs/heads/main', A)], [])).toEqual(['no signed state allows this'])
  })

  test('a value that is no object id matches nothing, nor does it allow a deletion', () => {
    const malformed = state({ 'refs/heads/main': null })
    expect(reasons([move('refs/heads/main', A)], [malformed])).toHaveLength(1)
    expect(reasons([move('refs/heads/main', ZERO, A)], [malformed])).toHaveLength(1)
  })

  test('a value that stays as it is needs no state', () => {
    expect(reasons([move('refs/heads/main', A, A)], [])).toEqual([])
  })
})

describe('all other refs', () => {
  test.each([
    'refs/notes/commits',
    'refs/meta/config',
    'refs/nostrich/x',
    'refs/heads/pr/7',
    'refs/changes/1/1',
  ])('%s is refused, though a state declares it', (ref) => {
    expect(reasons([move(ref, A)], [state({ [ref]: A })])[0]).toMatch('no state can allow this ref')
  })

  test('the tip of a pull request passes when its event names it, or is not known yet', () => {
    expect(reasons([move(`refs/nostr/${EVENT}`, A)], [])).toEqual([])
    expect(reasons([move(`refs/nostr/${EVENT}`, A)], [], new Map([[EVENT, A]]))).toEqual([])
  })

  test('another commit than its event names is refused', () => {
    expect(reasons([move(`refs/nostr/${EVENT}`, B)], [], new Map([[EVENT, A]]))).toEqual([
      'not the tip of a pull request: event eeeeeeee names aaaaaaa, you push bbbbbbb',
    ])
    expect(reasons([move(`refs/nostr/${EVENT}`, B)], [], new Map([[EVENT, null]]))[0]).toMatch(
      'names no commit',
    )
  })

  test.each(['123', 'E'.repeat(64), 'e'.repeat(63), 'e'.repeat(65), `${EVENT}/x`])(
    'refs/nostr/%s is no id of an event',
    (name) => {
      expect(reasons([move(`refs/nostr/${name}`, A)], [])[0]).toMatch('this is not the id of an event')
    },
  )

  test('a tip is not deleted by a push', () => {
    expect(reasons([move(`refs/nostr/${EVENT}`, ZERO, A)], [])[0]).toMatch('not deleted by a push')
  })
})

describe('of any push', () => {
  const names = ['refs/heads/main', 'refs/heads/next', 'refs/tags/v1', 'refs/heads/pr/1', 'refs/notes/x']
  const oid = fc.constantFrom(A, B, C)
  const command = fc
    .record({
      ref: fc.constantFrom(...names),
      oldOid: fc.constantFrom(ZERO, A),
      newOid: fc.oneof(oid, fc.constant(ZERO)),
    })
    .map(({ ref, oldOid, newOid }) => move(ref, newOid, oldOid))
  const commands = fc.uniqueArray(command, { selector: ({ ref }) => ref, maxLength: 4 })
  const candidate = fc
    .dictionary(fc.constantFrom(...names), fc.option(oid), { maxKeys: 4 })
    .map((refs) => state(refs))
  const candidates = fc.array(candidate, { maxLength: 3 })
  const isStated = ({ ref }: RefUpdate) => /^refs\/(heads\/(?!pr\/)|tags\/)/.test(ref)

  test('what passes is, as a whole, what a single candidate declares', () => {
    fc.assert(
      fc.property(commands, candidates, (pushed, known) => {
        const refused = new Set(authorisePush(pushed, known, NO_TIPS).map(({ ref }) => ref))
        const passed = pushed.filter((each) => !refused.has(each.ref) && each.oldOid !== each.newOid)
        const isDeclared = ({ ref, newOid }: RefUpdate, { declared: { refs } }: CandidateState) =>
          newOid === ZERO ? !refs.has(ref) : refs.get(ref) === newOid
        expect(passed.every(isStated)).toBe(true)
        if (passed.length > 0)
          expect(known.some((each) => passed.every((update) => isDeclared(update, each)))).toBe(true)
      }),
    )
  })

  test('branches and tags pass together or not at all', () => {
    fc.assert(
      fc.property(commands, candidates, (pushed, known) => {
        const refused = new Set(authorisePush(pushed, known, NO_TIPS).map(({ ref }) => ref))
        const moving = pushed.filter((each) => isStated(each) && each.oldOid !== each.newOid)
        expect(new Set(moving.map(({ ref }) => refused.has(ref))).size).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('one more candidate never takes back what passed', () => {
    fc.assert(
      fc.property(commands, candidates, candidate, (pushed, known, more) => {
        const before = authorisePush(pushed, known, NO_TIPS).length
        expect(authorisePush(pushed, [more, ...known], NO_TIPS).length).toBeLessThanOrEqual(before)
      }),
    )
  })
})
