import { expect, test } from 'vitest'
import { forEachEngine, storeOn } from '../../test/support/databases.ts'
import { newId } from '../kernel/uuid.ts'
import { ManagedAccounts } from './managed-accounts.ts'
import { OrgMembers } from './org-members.ts'
import { ensureOrganization } from './organizations.ts'
import { Revocations } from './revocations.ts'

const BY = { actorId: 'actor', agentId: null }
const NO_OWNER = { code: 'CONFLICT', details: { reason: 'an organisation must keep an owner' } }

forEachEngine('members of an organisation', (on) => {
  const organisation = async () => {
    const store = storeOn(on.database)
    const { id: org } = await on.database.transaction((trx) =>
      ensureOrganization(trx, `org-${newId()}`, {
        id: newId(),
        created_by: null,
        made_for: '',
        created_at: 0,
      }),
    )
    const members = new OrgMembers(store)
    const put = (accountId: string, role: 'owner' | 'writer' | 'reader') =>
      members.put(org, { accountId, role }, BY)
    return { ...store, org, members, put }
  }

  test('a member is added, changed and removed, each with its event in the organisation', async () => {
    const { org, members, put, events } = await organisation()
    const [owner, ann] = [newId(), newId()]
    expect(await put(owner, 'owner')).toBe('added')
    expect([await put(ann, 'reader'), await put(ann, 'writer'), await put(ann, 'writer')]).toEqual([
      'added',
      'changed',
      'same',
    ])
    expect([await members.remove(org, ann, BY), await members.remove(org, ann, BY)]).toEqual([true, false])
    const { items } = await events.list({ types: ['member.*'] }, { limit: 3 })
    expect(items).toMatchObject([
      { type: 'member.removed', orgId: org, targetId: ann, data: { role: 'writer' } },
      { type: 'member.changed', orgId: org, targetId: ann, data: { role: 'writer' } },
      { type: 'member.added', orgId: org, targetId: ann, data: { role: 'reader' } },
    ])
  })

  test('they are listed by role and in pages; only owners own it', async () => {
    const { org, members, put } = await organisation()
    const roles = ['reader', 'owner', 'writer'] as const
    const ids = roles.map(() => newId())
    for (const [i, id] of ids.entries()) await put(id, roles[i]!)
    const list = async (page: object, role?: 'owner') => members.list(org, role, { limit: 2, ...page })
    const first = await list({})
    expect(first.items.map((one) => one.accountId)).toEqual(ids.toSorted().slice(0, 2))
    const second = await list({ cursor: first.nextCursor })
    expect(second).toMatchObject({ items: [{ accountId: ids.toSorted()[2] }], nextCursor: null })
    expect((await list({}, 'owner')).items).toMatchObject([{ accountId: ids[1], role: 'owner' }])
    await expect(list({ cursor: 'x' })).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    expect(await Promise.all(ids.map((id) => members.isOwner(org, id)))).toEqual([false, true, false])
    expect(await members.isOwner(newId(), ids[1]!)).toBe(false)
  })

  test('the last owner who can act can be neither demoted nor removed, a disabled one does not count', async () => {
    const { org, members, put, ...store } = await organisation()
    const accounts = new ManagedAccounts({ ...store, revocations: new Revocations(store), newId })
    const fresh = { kind: 'service', displayName: 'bot', ownerId: newId(), ownerOrgId: null } as const
    const [owner, { id: bot }] = [newId(), await accounts.create(fresh, BY)]
    await put(owner, 'owner')
    await expect(put(owner, 'reader')).rejects.toMatchObject(NO_OWNER)
    await put(bot, 'owner')
    await accounts.update(bot, { disabled: true }, BY)
    await expect(members.remove(org, owner, BY)).rejects.toMatchObject(NO_OWNER)
    await accounts.update(bot, { disabled: false }, BY)
    expect(await members.remove(org, owner, BY)).toBe(true)
  })

  test('two owners who leave at once leave one behind', async () => {
    const { org, members, put } = await organisation()
    const owners = [newId(), newId()]
    for (const owner of owners) await put(owner, 'owner')
    const left = await Promise.allSettled(owners.map((owner) => members.remove(org, owner, BY)))
    expect(left.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected'])
    expect((await members.list(org, undefined, { limit: 9 })).items).toHaveLength(1)
  })
})
