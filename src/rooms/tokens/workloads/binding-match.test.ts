import { describe, expect, test } from 'vitest'
import { UNRESTRICTED } from '../../../kernel/grants.ts'
import type { WorkloadBinding } from '../../../store/workload-bindings.ts'
import { chooseBinding, faultOfClaims, matchesBinding } from './binding-match.ts'

const ISSUER = 'https://ci.example'
const AUDIENCE = 'https://sluice.example'
const [ANN, BEN] = ['0199c0de-0000-7000-8000-00000000000a', '0199c0de-0000-7000-8000-00000000000b']

const ASSERTION = {
  issuer: ISSUER,
  audiences: ['https://other.example', AUDIENCE],
  expiresAt: 0,
  claims: {
    sub: 'repo:acme/app:ref:refs/heads/main',
    repository: 'acme/app',
    run_number: 7,
    ref_protected: true,
    groups: ['readers', 'deployers', 9, ['nested']],
    'kubernetes.io': { namespace: 'ci', serviceaccount: { name: 'builder' } },
    'https://acme.example/team': 'core',
    nothing: null,
  },
}

function binding(claims: Record<string, string>, rest: Partial<WorkloadBinding> = {}): WorkloadBinding {
  return {
    id: 'b',
    accountId: ANN,
    issuer: ISSUER,
    audience: AUDIENCE,
    claims,
    grants: UNRESTRICTED,
    createdBy: null,
    createdAt: 0,
    ...rest,
  }
}

describe('a claim fits', () => {
  test.each([
    ['the same text', { repository: 'acme/app' }],
    ['a pattern over the whole of it', { sub: 'repo:acme/*:ref:refs/heads/*' }],
    ['a number as text', { run_number: '7' }],
    ['a boolean as text', { ref_protected: 'true' }],
    ['one element of a list', { groups: 'deploy*' }],
    ['a number in a list', { groups: '9' }],
    ['a nested name', { 'kubernetes.io.namespace': 'ci' }],
    ['a name nested twice', { 'kubernetes.io.serviceaccount.name': 'builder' }],
    ['a name with dots of its own', { 'https://acme.example/team': 'core' }],
    ['each of several', { repository: 'acme/app', run_number: '7' }],
  ])('%s', (_case, claims) => expect(matchesBinding(binding(claims), ASSERTION)).toBe(true))
})

describe('a claim does not fit', () => {
  test.each<[string, Record<string, string>]>([
    ['no claims at all', {}],
    ['a beginning', { repository: 'acme' }],
    ['a pattern for a part of it', { repository: 'cme/*' }],
    ['another case', { repository: 'Acme/App' }],
    ['what would be a regular expression', { repository: 'acme/a.p' }],
    ['one that is missing', { environment: '*' }],
    ['one that is null', { nothing: '*' }],
    ['an object', { 'kubernetes.io': '*' }],
    ['a list in a list', { groups: 'nested' }],
    ['what every object has', { constructor: '*' }],
    ['what every text has', { 'sub.length': '*' }],
    ['one of several', { repository: 'acme/app', run_number: '8' }],
  ])('%s', (_case, claims) => expect(matchesBinding(binding(claims), ASSERTION)).toBe(false))

  test('a name that can be read twice, and one reading says something else', () => {
    const claims = { 'a.b': 'good', a: { b: 'bad' } }
    expect(matchesBinding(binding({ 'a.b': 'good' }), { ...ASSERTION, claims })).toBe(false)
    expect(matchesBinding(binding({ 'a.b': 'bad' }), { ...ASSERTION, claims })).toBe(false)
    expect(matchesBinding(binding({ 'a.b': '*d' }), { ...ASSERTION, claims })).toBe(true)
  })
})

test.each([
  ['another issuer', { issuer: `${ISSUER}/` }],
  ['an audience that the assertion has not', { audience: 'https://sluice.example/' }],
])('a binding of %s does not match', (_case, rest) => {
  expect(matchesBinding(binding({ repository: 'acme/app' }, rest), ASSERTION)).toBe(false)
})

describe('of those that match', () => {
  const [ann, ben] = [binding({ a: 'x' }), binding({ a: 'x' }, { id: 'c', accountId: BEN })]
  const finer = binding({ a: 'x', b: 'y' }, { id: 'd' })
  const younger = binding({ c: 'x', d: 'y' }, { id: 'e' })

  test.each<[string, WorkloadBinding[], string | null, WorkloadBinding | null]>([
    ['none is none', [], null, null],
    ['the only one counts', [ann], null, ann],
    ['a client that is no account changes nothing', [ann], 'runner', ann],
    ['two accounts cannot be told apart', [ann, ben], null, null],
    ['nor by a client that is neither', [ann, ben], 'runner', null],
    ['the account that the client names counts', [ann, ben], BEN.toUpperCase(), ben],
    ['another account than the client names does not', [ann], BEN, null],
    ['the one with most claims counts, then the oldest', [ann, finer, younger], null, finer],
  ])('%s', (_case, matching, client, expected) => {
    expect(chooseBinding(matching, client)).toBe(expected)
  })
})

test.each<[Record<string, string>, string | null]>([
  [{ sub: 'repo:acme/*' }, null],
  [{ repository: 'acme/app', environment: '*' }, null],
  [{ sub: '*' }, 'sub must not be any'],
  [{ sub: '**', repository: 'acme/app' }, 'sub must not be any'],
  [{ repository: '*', environment: '**' }, 'at least one claim must be more than *'],
  [{}, 'at least one claim must be more than *'],
])('claims %j: %s', (claims, fault) => expect(faultOfClaims(claims)).toBe(fault))
