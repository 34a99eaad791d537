/** What `X-Sluice-Push-Size` buys: a refusal before the upload, and nothing for a client that lies. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '../support/actor.ts'
import { openRaw, pushBody, raw, readAnswer, readBands } from '../support/raw-git.ts'
import { world, type World } from '../support/world.ts'

const MAX_PACK_BYTES = 200_000

let w: World
let agent: Actor
beforeAll(async () => {
  w = await world({ settings: { SLUICE_MAX_PACK_BYTES: String(MAX_PACK_BYTES) } })
  agent = await w.actor('pusher', { accountId: w.owner.accountId })
  await agent.start(w.repo.url)
})
afterAll(() => w[Symbol.asyncDispose]())

const url = () => `${w.repo.url}/git-receive-pack`
const announce = (bytes: number | string) => ({
  'x-sluice-push-size': String(bytes),
  connection: 'keep-alive',
})

test('a pack announced larger than the server takes is refused, with its outcome, while the client still sends', async () => {
  const before = w.sluice.processesStarted()
  const request = openRaw(agent, url(), { headers: announce(100_000_000) })
  request.write(pushBody({ updates: [{ ref: 'refs/heads/large', new: 'a'.repeat(40) }] }))
  request.write(Buffer.alloc(1024 * 1024))
  const answer = await readAnswer(request)
  expect(readBands(answer.body).report).toEqual([
    'unpack pack is too large',
    'ng refs/heads/large pack is too large',
  ])
  expect(readBands(answer.body).progress).toContain('push in smaller steps')
  expect(answer.trailers['x-sluice-push-outcome']).toBe('not-applied')
  expect(w.sluice.processesStarted()).toBe(before)
  request.destroy()
})

test('over a connection that ends with the answer, the report waits until all was sent', async () => {
  const body = pushBody({
    updates: [{ ref: 'refs/heads/large', new: 'a'.repeat(40) }],
    pack: randomBytes(2_000_000),
  })
  const headers = { ...announce(100_000_000), connection: 'close' }
  const answer = await raw(agent, url(), { body, headers })
  expect(readBands(answer.body).report).toEqual(['unpack ok', 'ng refs/heads/large pack is too large'])
})

test('a pack that is larger than it was announced is held to the limit all the same', async () => {
  const liar = await w.actor('liar', { accountId: w.owner.accountId })
  await liar.start(w.repo.url)
  const head = await liar.commit('large.bin', randomBytes(2 * MAX_PACK_BYTES))
  const body = pushBody({ updates: [{ ref: 'refs/heads/liar', new: head }], pack: await liar.pack(head) })
  const answer = await raw(liar, url(), { body, headers: announce(10) })
  expect(readBands(answer.body).report.at(-1)).toMatch(/^ng refs\/heads\/liar /)
  expect(await w.has(head)).toBe(false)
})

test.for(['x', '-1', '1.5', '9'.repeat(30), ''])(
  'a size that is no number of bytes (%j) announces nothing, and does no harm',
  async (size) => {
    const head = await agent.commit('small.txt', `${size}\n`)
    const ref = `refs/heads/small-${randomBytes(4).toString('hex')}`
    const body = pushBody({ updates: [{ ref, new: head }], pack: await agent.pack(head) })
    const answer = await raw(agent, url(), { body, headers: announce(size) })
    expect(readBands(answer.body).report).toEqual(['unpack ok', `ok ${ref}`])
  },
)
