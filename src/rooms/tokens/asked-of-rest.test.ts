import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  covers,
  grantAllowsRef,
  isAllPowerful,
  layersCovering,
  mayCreate,
  type Resource,
} from '../../kernel/access.ts'
import { UNRESTRICTED, type GrantAction, type Grants, type GrantTarget } from '../../kernel/grants.ts'
import type { RefName, RepoId } from '../../kernel/ids.ts'
import { ANONYMOUS, type Principal } from '../../kernel/principal.ts'
import { grantsOfBody, grantsWithin } from './asked-of-rest.ts'

const ID = '0199c0de-0000-7000-8000-000000000001'
const NOBODY_SPECIAL = { administrator: false }

function somebody(grants: Grants): Principal {
  return { ...ANONYMOUS, kind: 'user', accountId: 'ada', grants }
}

describe('attenuation never widens', () => {
  const RESOURCES: readonly Resource[] = [
    {
      id: ID as RepoId,
      orgId: 'o',
      orgSlug: 'acme',
      slug: 'app',
      surface: false,
      visibility: 'private',
      role: 'owner',
    },
    {
      id: 'x' as RepoId,
      orgId: 's',
      orgSlug: 'tools',
      slug: 'app',
      surface: true,
      visibility: 'private',
      role: 'owner',
    },
  ]
  const REFS = ['refs/heads/main', 'refs/heads/x/1'] as RefName[]
  const target = fc.constantFrom<GrantTarget>(
    { kind: 'all' },
    { kind: 'id', id: ID },
    { kind: 'path', path: 'acme/app' },
    { kind: 'surface', name: 'app' },
  )
  const actions = fc.uniqueArray(fc.constantFrom<GrantAction>('read', 'write', 'admin', 'create'), {
    minLength: 1,
  })
  const grant = fc.record(
    { target, actions, refs: fc.constant(['refs/heads/x/*']) },
    { requiredKeys: ['target', 'actions'] },
  )
  const asked = fc.record({
    admin: fc.constant(false),
    repositories: fc.array(grant, { minLength: 1, maxLength: 3 }),
  })

  /** Everything that somebody may do, as words. */
  function abilities(grants: Grants): string[] {
    const who = somebody(grants)
    return RESOURCES.flatMap((at) =>
      [
        ...(['read', 'write', 'admin'] as const).filter((action) => covers(grants, action, at)),
        ...(mayCreate(who, at) ? ['create'] : []),
        ...REFS.filter((ref) =>
          layersCovering(grants, 'write', at).every((layer) =>
            layer.some((g) => grantAllowsRef(g, ref, 'push')),
          ),
        ),
      ].map((word) => `${at.orgSlug} ${word}`),
    )
  }

  test('at no step of a chain of tokens that were minted from one another', () => {
    const chain = fc.array(fc.option(asked), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(asked, chain, (first, rest) => {
        let parent: Grants = first
        for (const next of rest) {
          const child = childOf(parent, next)
          if (child === null) return
          expect(abilities(parent)).toEqual(expect.arrayContaining(abilities(child)))
          expect(isAllPowerful({ ...somebody(child), administrator: true })).toBe(false)
          parent = child
        }
      }),
      { numRuns: 2000 },
    )
  })

  /** `null`: refused; then it could not have done anything. */
  function childOf(parent: Grants, next: Grants | null): Grants | null {
    try {
      return grantsWithin(somebody(parent), next, NOBODY_SPECIAL)
    } catch {
      expect(abilities({ ...next!, within: parent })).toEqual([])
      return null
    }
  }
})

test('a token that is not narrowed leaves no layer behind; one that cannot create does', () => {
  const asked = { admin: false, repositories: UNRESTRICTED.repositories }
  expect(grantsWithin(somebody(UNRESTRICTED), asked, NOBODY_SPECIAL)).toEqual(asked)
  const admin: Grants = { admin: false, repositories: [{ target: { kind: 'all' }, actions: ['admin'] }] }
  expect(grantsWithin(somebody(admin), asked, NOBODY_SPECIAL)).toEqual({ ...asked, within: admin })
})

test('an administrator gives admin only when he asks for it', () => {
  const administrator = { ...somebody({ ...UNRESTRICTED, admin: true }), administrator: true }
  const asked = grantsOfBody({ scope: 'admin repo:read' })
  expect(grantsWithin(administrator, asked, administrator).admin).toBe(true)
  expect(grantsWithin(administrator, null, administrator)).toEqual(UNRESTRICTED)
  expect(() => grantsWithin(administrator, asked, NOBODY_SPECIAL)).toThrow('not allowed')
  expect(() => grantsWithin(somebody(UNRESTRICTED), asked, administrator)).toThrow('not allowed')
})

test('who asks for nothing in particular is told apart from who asks for nothing', () => {
  expect(grantsOfBody({})).toBeNull()
  expect(() => grantsOfBody({ scope: ' ' })).toThrow('not valid')
})
