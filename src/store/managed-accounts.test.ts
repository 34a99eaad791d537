import { expect, test } from 'vitest'
import { forEachEngine, storeOn } from '../../test/support/databases.ts'
import { newId } from '../kernel/uuid.ts'
import { ManagedAccounts, type NewMachine } from './managed-accounts.ts'
import { OrgMembers } from './org-members.ts'
import { ensureOrganization } from './organizations.ts'
import { Revocations } from './revocations.ts'

const BY = { actorId: 'actor', agentId: null }
const PAGE = { limit: 10 }

forEachEngine('managed accounts', (on) => {
  const open = () => {
    const store = storeOn(on.database)
    const revocations = new Revocations(store)
    const accounts = new ManagedAccounts({ ...store, revocations, newId })
    return { ...store, accounts, revocations, members: new OrgMembers(store) }
  }
  const machine = (rest: Partial<NewMachine> = {}): NewMachine => ({
    kind: 'agent',
    displayName: 'agent-7',
    ownerId: newId(),
    ownerOrgId: null,
    ...rest,
  })
  const organisation = () =>
    on.database.transaction((trx) =>
      ensureOrganization(trx, `org-${newId()}`, {
        id: newId(),
        created_by: null,
        made_for: '',
        created_at: 0,
      }),
    )

  test('a machine is made with its event', async () => {
    const { accounts, clock, events } = open()
    const wanted = machine()
    const made = await accounts.create(wanted, BY)
    expect(made).toMatchObject({ ...wanted, email: null, disabledAt: null, administrator: false })
    expect(made.createdAt).toBe(clock.now())
    const { items } = await events.list({ types: ['account.created'] }, { limit: 1 })
    expect(items[0]).toMatchObject({
      ...BY,
      targetId: made.id,
      data: { kind: 'agent', displayName: 'agent-7' },
    })
  })

  test('an owner lists his machines and those of his organisations, newest first; a member that owns none sees none', async () => {
    const { accounts, members, clock } = open()
    const [owner, writer] = [newId(), newId()]
    const { id: ownerOrgId } = await organisation()
    await members.put(ownerOrgId, { accountId: owner, role: 'owner' }, BY)
    await members.put(ownerOrgId, { accountId: writer, role: 'writer' }, BY)
    await accounts.create(machine({ displayName: 'mine', ownerId: owner }), BY)
    clock.advance(1)
    await accounts.create(machine({ displayName: 'ours', kind: 'service', ownerId: null, ownerOrgId }), BY)
    await accounts.create(machine({ displayName: 'theirs' }), BY)
    const names = async (filter: object, managedBy = owner) =>
      (await accounts.list({ managedBy, ...filter }, PAGE)).items.map((one) => one.displayName)
    expect(await names({})).toEqual(['ours', 'mine'])
    expect(await names({ kind: 'agent' })).toEqual(['mine'])
    expect(await names({ ownerOrgId })).toEqual(['ours'])
    expect(await names({}, writer)).toEqual([])
    const first = await accounts.list({ managedBy: owner }, { limit: 1 })
    const second = await accounts.list({ managedBy: owner }, { limit: 1, cursor: first.nextCursor! })
    expect(second.items.map((one) => one.displayName)).toEqual(['mine'])
    expect(second.nextCursor).toBeNull()
  })

  test('a change is told once, to the log and to whoever remembers credentials; no change is not told', async () => {
    const { accounts, clock, events, revocations } = open()
    const { id } = await accounts.create(machine(), BY)
    const position = await revocations.position()
    const disabled = await accounts.update(id, { disabled: true }, BY)
    clock.advance(1000)
    expect(disabled?.disabledAt).toBe(clock.now() - 1000)
    expect(await accounts.update(id, { disabled: true, displayName: 'agent-7' }, BY)).toEqual(disabled)
    expect((await revocations.since(position)).ids).toEqual([id])
    expect(
      (await accounts.update(id, { disabled: false, displayName: 'agent-8' }, BY))?.disabledAt,
    ).toBeNull()
    const { items } = await events.list({ types: ['account.*'], actorId: BY.actorId }, { limit: 3 })
    expect(items.map(({ type, targetId }) => [type, targetId])).toEqual([
      ['account.enabled', id],
      ['account.changed', id],
      ['account.disabled', id],
    ])
  })

  test('an account that nobody has is null', async () => {
    expect(await open().accounts.update(newId(), { disabled: true }, BY)).toBeNull()
  })
})
