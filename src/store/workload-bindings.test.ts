import { expect, test } from 'vitest'
import { forEachEngine, storeOn } from '../../test/support/databases.ts'
import { UNRESTRICTED } from '../kernel/grants.ts'
import { newId } from '../kernel/uuid.ts'
import { Revocations } from './revocations.ts'
import { WorkloadBindings, type NewWorkloadBinding } from './workload-bindings.ts'

const BY = { actorId: 'actor', agentId: null }
const ISSUER = 'https://ci.example'
const AUDIENCE = 'https://sluice.example'

forEachEngine('workload bindings', (on) => {
  const open = async () => {
    const store = storeOn(on.database)
    const revocations = new Revocations(store)
    const accountId = newId()
    await on.database.kysely
      .insertInto('accounts')
      .values({
        id: accountId,
        kind: 'service',
        display_name: 'deployer',
        email: null,
        created_at: 0,
        owner_id: null,
        owner_org_id: null,
        disabled_at: null,
        administrator: 0,
      })
      .execute()
    const binding = (rest: Partial<NewWorkloadBinding> = {}): NewWorkloadBinding => ({
      id: newId(),
      accountId,
      issuer: ISSUER,
      audience: AUDIENCE,
      claims: { sub: 'repo:acme/app:*' },
      grants: UNRESTRICTED,
      createdBy: 'actor',
      ...rest,
    })
    return {
      ...store,
      revocations,
      accountId,
      binding,
      bindings: new WorkloadBindings({ ...store, revocations }),
    }
  }

  test('a binding is a candidate for its issuer and audience, and for no other', async () => {
    const { bindings, binding, clock } = await open()
    const issuer = `https://${newId()}.example`
    const made = await bindings.create(binding({ issuer }), 10, BY)
    expect(made).toMatchObject({ issuer, createdAt: clock.now() })
    await bindings.create(binding({ issuer, audience: 'another' }), 10, BY)
    expect(await bindings.candidates(issuer, ['x', AUDIENCE])).toEqual([made])
    expect(await bindings.candidates(issuer, [])).toEqual([])
    expect(await bindings.candidates(`${issuer}/`, [AUDIENCE])).toEqual([])
  })

  test('an account lists its own, newest first, page by page', async () => {
    const { bindings, binding, accountId, clock } = await open()
    const ids: string[] = []
    for (let i = 0; i < 3; i++) {
      clock.advance(1)
      ids.unshift((await bindings.create(binding(), 10, BY))!.id)
    }
    const first = await bindings.list(accountId, { limit: 2 })
    const second = await bindings.list(accountId, { limit: 2, cursor: first.nextCursor ?? '' })
    expect([...first.items, ...second.items].map((b) => b.id)).toEqual(ids)
    expect(second.nextCursor).toBeNull()
    expect((await bindings.list(newId(), { limit: 2 })).items).toEqual([])
  })

  test('of many made at once an account keeps as many as it may have', async () => {
    const { bindings, binding } = await open()
    const made = await Promise.all(Array.from({ length: 6 }, () => bindings.create(binding(), 4, BY)))
    expect(made.filter((b) => b !== null)).toHaveLength(4)
  })

  test('a binding that is removed revokes what came from it, and both are told without values of claims', async () => {
    const { bindings, binding, accountId, revocations, events } = await open()
    const { id } = (await bindings.create(binding(), 10, BY))!
    expect(await bindings.remove(newId(), id, BY)).toBe(false)
    expect(await revocations.anyRevoked([id])).toBe(false)
    expect(await bindings.remove(accountId, id, BY)).toBe(true)
    expect(await revocations.anyRevoked([id])).toBe(true)
    expect(await bindings.remove(accountId, id, BY)).toBe(false)
    const { items } = await events.list({ types: ['account.*'] }, { limit: 2 })
    expect(items.map((e) => [e.type, e.targetId, e.actorId, e.data])).toEqual(
      ['account.unbound', 'account.bound'].map((type) => [
        type,
        accountId,
        'actor',
        { bindingId: id, issuer: ISSUER, audience: AUDIENCE, claims: ['sub'] },
      ]),
    )
  })
})
