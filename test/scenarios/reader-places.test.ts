/** Places of those who are sent answers from files: who takes many, and reads nothing, waits behind himself. */
import { once } from 'node:events'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '../support/actor.ts'
import { maintainNow, setFetches } from '../support/maintained.ts'
import { metric } from '../support/metric.ts'
import { commandBody, openRaw, raw } from '../support/raw-git.ts'
import { world, type World } from '../support/world.ts'

/** Of each party one, as long as another could come; eight times as many may wait. */
const READERS = 2
const MAX_WAITING = 16
/** More than a connection takes whose client reads nothing. */
const LARGE_BYTES = 12 * 1024 * 1024

const SOON = { timeout: 10_000 }

let w: World
let tip: string
let bundle: string
beforeAll(async () => {
  const settings = { SLUICE_BUNDLE_MIN_BYTES: '1', SLUICE_READERS: String(READERS) }
  w = await world({ settings, visibility: 'public' })
  await w.agent.start(w.repo.url)
  tip = await w.agent.commit('large.bin', randomBytes(LARGE_BYTES))
  await w.agent.ok('push', '-q', 'origin', 'main')
  await setFetches(w, 5)
  await maintainNow(w)
  const [name] = await readdir(join(w.repo.path, 'bundles'))
  bundle = `${w.repo.url}/bundles/${name}`
})
afterAll(() => w[Symbol.asyncDispose]())

const inUse = () => metric(w.url, 'sluice_readers')
const waiting = () => metric(w.url, 'sluice_readers_waiting')

/** Asks, and reads nothing of the answer but its head. */
async function stall(actor: Actor, ask: (actor: Actor) => ClientRequest): Promise<ClientRequest> {
  const request = ask(actor)
  request.end()
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  answer.on('error', () => {})
  return request
}

const askForBundle = (actor: Actor) => openRaw(actor, bundle)

function askForClone(actor: Actor): ClientRequest {
  const request = openRaw(actor, `${w.repo.url}/git-upload-pack`, {
    headers: { 'git-protocol': 'version=2' },
  })
  request.write(commandBody('fetch', [`want ${tip}`, 'ofs-delta', 'done']))
  return request
}

test.each([
  ['bundle', askForBundle],
  ['clone', askForClone],
])('who reads nothing of a %s waits behind himself, others are served', async (what, ask) => {
  const stalled = await stall(w.stranger, ask)
  expect(await inUse()).toBe(1)
  const behind = Array.from({ length: MAX_WAITING }, () => {
    const request = ask(w.stranger)
    request.end()
    return request
  })
  await expect.poll(waiting, SOON).toBe(MAX_WAITING)

  for (const method of ['GET', 'HEAD']) {
    const refused = await raw(w.stranger, bundle, { method })
    expect([refused.status, Number(refused.headers['retry-after'])]).toEqual([503, expect.any(Number)])
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    if (method === 'GET') expect(refused.text).toMatch(/try again\nretry after \d+ seconds?\n$/)
  }
  expect((await raw(w.agent, bundle)).body.length).toBeGreaterThan(LARGE_BYTES)
  await w.agent.ok('clone', '-q', '--bare', w.repo.url, `beside-a-${what}`)

  for (const request of behind.slice(1)) request.destroy()
  await expect.poll(waiting, SOON).toBe(1)
  stalled.destroy() // his place is free: the next one gets it
  const [next] = (await once(behind[0]!, 'response')) as [IncomingMessage]
  expect(next.statusCode).toBe(200)
  behind[0]!.destroy()
  await expect.poll(inUse, SOON).toBe(0)
})

test('a client that leaves while it waits leaves the line', async () => {
  const stalled = await stall(w.stranger, askForBundle)
  const second = askForBundle(w.stranger)
  second.end()
  await expect.poll(waiting, SOON).toBe(1)
  second.destroy()
  await expect.poll(waiting, SOON).toBe(0)
  stalled.destroy()
  await expect.poll(inUse, SOON).toBe(0)
})

test('who asks for much on one connection, and leaves it, leaves no place taken', async () => {
  const { hostname, port, pathname } = new URL(bundle)
  const socket = connect(Number(port), hostname)
  socket.write(`GET ${pathname} HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`.repeat(3))
  await once(socket, 'readable')
  expect([await inUse(), await waiting()]).toEqual([1, 0])
  socket.destroy()
  await expect.poll(inUse, SOON).toBe(0)
  expect((await raw(w.stranger, bundle)).body.length).toBeGreaterThan(LARGE_BYTES)
})

test('who is refused a bundle takes no place', async () => {
  const missing = bundle.replace(/\d+\.bundle$/, '1.bundle')
  for (const method of ['GET', 'HEAD']) expect((await raw(w.stranger, missing, { method })).status).toBe(404)
  expect(await inUse()).toBe(0)
})
