/** Counts. @see NIP-45 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { graspWorld, Signer, type GraspWorld } from '../support/grasp.ts'

let w: GraspWorld
beforeAll(async () => {
  w = await graspWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

test('what matches one of the filters is counted once, whatever the limit of a subscription', async () => {
  const events = [1, 2, 3].map((n) => new Signer(`n${n}`).sign({ kind: 10_317, content: `${n}` }))
  for (const event of events) await w.publish(event)
  const authors = events.map(({ pubkey }) => pubkey)
  w.relay.send('COUNT', 'c', { authors }, { ids: [events[0]?.id] }, { ids: ['0'.repeat(64)] })
  expect(await w.relay.take(([type]) => type === 'COUNT')).toEqual(['COUNT', 'c', { count: 3 }])
})

test('a count of nothing is 0', async () => {
  w.relay.send('COUNT', 'none', { ids: ['0'.repeat(64)] })
  expect(await w.relay.take(([type]) => type === 'COUNT')).toEqual(['COUNT', 'none', { count: 0 }])
})

test('a count without a filter that can be read is refused', async () => {
  w.relay.send('COUNT', 'bad', 'x')
  const [, id, message] = await w.relay.take(([type]) => type === 'CLOSED')
  expect([id, message]).toEqual(['bad', expect.stringMatching(/^invalid: /)])
})
