import { describe, expect, test } from 'vitest'
import { grantAllowsRef, judge, may, mayCreate, refMatches, type Resource } from './access.ts'
import { UNRESTRICTED, type Grants } from './grants.ts'
import type { RefName, RepoId } from './ids.ts'
import { ANONYMOUS, INTERNAL, type Principal } from './principal.ts'

const id = '0190a1b2-0000-7000-8000-000000000000' as RepoId
const repo = { id, orgId: 'o1', orgSlug: 'acme', slug: 'app', surface: false } as const
const resource = (visibility: 'public' | 'private', role: Resource['role']): Resource => ({
  ...repo,
  visibility,
  role,
})
const who = (grants: Grants): Principal => ({ ...ANONYMOUS, kind: 'user', accountId: 'u1', grants })
const user = who(UNRESTRICTED)
const narrowed = (path: string, action: 'read' | 'write' | 'admin') =>
  who({ admin: false, repositories: [{ target: { kind: 'path', path }, actions: [action] }] })

describe('judge follows the table of permissions', () => {
  test.each([
    ['anonymous reads public', ANONYMOUS, 'read', 'public', null, 'allow'],
    ['anonymous writes public', ANONYMOUS, 'write', 'public', null, 'challenge'],
    ['anonymous reads private', ANONYMOUS, 'read', 'private', null, 'hide'],
    ['a stranger writes public', user, 'write', 'public', null, 'forbid'],
    ['a stranger reads private', user, 'read', 'private', null, 'hide'],
    ['a reader writes private', user, 'write', 'private', 'reader', 'forbid'],
    ['a writer writes', user, 'write', 'private', 'writer', 'allow'],
    ['a writer administers', user, 'admin', 'private', 'writer', 'forbid'],
    ['an owner administers', user, 'admin', 'private', 'owner', 'allow'],
    [
      'an owner with a read token writes',
      narrowed('acme/app', 'read'),
      'write',
      'private',
      'owner',
      'forbid',
    ],
    [
      'an owner with a token for another repository',
      narrowed('acme/other', 'admin'),
      'read',
      'private',
      'owner',
      'hide',
    ],
    [
      'a write token in the hand of a reader',
      narrowed('acme/app', 'write'),
      'write',
      'private',
      'reader',
      'forbid',
    ],
    ['the internal caller', INTERNAL, 'admin', 'private', null, 'allow'],
  ] as const)('%s', (_name, principal, action, visibility, role, expected) => {
    expect(judge(principal, action, resource(visibility, role))).toBe(expected)
  })
})

describe('where signed events decide what is pushed', () => {
  const holder: Principal = { ...ANONYMOUS, kind: 'nostr', pubkey: 'ab'.repeat(32) }
  const member: Principal = { ...holder, welcome: true }

  test.each([
    ['anybody pushes in public', ANONYMOUS, 'write', 'public', 'allow'],
    ['nobody in particular reads in private', ANONYMOUS, 'read', 'private', 'hide'],
    ['nobody in particular pushes in private', ANONYMOUS, 'write', 'private', 'hide'],
    ['the holder of some key reads in private', holder, 'read', 'private', 'hide'],
    ['a stranger with an account pushes in private', user, 'write', 'private', 'hide'],
    ['a member reads in private', member, 'read', 'private', 'allow'],
    ['a member pushes in private', member, 'write', 'private', 'allow'],
    ['a member administers', member, 'admin', 'private', 'forbid'],
  ] as const)('%s', (_name, principal, action, visibility, expected) => {
    expect(judge(principal, action, { ...resource(visibility, null), signedPushes: true })).toBe(expected)
  })

  test('elsewhere a member is nobody', () => {
    expect(judge(member, 'read', resource('private', null))).toBe('hide')
    expect(judge(member, 'write', resource('public', null))).toBe('forbid')
  })
})

test('write includes read, and a grant by organisation id is the same as by slug', () => {
  expect(may(narrowed('o1/app', 'write'), 'read', resource('private', 'owner'))).toBe(true)
})

test('a surface grant reaches only repositories of the surface organisation', () => {
  const agent = who({
    admin: false,
    repositories: [{ target: { kind: 'surface', name: 'app' }, actions: ['write'] }],
  })
  expect(may(agent, 'write', resource('private', 'writer'))).toBe(false)
  expect(may(agent, 'write', { ...resource('private', 'writer'), surface: true })).toBe(true)
})

test('only a grant of create makes a repository', () => {
  const where = { orgId: 'o1', orgSlug: 'acme', slug: 'new', surface: false }
  const create = who({
    admin: false,
    repositories: [{ target: { kind: 'path', path: 'acme/new' }, actions: ['create'] }],
  })
  expect(mayCreate(narrowed('acme/new', 'admin'), where)).toBe(false)
  expect(mayCreate(create, where)).toBe(true)
  expect(mayCreate(create, { ...where, slug: 'newer' })).toBe(false)
  expect(mayCreate(ANONYMOUS, where)).toBe(false)
})

test.each([
  ['refs/heads/main', 'refs/heads/main', true],
  ['refs/heads/main', 'refs/heads/main2', false],
  ['refs/heads/agent-7/*', 'refs/heads/agent-7/a/b', true],
  ['refs/heads/agent-7/*', 'refs/heads/agent-70/a', false],
  ['refs/*/main', 'refs/heads/main', true],
  ['refs/*ab*ab', 'refs/ab', false],
  ['*', 'refs/tags/v1', true],
])('pattern %s on %s: %s', (pattern, ref, expected) => {
  expect(refMatches(pattern, ref as RefName)).toBe(expected)
})

test('the first rule that matches decides', () => {
  const grant = {
    target: { kind: 'all' },
    actions: ['write'],
    refRules: [
      { ref: 'refs/heads/main', deny: ['force', 'delete'] },
      { ref: 'refs/heads/*', deny: ['push'] },
    ],
  } as const
  expect(grantAllowsRef(grant, 'refs/heads/main' as RefName, 'push')).toBe(true)
  expect(grantAllowsRef(grant, 'refs/heads/main' as RefName, 'force')).toBe(false)
  expect(grantAllowsRef(grant, 'refs/heads/x' as RefName, 'push')).toBe(false)
  expect(grantAllowsRef(grant, 'refs/tags/v1' as RefName, 'delete')).toBe(true)
})
