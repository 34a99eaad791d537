import { expect, test } from 'vitest'
import type { Verifier } from '../../kernel/credential.ts'
import { ANONYMOUS, INTERNAL } from '../../kernel/principal.ts'
import { invalid } from './token-verifier.ts'
import { verifyInOrder } from './verify.ts'

const caller = { address: '127.0.0.1' }
const credential = { kind: 'bearer', secret: 'x' } as const
const notMine: Verifier = () => Promise.resolve(null)
const mine: Verifier = () => Promise.resolve(INTERNAL)
const bad: Verifier = () => Promise.reject(invalid('expired'))

test('the first verifier that knows the credential decides', async () => {
  const other: Verifier = () => Promise.resolve(ANONYMOUS)
  expect(await verifyInOrder([notMine, mine, other])(credential, caller)).toBe(INTERNAL)
})

test('a credential that its verifier finds bad is not offered to the next', async () => {
  await expect(verifyInOrder([bad, mine])(credential, caller)).rejects.toMatchObject({
    details: { reason: 'expired' },
  })
})

test.each([[[]], [[notMine]]])(
  'a credential that nobody knows is bad, never anonymous',
  async (verifiers) => {
    await expect(verifyInOrder(verifiers)(credential, caller)).rejects.toMatchObject({
      code: 'INVALID_CREDENTIAL',
    })
  },
)
