import { expect, test } from 'vitest'
import { forEachEngine, storeOn } from '../../test/support/databases.ts'
import { UNRESTRICTED } from '../kernel/grants.ts'
import { newId } from '../kernel/uuid.ts'
import { findToken, listTokens, type TokenSight } from './list-tokens.ts'
import { ManagedAccounts } from './managed-accounts.ts'
import { OpaqueTokens, type NewOpaqueToken } from './opaque-tokens.ts'
import { Revocations } from './revocations.ts'

const BY = { actorId: 'actor', agentId: null }

forEachEngine('lists of tokens', (on) => {
  const open = () => {
    const store = storeOn(on.database)
    const parts = { ...store, revocations: new Revocations(store), newId }
    const tokens = new OpaqueTokens(parts)
    const mint = async (accountId: string, rest: Partial<NewOpaqueToken> = {}) => {
      store.clock.advance(1)
      const [id, hash] = [newId(), newId()]
      const fixed = { kind: 'personal', name: 'x', grants: UNRESTRICTED, actingFor: null, expiresAt: null }
      await tokens.insert({ id, hash, accountId, mintedFrom: [], createdBy: null, ...fixed, ...rest }, BY)
      return id
    }
    const ids = async (sight: TokenSight, accountId?: string) =>
      (await listTokens(on.database.kysely, sight, accountId, { limit: 50 })).items.map((one) => one.id)
    return { accounts: new ManagedAccounts(parts), mint, ids }
  }

  test('of an account: its own; of whoever looks after others: those of machines and those that he made, too', async () => {
    const { accounts, mint, ids } = open()
    const [ann, ben] = [newId(), newId()]
    const machine = { kind: 'agent', displayName: 'agent-7', ownerId: ann, ownerOrgId: null } as const
    const { id: agent } = await accounts.create(machine, BY)
    const own = await mint(ann)
    const its = await mint(agent)
    const made = await mint(ben, { createdBy: ann })
    const his = await mint(ben)
    expect(await ids({ kind: 'own', accountId: ann })).toEqual([own])
    expect(await ids({ kind: 'managed', accountId: ann })).toEqual([made, its, own])
    expect(await ids({ kind: 'managed', accountId: ann }, agent)).toEqual([its])
    expect(await ids({ kind: 'managed', accountId: ben })).toEqual([his, made])
    expect(await ids({ kind: 'all' })).toEqual(expect.arrayContaining([own, its, made, his]))
    expect(await findToken(on.database.kysely, { kind: 'own', accountId: ann }, its)).toBeNull()
    expect((await findToken(on.database.kysely, { kind: 'managed', accountId: ann }, its))?.id).toBe(its)
  })

  test('of a token: itself and what was minted from it at any depth, by the whole of an id and no pattern', async () => {
    const { mint, ids } = open()
    const ann = newId()
    const root = await mint(ann)
    const child = await mint(ann, { mintedFrom: [root] })
    const grandchild = await mint(ann, { mintedFrom: ['some-jti', child, root] })
    await mint(ann)
    expect(await ids({ kind: 'minted', tokenId: root })).toEqual([grandchild, child, root])
    expect(await ids({ kind: 'minted', tokenId: 'some-jti' })).toEqual([grandchild])
    for (const tokenId of ['', '%', 'some-jt_', 'some', '\\', '"'])
      expect([tokenId, await ids({ kind: 'minted', tokenId })]).toEqual([tokenId, []])
  })
})
