/** What the relay says of itself; each limit that it announces is one that it keeps. @see NIP-11 */
import { request, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { graspWorld, Signer, type GraspWorld } from '../support/grasp.ts'

let w: GraspWorld
let limitation: Record<string, number>
beforeAll(async () => {
  w = await graspWorld({
    settings: { SLUICE_GRASP_NAME: 'Test', SLUICE_GRASP_CONTACT: 'mailto:ops@example.org' },
  })
  limitation = (await documentOf(w))['limitation'] as Record<string, number>
})
afterAll(() => w[Symbol.asyncDispose]())

async function documentOf({ url }: Pick<GraspWorld, 'url'>): Promise<Record<string, unknown>> {
  const answer = await fetch(url, { headers: { accept: 'application/nostr+json' } })
  expect(answer.headers.get('content-type')).toBe('application/nostr+json')
  return (await answer.json()) as Record<string, unknown>
}

function limit(name: string): number {
  const value = limitation[name]
  if (value === undefined) throw new Error(`${name} is not announced`)
  return value
}

const list = (content: string, tags: string[][] = [], age = 1) =>
  new Signer('somebody').sign({ kind: 10_317, content, tags, age })
const refused = (prefix: string) => ({
  accepted: false,
  message: expect.stringMatching(new RegExp(`^${prefix}: `)) as string,
})

test('it names itself, its operator and what it speaks', async () => {
  expect(await documentOf(w)).toMatchObject({
    name: 'Test',
    contact: 'mailto:ops@example.org',
    supported_nips: [1, 9, 11, 34, 40, 42, 45, 70, 77],
    limitation: { restricted_writes: true, auth_required: false, payment_required: false },
  })
})

test('whoever asks for any other type still gets what the address was before', async () => {
  const answer = await fetch(w.url, { headers: { accept: '*/*' } })
  expect(await answer.json()).toMatchObject({ apiVersion: '1' })
  expect(answer.headers.get('vary')).toContain('Accept')
})

test('parts of GRASP are listed as they are switched on', async () => {
  const settings = { SLUICE_GRASP_SYNC: 'on', SLUICE_GRASP_SYNC_OUTBOX: 'on', SLUICE_GRASP_ARCHIVE: 'all' }
  await using all = await graspWorld({ settings })
  expect((await documentOf(all))['supported_grasps']).toEqual(
    ['01', '02', '03', '05', '06'].map((part) => `GRASP-${part}`),
  )
})

test('max_message_length: a longer message ends the connection', async () => {
  await using client = await w.connect()
  const frame = JSON.stringify(['COUNT', 'x', { ids: [] }, ''])
  const closed = client.closed()
  client.sendText(frame.replace(/""\]$/, `"${'x'.repeat(limit('max_message_length') - frame.length)}"]`))
  await client.take(([type, id]) => type === 'CLOSED' && id === 'x')
  client.sendText('x'.repeat(limit('max_message_length') + 1))
  expect(await closed).toBe(1009)
})

test('max_subscriptions: one more is refused until one is closed', async () => {
  await using client = await w.connect()
  const ids = Array.from({ length: limit('max_subscriptions') }, () => client.subscribe({ kinds: [1] }))
  for (const id of ids) await client.stored(id)
  await expect(client.req({ kinds: [2] })).rejects.toThrow('CLOSED: blocked')
  client.send('CLOSE', ids[0])
  expect(await client.req({ kinds: [2] })).toEqual([])
})

test('max_filters: one more is refused', async () => {
  const filters = Array.from({ length: limit('max_filters') }, () => ({ kinds: [1] }))
  expect(await w.relay.req(...filters)).toEqual([])
  await expect(w.relay.req(...filters, { kinds: [2] })).rejects.toThrow('CLOSED: invalid')
})

test('max_subid_length: a longer one is no id', async () => {
  await using client = await w.connect()
  const id = 'x'.repeat(limit('max_subid_length'))
  client.send('REQ', id, { kinds: [1] })
  expect(await client.stored(id)).toEqual([])
  client.send('REQ', `${id}x`, { kinds: [1] })
  await client.take(([type, message]) => type === 'NOTICE' && String(message).startsWith('invalid: '))
})

test('max_event_tags: one more is refused', async () => {
  const tags = Array.from({ length: limit('max_event_tags') }, () => ['x'])
  expect(await w.publish(list('', tags))).toMatchObject({ accepted: true })
  expect(await w.publish(list('', [...tags, ['x']]))).toMatchObject(refused('invalid'))
})

test('max_content_length: one more character is refused', async () => {
  const content = 'x'.repeat(limit('max_content_length'))
  expect(await w.publish(list(content))).toMatchObject({ accepted: true })
  expect(await w.publish(list(`${content}x`))).toMatchObject(refused('invalid'))
})

test('created_at_upper_limit: an event of a later time is refused', async () => {
  const ahead = limit('created_at_upper_limit')
  expect(await w.publish(list('', [], 30 - ahead))).toMatchObject({ accepted: true })
  expect(await w.publish(list('', [], -30 - ahead))).toMatchObject(refused('invalid'))
})

test('an answer that is no HTTP at all carries the headers for pages, too', async () => {
  const asked = request(w.url, { headers: { 'x-long': 'x'.repeat(20_000) } })
  const answer = await new Promise<IncomingMessage>((resolve, reject) =>
    asked.once('response', resolve).once('error', reject).end(),
  )
  expect(answer.statusCode).toBe(431)
  expect(answer.headers['access-control-allow-origin']).toBe('*')
  answer.resume()
})
