/** A token that is made while the one is revoked that it is made from: it must not outlive the memory of that. */
import { expect, test } from 'vitest'
import { forEachEngine, storeOn } from '../../test/support/databases.ts'
import { UNRESTRICTED } from '../kernel/grants.ts'
import { newId } from '../kernel/uuid.ts'
import { OpaqueTokens } from './opaque-tokens.ts'
import { Revocations } from './revocations.ts'

const BY = { actorId: 'actor', agentId: null }

forEachEngine('a revocation at the same time', (on) => {
  const open = () => {
    const store = storeOn(on.database)
    const revocations = new Revocations(store)
    return { ...store, revocations, tokens: new OpaqueTokens({ ...store, revocations }) }
  }
  type Opened = ReturnType<typeof open>

  const mint = ({ tokens }: Opened, mintedFrom: readonly string[]) => {
    const id = newId()
    const rest = { name: 'child', grants: UNRESTRICTED, actingFor: null, createdBy: null, expiresAt: null }
    return tokens.insert({ id, hash: id, kind: 'personal', accountId: newId(), mintedFrom, ...rest }, BY)
  }
  /** A login: it has no row, and ends in an hour, so that its revocation is soon forgotten. */
  const revokeLogin = ({ tokens, clock }: Opened, id: string) =>
    tokens.revoke(id, BY, { kind: 'login', accountId: null, expiresAt: clock.now() + 3600_000 })

  test('nothing is made from a token that was revoked, at any depth (late-child-regression)', async () => {
    const opened = open()
    const [login, between] = [newId(), newId()]
    await revokeLogin(opened, login)
    const refused = { code: 'INVALID_CREDENTIAL', details: { reason: 'revoked' } }
    await expect(mint(opened, [login])).rejects.toMatchObject(refused)
    await expect(mint(opened, [between, login])).rejects.toMatchObject(refused)
    await mint(opened, [between])
  })

  test('of many that are made meanwhile, each is refused or revoked, and stays so when that is forgotten', async () => {
    const opened = open()
    for (let round = 0; round < 5; round++) {
      const login = newId()
      const minting = Array.from({ length: 12 }, () => mint(opened, [newId(), login]).catch(() => null))
      const revoking = revokeLogin(opened, login)
      const late = Array.from({ length: 12 }, () => mint(opened, [login]).catch(() => null))
      const made = (await Promise.all([...minting, ...late])).filter((token) => token !== null)
      await revoking
      for (const { id } of made) expect((await opened.tokens.byId(id))?.revokedAt).not.toBeNull()
    }
  })
})
