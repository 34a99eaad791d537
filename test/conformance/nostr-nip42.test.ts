/** Clients prove who they are. @see NIP-42 */
import { finalizeEvent } from 'nostr-tools/pure'
import { Relay, useWebSocketImplementation } from 'nostr-tools/relay'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { graspWorld, Signer, type GraspWorld } from '../support/grasp.ts'
import type { RelayConnection } from '../support/relay-connection.ts'

const member = new Signer('member')
let w: GraspWorld
beforeAll(async () => {
  w = await graspWorld({ settings: { SLUICE_GRASP_MEMBERS: member.npub } })
})
afterAll(() => w[Symbol.asyncDispose]())

async function challenged(client: RelayConnection): Promise<string> {
  const [, challenge] = await client.take(([type]) => type === 'AUTH')
  return String(challenge)
}

interface Proof {
  readonly relay?: string
  readonly kind?: number
  /** Seconds before now. */
  readonly age?: number
}

async function prove(client: RelayConnection, by: Signer, challenge: string, opts: Proof = {}) {
  const { relay = w.relayUrl, kind = 22_242, age = 0 } = opts
  const tags = [
    ['relay', relay],
    ['challenge', challenge],
  ]
  const proof = by.sign({ kind, tags, age })
  client.send('AUTH', proof)
  const [, , accepted, message] = await client.take(([type, id]) => type === 'OK' && id === proof.id)
  return { accepted, message }
}

test.each([
  ['EVENT', () => [member.sign({ kind: 10_317 })], 'OK'],
  ['REQ', () => ['x', {}], 'CLOSED'],
  ['COUNT', () => ['x', {}], 'CLOSED'],
  ['NEG-OPEN', () => ['x', {}, '6100000200'], 'NEG-ERR'],
] as const)('%s to a private service needs a proof', async (type, args, refused) => {
  await using client = await w.connect()
  await challenged(client)
  client.send(type, ...args())
  const answer = await client.take(([answer]) => answer === refused)
  expect(answer.at(-1)).toMatch(/^auth-required: /)
})

test('a member is let in; one of several keys suffices; somebody else is not', async () => {
  await using client = await w.connect()
  const challenge = await challenged(client)
  expect(await prove(client, new Signer('stranger'), challenge)).toEqual({ accepted: true, message: '' })
  await expect(client.req({ kinds: [1] })).rejects.toThrow('CLOSED: restricted')
  expect(await prove(client, member, challenge)).toEqual({ accepted: true, message: '' })
  expect(await client.req({ kinds: [1] })).toEqual([])
})

test.each([
  ['another relay', { relay: 'wss://elsewhere.example' }],
  ['the same host at another port', { relay: 'ws://127.0.0.1:1' }],
  ['no relay', { relay: 'not a url' }],
  ['an old one', { age: 11 * 60 }],
  ['one of the future', { age: -11 * 60 }],
  ['another kind', { kind: 22_243 }],
])('a proof for %s is refused', async (_what, opts) => {
  await using client = await w.connect()
  const answer = await prove(client, member, await challenged(client), opts)
  expect(answer).toEqual({ accepted: false, message: expect.stringMatching(/^invalid: /) as string })
  await expect(client.req({ kinds: [1] })).rejects.toThrow('CLOSED: auth-required')
})

test('a proof is worth nothing on another connection, and none when its signature is wrong', async () => {
  await using first = await w.connect()
  await using second = await w.connect()
  const challenge = await challenged(first)
  await challenged(second)
  expect(await prove(second, member, challenge)).toMatchObject({ accepted: false })
  const forged = { ...member.sign({ kind: 22_242, tags: [['challenge', challenge]] }), content: 'x' }
  first.send('AUTH', forged)
  const [, , accepted] = await first.take(([type, id]) => type === 'OK' && id === forged.id)
  expect(accepted).toBe(false)
})

test('a proof that is published as an event is refused, whoever sends it', async () => {
  await using client = await w.connect()
  await prove(client, member, await challenged(client))
  const published = await client.publish(member.sign({ kind: 22_242 }))
  expect(published).toEqual({ accepted: false, message: expect.stringMatching(/^invalid: /) as string })
})

test('a client library proves it by itself', async () => {
  useWebSocketImplementation(WebSocket)
  const relay = await Relay.connect(w.relayUrl)
  try {
    await expect.poll(() => (relay as unknown as { challenge?: string }).challenge).toBeTruthy()
    await relay.auth((template) => Promise.resolve(finalizeEvent(template, member.secret)))
    const event = member.sign({ kind: 10_317 })
    expect(await relay.publish(event)).toBe('')
  } finally {
    relay.close()
  }
})
