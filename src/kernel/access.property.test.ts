/** Judging by grants against a slow reference that shares no code with it, and what no layer may do. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  grantAllowsRef,
  isAllPowerful,
  isWholeSubject,
  layersCovering,
  maxPackBytes,
  may,
  mayCreate,
  type Place,
  type Resource,
} from './access.ts'
import type { Action, GrantAction, Grants, GrantTarget, RepositoryGrant, Role } from './grants.ts'
import type { RefName, RepoId } from './ids.ts'
import type { Principal, PrincipalKind } from './principal.ts'

const IDS = ['01890a5d-ac96-774b-bcce-b302099a8057', '01890a5d-ac96-774b-bcce-b302099a8058'] as const
const ORG_ID = '11111111-1111-4111-8111-111111111111'
const REFS = ['refs/heads/main', 'refs/heads/agent/a', 'refs/tags/v1'] as RefName[]
const ACTIONS: readonly Action[] = ['read', 'write', 'admin']

const org = fc.constantFrom('acme', 'beta', ORG_ID)
const slug = fc.constantFrom('site', 'notes')
const id = fc.constantFrom(...IDS)
const refPattern = fc.constantFrom('refs/heads/*', 'refs/heads/main', 'refs/*', 'refs/heads/agent/*')

const resource: fc.Arbitrary<Resource> = fc.record({
  id: id as fc.Arbitrary<RepoId>,
  orgId: fc.constant(ORG_ID),
  orgSlug: fc.constantFrom('acme', 'beta'),
  slug,
  surface: fc.boolean(),
  visibility: fc.constantFrom('public' as const, 'private' as const),
  role: fc.constantFrom<Role | null>('owner', 'writer', 'reader', null),
})

const target: fc.Arbitrary<GrantTarget> = fc.oneof(
  fc.constant({ kind: 'all' as const }),
  id.map((value) => ({ kind: 'id' as const, id: value })),
  fc.tuple(org, slug).map(([o, s]) => ({ kind: 'path' as const, path: `${o}/${s}` })),
  slug.map((name) => ({ kind: 'surface' as const, name })),
)
const grant: fc.Arbitrary<RepositoryGrant> = fc.record(
  {
    target,
    actions: fc.array(fc.constantFrom<GrantAction>('read', 'write', 'admin', 'create'), { maxLength: 3 }),
    refs: fc.array(refPattern, { maxLength: 2 }),
    refRules: fc.array(
      fc.record({
        ref: refPattern,
        deny: fc.array(fc.constantFrom('push' as const, 'force' as const, 'delete' as const)),
      }),
      { maxLength: 2 },
    ),
    maxPackBytes: fc.nat(3),
  },
  { requiredKeys: ['target', 'actions'] },
)
const layer = fc.record({ admin: fc.boolean(), repositories: fc.array(grant, { maxLength: 4 }) })

/** Outermost last, as they were minted from each other. */
const layers: fc.Arbitrary<readonly Grants[]> = fc.array(layer, { minLength: 1, maxLength: 4 })

function nested([first, ...outer]: readonly Grants[]): Grants {
  const own = first ?? { admin: false, repositories: [] }
  return outer.length === 0 ? own : { ...own, within: nested(outer) }
}

const party = fc.record({
  kind: fc.constantFrom<PrincipalKind>('anonymous', 'user', 'agent', 'service', 'nostr', 'internal'),
  administrator: fc.boolean(),
})

function principalWith(
  who: { kind: PrincipalKind; administrator: boolean },
  of: readonly Grants[],
): Principal {
  return { ...who, accountId: null, displayName: 'somebody', email: null, grants: nested(of) }
}

test('may agrees with a slow reference on random parties, roles and nested grants', () => {
  fc.assert(
    fc.property(party, layers, fc.constantFrom(...ACTIONS), resource, (who, of, what, where) => {
      expect(may(principalWith(who, of), what, where)).toBe(slowMay(who, of, what, where))
    }),
    { numRuns: 5000 },
  )
})

