/** Protected events come from their author alone, and events that are over come no more. @see NIP-70, NIP-40 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { graspWorld, Signer, type GraspWorld } from '../support/grasp.ts'
import type { RelayConnection } from '../support/relay-connection.ts'

let w: GraspWorld
beforeAll(async () => {
  w = await graspWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

async function prove(client: RelayConnection, by: Signer, challenge: unknown): Promise<void> {
  const tags = [
    ['relay', w.relayUrl],
    ['challenge', String(challenge)],
  ]
  const proof = by.sign({ kind: 22_242, tags, age: 0 })
  client.send('AUTH', proof)
  const [, , accepted] = await client.take(([type, id]) => type === 'OK' && id === proof.id)
  expect(accepted).toBe(true)
}

test('a protected event needs a proof, of its author; then it is taken', async () => {
  await using client = await w.connect()
  const [author, other] = [new Signer('author'), new Signer('other')]
  const event = author.sign({ kind: 10_317, tags: [['-']] })
  expect((await client.publish(event)).message).toMatch(/^auth-required: /)
  const [, challenge] = await client.take(([type]) => type === 'AUTH')
  await prove(client, other, challenge)
  expect(await client.publish(event)).toEqual({
    accepted: false,
    message: expect.stringMatching(/^restricted: /) as string,
  })
  await prove(client, author, challenge)
  expect(await client.publish(event)).toEqual({ accepted: true, message: '' })
  expect(await w.isServed(event)).toBe(true)
})

test('an event that is over is refused, and one that is not yet is taken', async () => {
  const now = Math.floor(Date.now() / 1000)
  const over = new Signer('a').sign({ kind: 10_317, tags: [['expiration', `${now - 1}`]], age: 60 })
  const lasting = new Signer('b').sign({ kind: 10_317, tags: [['expiration', `${now + 600}`]] })
  expect((await w.publish(over)).message).toMatch(/^invalid: /)
  expect(await w.publish(lasting)).toMatchObject({ accepted: true })
  expect(await w.isServed(lasting)).toBe(true)
})
