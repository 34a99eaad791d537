/** Time goes by: what waits for its git data is ended, what nobody announces any more goes, and a late state revives. */
import { stat } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { NostrEvent } from 'nostr-tools/pure'
import type { RepoId } from '../../src/kernel/ids.ts'
import { graspWorld, remoteRefs, type GraspWorld } from '../support/grasp.ts'

let w: GraspWorld
beforeAll(async () => {
  w = await graspWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

const SHA1 = 'a'.repeat(40)
const LONG_AGO = 1
/** The queue is looked at every 5 s, and a round that is under way has missed what came since. */
const PATIENCE = { timeout: 20_000, interval: 250 }

/** All that waits in the repositories of these identifiers has waited long enough. */
async function timePasses(...identifiers: string[]): Promise<void> {
  await using database = await w.world.openDatabase()
  const over = { waits_until: LONG_AGO }
  const { kysely } = database
  const waiting = kysely.updateTable('nostr_events').set(over).where('status', '=', 'purgatory')
  await waiting.where('identifier', 'in', identifiers).execute()
  const repositories = kysely.updateTable('grasp_repositories').set(over).where('waits_until', 'is not', null)
  await repositories.where('identifier', 'in', identifiers).execute()
}

/** What the rounds of every minute make true. */
async function inTheEnd(check: () => Promise<void>): Promise<void> {
  await using database = await w.world.openDatabase()
  await vi.waitFor(async () => {
    const due = database.kysely.updateTable('jobs').set({ run_at: LONG_AGO })
    await due.where('type', '=', 'purge_expired').execute()
    await check()
  }, PATIENCE)
}

async function statusOf(url: string): Promise<number> {
  return (await fetch(`${url}/info/refs?service=git-upload-pack`)).status
}

async function gone(identifier: string, owner = w.owner): Promise<void> {
  await inTheEnd(async () => expect(await statusOf(w.cloneUrl(owner, identifier))).toBe(404))
}

async function idOf(identifier: string): Promise<RepoId> {
  await using database = await w.world.openDatabase()
  const rows = database.kysely.selectFrom('grasp_repositories').select('repo_id')
  const { repo_id: id } = await rows.where('identifier', '=', identifier).executeTakeFirstOrThrow()
  return id as RepoId
}

async function waitsUntil({ id }: NostrEvent): Promise<number> {
  await using database = await w.world.openDatabase()
  const rows = database.kysely.selectFrom('nostr_events').select('waits_until')
  return (await rows.where('id', '=', id).executeTakeFirstOrThrow()).waits_until ?? Infinity
}

describe.concurrent('in the course of time', () => {
  test('a repository whose git data never came is gone with its directory, and only what waited', async () => {
    const [identifier, pushed] = [w.identifier(), await w.hosted()]
    const { event } = await w.announce(w.owner, identifier)
    const path = w.world.sluice.pathOf(await idOf(identifier))
    await stat(path)
    await timePasses(identifier, pushed.identifier)
    await gone(identifier)
    await inTheEnd(() => expect(stat(path)).rejects.toThrow('ENOENT'))
    expect([await w.isServed(event), await statusOf(pushed.url)]).toEqual([false, 200])

    await inTheEnd(async () => {
      const told = (await w.world.events()).filter(({ data }) => JSON.stringify(data).includes(identifier))
      expect(told.map(({ type }) => type)).toEqual(['repo.created', 'repo.deleted', 'repo.purged'])
    })
  })

  test('a state that comes late brings the repository back, and its push is served', async () => {
    const identifier = w.identifier()
    const { event } = await w.announce(w.owner, identifier)
    await timePasses(identifier)
    await gone(identifier)

    const actor = await w.git()
    await actor.start(w.cloneUrl(w.owner, identifier))
    const head = await actor.commit('readme', 'late')
    expect((await w.state(w.owner, identifier, { 'refs/heads/main': head })).accepted).toBe(true)
    await actor.ok('push', '-q', 'origin', 'main')
    expect(await w.isServed(event)).toBe(true)
    expect((await remoteRefs(actor, w.cloneUrl(w.owner, identifier))).get('refs/heads/main')).toBe(head)
  })

  test('an announcement that is sent once more after its time waits anew', async () => {
    const identifier = w.identifier()
    const { event } = await w.announce(w.owner, identifier)
    await timePasses(identifier)
    await gone(identifier)
    expect(await w.publish(event)).toMatchObject({
      accepted: true,
      message: expect.stringMatching(/^purgatory:/) as string,
    })
    expect(await statusOf(w.cloneUrl(w.owner, identifier))).toBe(200)
  })

  test('a state, and a newer announcement, let the announcement wait longer', async () => {
    const identifier = w.identifier()
    const { event } = await w.announce(w.owner, identifier, { age: 20 })
    await timePasses(identifier)
    await w.state(w.owner, identifier, { 'refs/heads/main': SHA1 })
    expect(await waitsUntil(event)).toBeGreaterThan(Date.now() + 25 * 60_000)
    const newer = await w.announce(w.owner, identifier, { age: 10 })
    expect(await waitsUntil(newer.event)).toBeGreaterThan(Date.now() + 25 * 60_000)
    expect(await statusOf(w.cloneUrl(w.owner, identifier))).toBe(200)
  })

  test('a state whose git data never came is forgotten, and allows no push any more', async () => {
    const { identifier, actor } = await w.hosted()
    const next = await actor.commit('more', 'x')
    const { event } = await w.state(w.owner, identifier, { 'refs/heads/main': next }, { age: 1 })
    await timePasses(identifier)
    await inTheEnd(async () => {
      await using database = await w.world.openDatabase()
      const rows = database.kysely.selectFrom('nostr_events').select('status').where('id', '=', event.id)
      expect(await rows.executeTakeFirst()).toEqual({ status: 'expired' })
    })
    expect((await actor.git('push', '-q', 'origin', 'main')).code).not.toBe(0)
    expect(await w.publish(event)).toMatchObject({ accepted: true })
    await actor.ok('push', '-q', 'origin', 'main')
  })

  test('an archive that nobody announces any more is deleted in the end, and can be restored', async () => {
    const { identifier } = await w.hosted()
    const id = await idOf(identifier)
    const elsewhere = {
      clone: ['https://elsewhere.example/x.git'],
      relays: ['wss://elsewhere.example'],
      age: 2,
    }
    const { event } = await w.announce(w.owner, identifier, elsewhere)
    await timePasses(identifier)
    await gone(identifier)
    expect(await w.isServed(event)).toBe(false)
    await stat(w.world.sluice.pathOf(id))

    const told = (await w.world.events()).filter(({ repoId }) => repoId === id)
    expect(told.map(({ type }) => type)).toEqual(['repo.created', 'push', 'repo.archived', 'repo.deleted'])
  })

  test('a repository whose announcement is gone, as a crash in its deletion leaves it, becomes an archive', async () => {
    const { identifier, url, announcement } = await w.hosted()
    await using database = await w.world.openDatabase()
    await database.kysely.deleteFrom('nostr_events').where('id', '=', announcement.id).execute()
    const long = database.kysely.updateTable('grasp_repositories').set({ updated_at: LONG_AGO })
    await long.where('identifier', '=', identifier).execute()
    await timePasses(identifier)
    await inTheEnd(async () => {
      const rows = database.kysely.selectFrom('grasp_repositories').select('status')
      expect(await rows.where('identifier', '=', identifier).executeTakeFirst()).toEqual({
        status: 'archived',
      })
    })
    expect(await statusOf(url)).toBe(200)
  })
})
