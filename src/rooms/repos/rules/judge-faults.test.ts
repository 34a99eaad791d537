import { expect, test } from 'vitest'
import type { Oid, RefName } from '../../../kernel/ids.ts'
import type { Push } from '../../../kernel/policy.ts'
import type { Repository } from '../../../kernel/repository.ts'
import { judgeFaults } from './judge-faults.ts'
import type { Fault } from './judge-update.ts'

const [ZERO, A, B] = ['0', 'a', 'b'].map((digit) => digit.repeat(40)) as [Oid, Oid, Oid]
const NEEDS_PULL = ['needs a pull request'] as const

const faulty = (faults: readonly [Fault, ...Fault[]] = NEEDS_PULL, more: object = {}) => ({
  update: { ref: 'refs/heads/main' as RefName, oldOid: A, newOid: B, ...more },
  faults,
})

/** One that opens pull requests, but for `more`. */
function push(more: Partial<Push> = {}, ofRepository: Partial<Repository> = {}): Push {
  const repo = { kind: 'hosted', protectedPush: 'open-pull-request', ...ofRepository }
  return { repo, via: 'git', readsRedirections: true, ...more } as Push
}

const fateOf = (judged: ReturnType<typeof judgeFaults>) =>
  judged.forPulls.length > 0 ? 'pull request' : judged.refusals.map(({ reason }) => reason)

test('a push that a merge could bring goes to a pull request', () => {
  expect(fateOf(judgeFaults(push(), [faulty()]))).toBe('pull request')
  expect(fateOf(judgeFaults(push(), [faulty(['only owners may push', ...NEEDS_PULL])]))).toBe('pull request')
})

test.each<[string, Push, ReturnType<typeof faulty>]>([
  ['a repository that does not say so', push({}, { protectedPush: 'refuse' }), faulty()],
  ['a repository before an upstream', push({}, { kind: 'gate' }), faulty()],
  ['a repository of signed events', push({}, { kind: 'grasp' }), faulty()],
  ['a commit by REST', push({ via: 'api' }), faulty()],
  ['a client that could not be told', push({ readsRedirections: false }), faulty()],
  ['a branch that is to be made', push(), faulty(NEEDS_PULL, { oldOid: ZERO })],
  ['a branch that is to be deleted', push(), faulty(NEEDS_PULL, { newOid: ZERO })],
])('in %s it is refused', (_, by, update) => {
  expect(fateOf(judgeFaults(by, [update]))).toEqual(['branch is protected: needs a pull request'])
})

test('where one of the rules keeps merges out as well it is refused, for the first reason', () => {
  const both = faulty([...NEEDS_PULL, 'nobody may push'])
  expect(fateOf(judgeFaults(push(), [both]))).toEqual(['branch is protected: needs a pull request'])
})

test('only a client that could not be told reads that it is why', () => {
  const hintOf = (by: Push) => judgeFaults(by, [faulty()]).refusals[0]?.hint
  expect(hintOf(push({ readsRedirections: false }))).toContain('could not be told')
  expect(hintOf(push({ readsRedirections: false }, { protectedPush: 'refuse' }))).not.toContain('be told')
})

test('a push of very many protected branches opens a pull request for none of them', () => {
  const many = Array.from({ length: 11 }, (_, i) => faulty(NEEDS_PULL, { ref: `refs/heads/${i}` }))
  expect(judgeFaults(push(), many)).toMatchObject({ forPulls: [], refusals: { length: 11 } })
  expect(judgeFaults(push(), many.slice(1)).forPulls).toHaveLength(10)
})
