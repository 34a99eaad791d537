/** Standard Webhooks 1.0.0: what a receiver verifies with the steps of its text, and nothing of ours. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signatureHeaders } from '../../src/rooms/events/webhooks/signature.ts'
import { HOOKS_TO_LOOPBACK, makeHook, push } from '../support/hooks.ts'
import { openReceiver, type Received, type Receiver } from '../support/receiver.ts'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

const TOLERANCE_SECONDS = 300

let w: World
beforeAll(async () => {
  w = await restWorld(HOOKS_TO_LOOPBACK)
})
afterAll(() => w[Symbol.asyncDispose]())

/** Sections "Webhook headers" and "Verifying signatures". */
function verifies({ headers, body }: Pick<Received, 'headers' | 'body'>, secret: string): boolean {
  const id = String(headers['webhook-id'])
  const timestamp = String(headers['webhook-timestamp'])
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return false
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest()
  return String(headers['webhook-signature'])
    .split(' ')
    .map((entry) => entry.split(',', 2))
    .filter(([version]) => version === 'v1')
    .map(([, signature = '']) => Buffer.from(signature, 'base64'))
    .some((given) => given.length === expected.length && timingSafeEqual(given, expected))
}

async function hookOf(receiver: Receiver, fields: object = {}) {
  const server = new Stage(w)
  await server.create('owner', { name: 'r' })
  const hook = await makeHook(server, `/repos/${server.org}/r/hooks`, { url: receiver.url, ...fields })
  return { server, hook }
}

test('the signature is that of the published example', () => {
  const message = {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestampSeconds: 1_614_265_330,
    body: '{"test": 2432232314}',
  }
  expect(signatureHeaders(message, ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'])).toEqual({
    'webhook-id': message.id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
})

test('a secret is whsec_ and base64 of 24 to 64 bytes', async () => {
  await using receiver = await openReceiver()
  const { hook } = await hookOf(receiver)
  expect(hook.secret).toMatch(/^whsec_[A-Za-z0-9+/]+=*$/)
  const { length } = Buffer.from(hook.secret.slice('whsec_'.length), 'base64')
  expect(length).toBeGreaterThanOrEqual(24)
  expect(length).toBeLessThanOrEqual(64)
})

test('a delivery is a signed POST of JSON with type, timestamp and data, and a changed byte is found out', async () => {
  await using receiver = await openReceiver()
  const { server, hook } = await hookOf(receiver, { eventTypes: ['push'] })
  const sha = await push(server, 'r')
  const sent = await receiver.next()
  expect([sent.method, sent.headers['content-type']]).toEqual(['POST', 'application/json'])
  expect(verifies(sent, hook.secret)).toBe(true)
  expect(verifies({ ...sent, body: `${sent.body} ` }, hook.secret)).toBe(false)
  expect(verifies(sent, `whsec_${Buffer.alloc(32).toString('base64')}`)).toBe(false)
  const payload = JSON.parse(sent.body)
  expect(payload).toMatchObject({
    type: 'push',
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    data: {
      repository: { org: server.org, name: 'r' },
      actorId: server.accountOf('owner'),
      refs: [{ ref: 'refs/heads/main', newOid: sha, kind: 'create' }],
    },
  })
})

test('an id has no full stop, and stays the same for every attempt; the timestamp is that of the attempt', async () => {
  await using receiver = await openReceiver()
  const { server, hook } = await hookOf(receiver, { eventTypes: ['push'] })
  receiver.behave({ status: 500 }, { status: 204 })
  await push(server, 'r')
  const first = await receiver.next()
  const again = await retried(server, hook.at, receiver)
  expect(again.headers['webhook-id']).toBe(first.headers['webhook-id'])
  expect(first.headers['webhook-id']).not.toContain('.')
  expect(again.body).toBe(first.body)
  expect([first, again].map((sent) => verifies(sent, hook.secret))).toEqual([true, true])

  const deliveries = await server.ask('owner', 'GET', `${hook.at}/deliveries`)
  const { id } = deliveries.json[0]
  const redelivery = await server.ask('owner', 'POST', `${hook.at}/deliveries/${id}/redeliver`)
  expect([redelivery.status, redelivery.json.redeliveryOf]).toEqual([202, id])
  expect((await receiver.next()).headers['webhook-id']).toBe(first.headers['webhook-id'])
})

test('what is sent by hand and was refused is tried at once, too, when the webhook is changed', async () => {
  await using receiver = await openReceiver()
  const { server, hook } = await hookOf(receiver, { eventTypes: ['push'] })
  receiver.behave({ status: 500 }, { status: 204 })
  const pinged = await server.ask('owner', 'POST', `${hook.at}/ping`)
  await receiver.next()
  const again = retried(server, hook.at, receiver)
  await expect
    .poll(async () => (await server.ask('owner', 'GET', `${hook.at}/deliveries`)).json[0], { timeout: 3_000 })
    .toMatchObject({ status: 'delivered', attempts: 2 })
  expect((await again).headers['webhook-id']).toBe(pinged.json.id)
})

test('while a secret is replaced, the old and the new one sign; each hook has its own', async () => {
  await using receiver = await openReceiver()
  const { server, hook } = await hookOf(receiver, { eventTypes: ['push'] })
  const replaced = await server.ask('owner', 'POST', `${hook.at}/secret`)
  await push(server, 'r')
  const sent = await receiver.next()
  expect(String(sent.headers['webhook-signature']).split(' ')).toHaveLength(2)
  expect([hook.secret, replaced.json.secret].map((secret) => verifies(sent, secret))).toEqual([true, true])
})

test('410 Gone switches the webhook off', async () => {
  await using receiver = await openReceiver()
  const { server, hook } = await hookOf(receiver, { eventTypes: ['push'] })
  receiver.behave({ status: 410 })
  await push(server, 'r')
  await receiver.next()
  await expect
    .poll(async () => (await server.ask('owner', 'GET', hook.at)).json)
    .toMatchObject({
      active: false,
      inactiveReason: expect.stringContaining('410'),
    })
  const { json } = await server.ask('owner', 'GET', `${hook.at}/deliveries`)
  expect(json).toMatchObject([{ status: 'parked', responseStatus: 410, attempts: 1 }])
})

/** An owner who changes a webhook has it tried at once. */
async function retried(server: Stage, at: string, receiver: Receiver): Promise<Received> {
  await expect
    .poll(async () => (await server.ask('owner', 'GET', `${at}/deliveries`)).json[0].attempts)
    .toBe(1)
  await server.ask('owner', 'PATCH', at, {})
  return receiver.next()
}
