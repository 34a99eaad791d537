import { expect, test } from 'vitest'
import { UNRESTRICTED, type Grants } from './grants.ts'
import { checkMayManage, managesAccount, mayManage } from './managing.ts'
import { ANONYMOUS, INTERNAL, type Principal, type PrincipalKind } from './principal.ts'

const ADMIN: Grants = { ...UNRESTRICTED, admin: true }
const READING: Grants = { admin: false, repositories: [{ target: { kind: 'all' }, actions: ['read'] }] }

function principal(kind: PrincipalKind, grants: Grants, rest: Partial<Principal> = {}): Principal {
  return { ...ANONYMOUS, kind, accountId: 'ann', grants, ...rest }
}

test.each<[string, Principal]>([
  ['a person with the whole of his rights', principal('user', UNRESTRICTED)],
  ['a service account with the whole of its own', principal('service', UNRESTRICTED)],
  ['the platform itself', INTERNAL],
])('%s may manage accounts', (_case, who) => {
  expect(mayManage(who)).toBe(true)
  checkMayManage(who)
})

test.each<[string, Principal]>([
  ['nobody', ANONYMOUS],
  ['a person with a narrowed token', principal('user', READING)],
  ['who has what was minted from a narrowed token', principal('user', { ...UNRESTRICTED, within: READING })],
  ['an agent for itself', principal('agent', UNRESTRICTED)],
  ['an agent for somebody', principal('agent', UNRESTRICTED, { actingFor: 'boss' })],
  ['an agent for an administrator', principal('agent', ADMIN, { administrator: true })],
])('%s may not', (_case, who) => {
  expect(mayManage(who)).toBe(false)
  expect(() => checkMayManage(who)).toThrow('not allowed')
})

test('machines are managed by their owner, by owners of their organisation, and by administrators', async () => {
  const ownsOrg = async (orgId: string, accountId: string) => orgId === 'acme' && accountId === 'ann'
  const ann = principal('user', UNRESTRICTED)
  const manages = (ownerId: string | null, ownerOrgId: string | null, who = ann) =>
    managesAccount(who, { ownerId, ownerOrgId }, ownsOrg)
  expect([await manages('ann', null), await manages('ben', null)]).toEqual([true, false])
  expect([await manages(null, 'acme'), await manages(null, 'beta')]).toEqual([true, false])
  expect(await manages(null, null)).toBe(false)
  expect(await manages('ann', null, principal('user', READING))).toBe(false)
  const admin = principal('user', ADMIN, { administrator: true })
  expect([await manages('ben', null, admin), await manages(null, null, admin)]).toEqual([true, true])
  const modest = principal('user', UNRESTRICTED, { administrator: true })
  expect(await manages('ben', null, modest)).toBe(false)
})
