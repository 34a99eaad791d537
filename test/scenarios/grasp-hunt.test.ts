/** Git data that was pushed to one server comes to another that hosts the same repository, by what events declare. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { graspWorld, remoteRefs, type Announced, type GraspWorld } from '../support/grasp.ts'
import { openGitHost, type GitHost } from '../support/git-host.ts'

/** Asks others at once. */
const HUNTING = {
  SLUICE_GRASP_SYNC: 'on',
  SLUICE_GRASP_SYNC_PATIENCE_SECONDS: '0',
  SLUICE_GRASP_ALLOW_PRIVATE: 'on',
}

/** Where pushes go. */
let a: GraspWorld
/** Where nobody pushes. */
let b: GraspWorld
beforeAll(async () => {
  ;[a, b] = await Promise.all([graspWorld(), graspWorld({ settings: HUNTING })])
})
afterAll(async () => {
  await Promise.all([a[Symbol.asyncDispose](), b[Symbol.asyncDispose]()])
})

/** Hosted by A and B, with one commit on `main` that only A has. */
async function hostedByBoth(opts: Announced = {}) {
  const { owner } = a
  const identifier = a.identifier('both')
  const both = {
    clone: [a.cloneUrl(owner, identifier), b.cloneUrl(owner, identifier)],
    relays: [a.relayUrl, b.relayUrl],
    ...opts,
  }
  const hosted = await a.hosted(owner, { identifier, ...both })
  const coordinate = `30617:${owner.pubkey}:${identifier}`
  return { ...hosted, owner, coordinate, there: b.cloneUrl(owner, identifier) }
}

/** Sends them to B, and waits until the last of them is served there. */
async function servedAtB(events: readonly Parameters<GraspWorld['publish']>[0][]): Promise<void> {
  await using relay = await b.connect()
  const subscription = relay.subscribe({ ids: [events.at(-1)!.id] })
  for (const event of events) expect((await relay.publish(event)).accepted).toBe(true)
  await relay.next(subscription)
}

describe('two servers that host the same repository', () => {
  test('what was pushed to the one is obtained by the other, which then serves the state', async () => {
    const { announcement, state, there, head, actor } = await hostedByBoth()
    await servedAtB([announcement, state])
    const refs = await remoteRefs(actor, there)
    expect([...refs]).toEqual([
      ['HEAD', head],
      ['refs/heads/main', head],
    ])
    expect(await b.isServed(announcement)).toBe(true)
  })

  test('a tip of a pull request is obtained from where its event says that it is', async () => {
    const { announcement, state, there, coordinate, actor } = await hostedByBoth()
    await servedAtB([announcement, state])
    const tip = await actor.commit('feature', 'new\n')
    await using fork = await openGitHost({ isOpen: true })
    const clone = await fork.create('author/fork')
    await actor.ok('push', '-q', clone, `${tip}:refs/heads/feature`)
    const tags = [
      ['a', coordinate],
      ['c', tip],
      ['clone', 'https://nowhere.invalid/x.git', clone],
    ]
    const pull = b.author.sign({ kind: 1618, tags, content: 'please' })
    await servedAtB([pull])
    expect((await remoteRefs(actor, there)).get(`refs/nostr/${pull.id}`)).toBe(tip)
  })

  test('nothing is left that was only kept for the hunt', async () => {
    const { announcement, state, identifier } = await hostedByBoth()
    await servedAtB([announcement, state])
    const found = await b.world.openDatabase()
    const row = await found.kysely
      .selectFrom('grasp_repositories')
      .select('repo_id')
      .where('identifier', '=', identifier)
      .executeTakeFirstOrThrow()
    const { pathOf } = b.world.sluice
    const kept = async () => {
      const git = await b.git()
      return git.ok(
        '--git-dir',
        pathOf(row.repo_id as Parameters<typeof pathOf>[0]),
        'for-each-ref',
        'refs/internal',
      )
    }
    await expect.poll(kept).toBe('')
    await found.close()
  })
})

describe('a server that has some of it', () => {
  let host: GitHost
  beforeAll(async () => {
    host = await openGitHost({ isOpen: true })
  })
  afterAll(() => host[Symbol.asyncDispose]())

  test('gives what it has, the next one gives the rest, and nothing is fetched twice', async () => {
    const { owner } = b
    const identifier = b.identifier('parts')
    const git = await b.git()
    await git.start(b.cloneUrl(owner, identifier))
    const main = await git.commit('readme', 'main\n')
    const [first, second] = [await host.create('one/half'), await host.create('other/half')]
    await git.ok('push', '-q', first, `${main}:refs/heads/main`)
    const next = await git.commit('readme', 'next\n')
    await git.ok('push', '-q', second, `${next}:refs/heads/next`)
    const before = host.calls.length
    const clone = [b.cloneUrl(owner, identifier), first, second]
    await servedAtB([
      b.announcement(owner, identifier, { clone }),
      b.declaration(owner, identifier, { 'refs/heads/main': main, 'refs/heads/next': next }),
    ])
    const refs = await remoteRefs(git, b.cloneUrl(owner, identifier))
    expect(refs.get('refs/heads/next')).toBe(next)
    const asked = host.calls.slice(before).map(({ line }) => line)
    expect(asked.filter((line) => line.startsWith('POST /other/half')).length).toBe(1)

    const again = host.calls.length
    const sameObjects = { 'refs/heads/main': next, 'refs/tags/v1': main }
    await servedAtB([b.declaration(owner, identifier, sameObjects, { age: 1 })])
    expect(host.calls.length).toBe(again)
  })

  test('what it sends is not taken when it does not hold together', async () => {
    const { owner } = b
    const identifier = b.identifier('broken')
    const git = await b.git()
    await git.start(b.cloneUrl(owner, identifier))
    const head = await git.commit('readme', 'broken\n')
    const good = await host.create('good/one')
    await git.ok('push', '-q', good, `${head}:refs/heads/main`)
    const hostile = await openGitHost({ isOpen: true })
    hostile.behave({
      status: 200,
      headers: { 'content-type': 'application/x-git-upload-pack-advertisement' },
      body: '0000',
    })
    await servedAtB([
      b.announcement(owner, identifier, {
        clone: [b.cloneUrl(owner, identifier), `${hostile.url}/a/b.git`, good],
      }),
      b.declaration(owner, identifier, { 'refs/heads/main': head }),
    ])
    expect(hostile.connections).toBeGreaterThan(0)
    await hostile[Symbol.asyncDispose]()
  })
})
