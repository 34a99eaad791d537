import fc from 'fast-check'
import { expect, test } from 'vitest'
import { covers, grantAllowsRef, layersCovering, mayCreate, type Resource } from '../access.ts'
import type { GrantAction, Grants, GrantTarget, RepositoryGrant } from '../grants.ts'
import type { RefName, RepoId } from '../ids.ts'
import { ANONYMOUS } from '../principal.ts'
import { grantsOfClaims } from './grants-of-claims.ts'
import { wordsOfGrants } from './words-of-grants.ts'

const SURFACE_ORG = 'tools'
const ID = '0199c0de-0000-7000-8000-000000000001'
const ACTIONS = ['read', 'write', 'admin', 'create'] as const
const REFS = ['refs/heads/main', 'refs/heads/agent/x'] as readonly string[] as readonly RefName[]

/** Every repository that the targets below may mean, and one that none of them names. */
const RESOURCES: readonly Resource[] = [
  { orgSlug: 'acme', slug: 'app', id: ID, surface: false },
  { orgSlug: SURFACE_ORG, slug: 'page', id: '0199c0de-0000-7000-8000-000000000002', surface: true },
  { orgSlug: 'other', slug: 'page', id: '0199c0de-0000-7000-8000-000000000003', surface: false },
].map((one) => ({
  ...one,
  id: one.id as RepoId,
  orgId: `${one.orgSlug}-id`,
  visibility: 'private',
  role: null,
}))

const target: fc.Arbitrary<GrantTarget> = fc.constantFrom<GrantTarget>(
  { kind: 'id', id: ID },
  { kind: 'path', path: 'acme/app' },
  { kind: 'surface', name: 'page' },
)
const actions = fc.uniqueArray(fc.constantFrom<GrantAction>(...ACTIONS), { minLength: 1 })
const limited: fc.Arbitrary<RepositoryGrant> = fc.record(
  {
    target,
    actions,
    refs: fc.constant(['refs/heads/agent/*']),
    refRules: fc.constant([{ ref: 'refs/heads/main', deny: ['force' as const] }]),
    paths: fc.constant(['docs/**']),
    maxPackBytes: fc.nat(1000),
    expiresRepoSeconds: fc.integer({ min: 1, max: 1000 }),
  },
  { requiredKeys: ['target', 'actions'] },
)
const everywhere = fc.record({ target: fc.constant<GrantTarget>({ kind: 'all' }), actions })
const grants: fc.Arbitrary<Grants> = fc.record({
  admin: fc.boolean(),
  repositories: fc.array(fc.oneof(limited, everywhere), { maxLength: 5 }),
})

test('words read back grant exactly what the grants did: actions, refs, limits, creation, admin', () => {
  fc.assert(
    fc.property(grants, (before) => {
      const { scope, authorizationDetails } = wordsOfGrants(before, SURFACE_ORG)
      const after = grantsOfClaims({ scope, authorization_details: authorizationDetails }, [])
      expect(after && effectOf(after)).toEqual(effectOf(before))
    }),
  )
})

/** All that can be asked of grants, answered; limits as a set, since their order says nothing. */
function effectOf(of: Grants) {
  const principal = { ...ANONYMOUS, kind: 'user' as const, accountId: 'ada', grants: of }
  return RESOURCES.map((resource) => ({
    admin: of.admin,
    creates: mayCreate(principal, resource),
    may: (['read', 'write', 'admin'] as const).map((action) => covers(of, action, resource)),
    limits: [...new Set(layersCovering(of, 'write', resource).flat().map(limitsOf))].sort(),
  }))
}

function limitsOf(grant: RepositoryGrant): string {
  const verbs = REFS.map((ref) =>
    (['push', 'force'] as const).map((verb) => grantAllowsRef(grant, ref, verb)),
  )
  return JSON.stringify([verbs, grant.paths, grant.maxPackBytes, grant.expiresRepoSeconds])
}

test.each<[string, RepositoryGrant, string]>([
  ['all', { target: { kind: 'all' }, actions: ['read', 'create'] }, 'repo:read repo:create'],
  [
    'one by its name',
    { target: { kind: 'path', path: 'acme/app' }, actions: ['write'] },
    'repo:acme/app:write',
  ],
  [
    'a surface',
    { target: { kind: 'surface', name: 'page' }, actions: ['write', 'create'] },
    'surface:page:write',
  ],
])('what a scope can say is said by a scope: %s', (_case, grant, scope) => {
  expect(wordsOfGrants({ admin: false, repositories: [grant] }, SURFACE_ORG)).toEqual({
    scope,
    authorizationDetails: [],
  })
})

test('limits on all repositories, which no words can ask for, are not shown as more than they are', () => {
  const grant: RepositoryGrant = { target: { kind: 'all' }, actions: ['write'], refs: ['refs/heads/x'] }
  expect(wordsOfGrants({ admin: false, repositories: [grant] }, SURFACE_ORG)).toEqual({
    scope: '',
    authorizationDetails: [],
  })
})
