import { expect, test } from 'vitest'
import { forEachEngine } from '../../test/support/databases.ts'
import { SigningKeys, type SigningKey } from './signing-keys.ts'

function key(kid: string, createdAt: number): SigningKey {
  const publicJwk = { kty: 'EC', crv: 'P-256', kid }
  return {
    kid,
    algorithm: 'ES256',
    publicJwk,
    privateEncrypted: 'sealed',
    createdAt,
    retiredAt: null,
    verifyUntil: null,
  }
}

forEachEngine('signing keys', (on) => {
  test('a retired key verifies until its time, and a second retirement does not move it', async () => {
    const keys = new SigningKeys(on.database)
    await keys.insert(key('old', 1))
    await keys.insert(key('new', 2))
    expect(await keys.verifying(10)).toEqual([key('new', 2), key('old', 1)])
    await keys.retire('old', { retiredAt: 10, verifyUntil: 20 })
    await keys.retire('old', { retiredAt: 15, verifyUntil: 99 })
    expect(await keys.verifying(19)).toEqual([
      key('new', 2),
      { ...key('old', 1), retiredAt: 10, verifyUntil: 20 },
    ])
    expect(await keys.verifying(20)).toEqual([key('new', 2)])
  })

  test('a key id is given once', async () => {
    const keys = new SigningKeys(on.database)
    await keys.insert(key('twin', 1))
    await expect(keys.insert(key('twin', 2))).rejects.toThrow()
  })
})