test('so does making a repository', () => {
  const place: fc.Arbitrary<Place> = fc.record({
    orgId: fc.constant(ORG_ID),
    orgSlug: fc.constantFrom('acme', 'beta'),
    slug,
    surface: fc.boolean(),
  })
  fc.assert(
    fc.property(party, layers, place, (who, of, where) => {
      const slow =
        slowPower(who, of) ||
        of.every(({ repositories }) =>
          repositories.some(
            (g) => g.actions.includes('create') && g.target.kind !== 'id' && names(g.target, where),
          ),
        )
      expect(mayCreate(principalWith(who, of), where)).toBe(slow && who.kind !== 'anonymous')
    }),
    { numRuns: 5000 },
  )
})

test('no layer ever allows more: whatever a token may, the one that it was minted from may as well', () => {
  fc.assert(
    fc.property(party, layers, layer, resource, (who, of, added, where) => {
      const parent = principalWith(who, of)
      const child = principalWith(who, [added, ...of])
      const [mine, all] = [powersOf(child, where), powersOf(parent, where)]
      expect(mine.filter((power) => !all.includes(power))).toEqual([])
      expect(maxPackBytes(child, where, REFS)).toBeLessThanOrEqual(maxPackBytes(parent, where, REFS))
    }),
    { numRuns: 3000 },
  )
})

test('the order of layers does not matter', () => {
  fc.assert(
    fc.property(party, layers, resource, (who, of, where) => {
      const there = powersOf(principalWith(who, of), where)
      expect(powersOf(principalWith(who, of.toReversed()), where)).toEqual(there)
    }),
    { numRuns: 2000 },
  )
})

/** All that there is to be allowed, by name. */
function powersOf(who: Principal, where: Resource): string[] {
  const actions = ACTIONS.filter((action) => may(who, action, where))
  const writes = (['push', 'force', 'delete'] as const).flatMap((verb) =>
    REFS.filter((ref) => writesRef(who.grants, where, ref, verb)).map((ref) => `${verb} ${ref}`),
  )
  return [
    ...actions,
    ...writes,
    ...(mayCreate(who, where) ? ['create'] : []),
    ...(isAllPowerful(who) ? ['everything'] : []),
    ...(isWholeSubject(who) ? ['manage accounts'] : []),
  ]
}

function writesRef(
  grants: Grants,
  where: Resource,
  ref: RefName,
  verb: 'push' | 'force' | 'delete',
): boolean {
  return layersCovering(grants, 'write', where).every((within) =>
    within.some((one) => grantAllowsRef(one, ref, verb)),
  )
}

/** What each role and each granted word amounts to, written out. */
const OF_ROLE = { owner: ['read', 'write', 'admin'], writer: ['read', 'write'], reader: ['read'] }
const OF_WORD = {
  admin: ['read', 'write', 'admin'],
  write: ['read', 'write'],
  read: ['read'],
  create: [],
}

interface Party {
  readonly kind: PrincipalKind
  readonly administrator: boolean
}

function slowMay(who: Party, of: readonly Grants[], what: Action, where: Resource): boolean {
  const byPublicity = what === 'read' && where.visibility === 'public'
  const standing = who.administrator ? 'owner' : where.role
  const role: string[] = standing === null ? [] : OF_ROLE[standing]
  const granted = of.every((one) => slowGranted(one, where).has(what))
  return slowPower(who, of) || byPublicity || (role.includes(what) && granted)
}

function slowPower({ kind, administrator }: Party, of: readonly Grants[]): boolean {
  return kind === 'internal' || (administrator && !of.some(({ admin }) => !admin))
}

function slowGranted({ repositories }: Grants, where: Resource): Set<string> {
  const granted = new Set<string>()
  for (const { target, actions } of repositories)
    if (names(target, where)) for (const word of actions) for (const one of OF_WORD[word]) granted.add(one)
  return granted
}

function names(target: GrantTarget, where: Place & { id?: string }): boolean {
  const meant: Record<GrantTarget['kind'], boolean> = {
    all: true,
    id: 'id' in target && target.id === where.id,
    path: 'path' in target && [where.orgSlug, where.orgId].some((o) => `${o}/${where.slug}` === target.path),
    surface: 'name' in target && where.surface && where.slug === target.name,
  }
  return meant[target.kind]
}
