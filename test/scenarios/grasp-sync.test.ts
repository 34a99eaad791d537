/** Events of announced repositories between two servers, and a relay of somebody else. */
import { expect, test } from 'vitest'
import { compose } from '../../src/compose.ts'
import { Relays } from '../../src/store/nostr/relays.ts'
import { ForeignRelay } from '../support/foreign-relay.ts'
import { graspWorld, type GraspWorld } from '../support/grasp.ts'
import { programs } from '../support/programs.ts'

const SYNCS = { SLUICE_GRASP_SYNC: 'on', SLUICE_GRASP_ALLOW_PRIVATE: 'on' }

/** Both are named by the announcement, so both host it. */
function sharedBy(a: GraspWorld, b: GraspWorld, identifier: string) {
  const clone = [a.cloneUrl(a.owner, identifier), b.cloneUrl(a.owner, identifier)]
  return a.announcement(a.owner, identifier, { clone, relays: [a.relayUrl, b.relayUrl] })
}

test('what is said on one server of a repository that another one hosts, too, is served there as well', async () => {
  await using a = await graspWorld()
  await using b = await graspWorld({ settings: SYNCS })
  const identifier = a.identifier()
  const announcement = sharedBy(a, b, identifier)
  const address = ['a', `30617:${a.owner.pubkey}:${identifier}`]
  const early = a.author.sign({ kind: 1_621, tags: [address] })
  await a.publish(announcement)
  await a.publish(early)
  await using listener = await b.connect()
  const seen = listener.subscribe({ kinds: [1_621], '#a': [address[1] ?? ''] })
  await b.publish(announcement)
  expect((await listener.next(seen)).id).toBe(early.id)
  const late = a.author.sign({ kind: 1_621, tags: [address], content: 'another one' })
  await a.publish(late)
  expect((await listener.next(seen)).id).toBe(late.id)
})

test('a server that was down learns what was said elsewhere meanwhile', async () => {
  await using a = await graspWorld()
  await using b = await graspWorld({ settings: SYNCS })
  const identifier = a.identifier()
  const announcement = sharedBy(a, b, identifier)
  await a.publish(announcement)
  await b.publish(announcement)
  await b.world.sluice.close()
  const said = a.author.sign({ kind: 1_621, tags: [['a', `30617:${a.owner.pubkey}:${identifier}`]] })
  await a.publish(said)

  const { config } = b.world
  const listen = { ...config.listen, port: Number(new URL(b.url).port) }
  const again = await compose({ config: { ...config, listen }, programs: await programs() })
  try {
    await again.listen()
    await using listener = await b.connect()
    const seen = listener.subscribe({ ids: [said.id] })
    expect((await listener.next(seen)).id).toBe(said.id)
  } finally {
    await again.close()
  }
})

test('nothing is connected to that announcements name on private addresses, unless that is allowed', async () => {
  await using relay = await ForeignRelay.open()
  await using careful = await graspWorld({ settings: { SLUICE_GRASP_SYNC: 'on' } })
  const named = (w: GraspWorld) => [w.relayUrl, relay.url, 'file:///etc/passwd', 'ext::sh -c true']
  const { accepted } = await careful.announce(careful.owner, 'app', { relays: named(careful) })
  expect(accepted).toBe(true)
  await using database = await careful.world.openDatabase()
  const relays = new Relays({ database })
  await expect
    .poll(async () => (await relays.healthOf(relay.url))?.lastError, { timeout: 10_000 })
    .toMatch(/not public/)
  expect(relay.connections).toBe(0)

  await using allowed = await graspWorld({ settings: SYNCS })
  await allowed.announce(allowed.owner, 'app', { relays: named(allowed) })
  await relay.until(() => relay.asked('REQ').length > 0)
  expect(relay.connections).toBe(1)
})
