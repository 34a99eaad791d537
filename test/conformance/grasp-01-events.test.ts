/** Which events a GRASP host takes, and what it says of the others, beyond what the compliance tool asks. @see GRASP-01 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { coordinateOf } from '../../src/nostr/nip34/coordinate.ts'
import { graspWorld, Signer, type GraspWorld, type Published } from '../support/grasp.ts'

let w: GraspWorld
let hosted: Awaited<ReturnType<GraspWorld['hosted']>>
const banned = new Signer('banned')
beforeAll(async () => {
  w = await graspWorld({
    settings: { SLUICE_GRASP_BLOCKED: banned.npub, SLUICE_GRASP_MAX_REPOSITORIES: '40' },
  })
  hosted = await w.hosted()
})
afterAll(() => w[Symbol.asyncDispose]())

const OK = { accepted: true, message: '' }
const WAITS = { accepted: true, message: "purgatory: won't be served until git data arrives" }
const SHA1 = 'a'.repeat(40)

function refused(reason: RegExp) {
  return { accepted: false, message: expect.stringMatching(reason) as string }
}

function aTag(owner = w.owner, { identifier } = hosted): readonly [string, string] {
  return ['a', coordinateOf({ owner: owner.pubkey, identifier })]
}

function publish(by: Signer, kind: number, tags: string[][] = [], age = 1): Promise<Published> {
  return w.publish(by.sign({ kind, tags, age, content: Math.random().toString() }))
}

async function statusOf(url: string): Promise<number> {
  return (await fetch(`${url}/info/refs?service=git-upload-pack`)).status
}

describe('an announcement', () => {
  test.each<[string, (identifier: string) => { clone?: string[]; relays?: string[] }]>([
    ['a longer host', () => ({ relays: [`${w.relayUrl}.evil`] })],
    ['another port', () => ({ relays: ['ws://127.0.0.1:1'] })],
    ['the repository of another key', (id) => ({ clone: [w.cloneUrl(w.stranger, id)] })],
    ['another repository', (id) => ({ clone: [w.cloneUrl(w.owner, `${id}x`)] })],
    ['a path without .git', (id) => ({ clone: [w.cloneUrl(w.owner, id).slice(0, -4)] })],
    ['us in a query', (id) => ({ clone: [`http://evil.example/?${w.cloneUrl(w.owner, id)}`] })],
    ['our relay at another path', () => ({ relays: [`${w.relayUrl}/other`] })],
  ])('that names %s does not name this service', async (_what, names) => {
    const identifier = w.identifier()
    expect(await w.announce(w.owner, identifier, names(identifier))).toMatchObject(
      refused(/^invalid: name this/),
    )
    expect(await statusOf(w.cloneUrl(w.owner, identifier))).toBe(404)
  })

  test('may name others before this service, in tags of any order', async () => {
    const identifier = w.identifier()
    const clone = ['https://elsewhere.example/x.git', w.cloneUrl(w.owner, identifier)]
    const relays = ['wss://elsewhere.example', `${w.relayUrl}/`]
    expect(await w.announce(w.owner, identifier, { clone, relays })).toMatchObject(WAITS)
  })

  test.each(['', '..', 'a/b', 'a\\b', 'a\u0000b', 'a\nb', 'x'.repeat(252)])(
    'of %j is refused',
    async (identifier) => {
      expect(await w.announce(w.owner, identifier)).toMatchObject(refused(/^invalid: /))
    },
  )

  test.each(['with space', '🦀', 'a.git', '%2e%2e', 'x'.repeat(251), 'id-0123456789abcdef0123456789abcdef'])(
    'of %j makes a repository at its address',
    async (identifier) => {
      expect(await w.announce(w.owner, identifier)).toMatchObject(WAITS)
      expect(await statusOf(w.cloneUrl(w.owner, identifier))).toBe(200)
    },
  )

  test('of a private repository belongs to a private service', async () => {
    const asked = await w.announce(w.owner, w.identifier(), { tags: [['private', 'true']] })
    expect(asked).toMatchObject(refused(/^restricted: this service is public/))
  })

  test('of a blocked key is refused, like anything of it', async () => {
    expect(await w.announce(banned, w.identifier())).toMatchObject(refused(/^blocked:/))
    expect(await publish(banned, 1, [[...aTag()]])).toMatchObject(refused(/^blocked:/))
  })

  test('is refused when its key has as many as it may', async () => {
    const many = new Signer('many')
    for (let i = 0; i < 40; i++) await w.announce(many, `many-${i}`)
    expect(await w.announce(many, 'one-more')).toMatchObject(
      refused(/^restricted: one key announces at most 40/),
    )
    expect(await w.announce(many, 'many-7', { age: 2 })).toMatchObject(WAITS)
  })

  test('sent twice is a duplicate, in purgatory as well as served', async () => {
    const { event } = await w.announce(w.owner, w.identifier())
    expect(await w.publish(event)).toMatchObject({
      accepted: true,
      message: expect.stringMatching(/^duplicate: in purg/) as string,
    })
    expect(await w.publish(hosted.announcement)).toMatchObject({
      accepted: true,
      message: 'duplicate: already served',
    })
  })

  test('of a live repository is served at once, and an older one no more', async () => {
    const { identifier } = await w.hosted(w.maintainer)
    const newer = await w.announce(w.maintainer, identifier, { age: 2, tags: [['description', 'new words']] })
    expect(newer).toMatchObject(OK)
    expect(await w.announce(w.maintainer, identifier, { age: 4 })).toMatchObject(
      refused(/^duplicate: a newer/),
    )
    expect(await w.req({ kinds: [30_617], authors: [w.maintainer.pubkey], '#d': [identifier] })).toEqual([
      newer.event,
    ])
  })

  test('of two equal ones at once makes one repository', async () => {
    const identifier = w.identifier()
    const event = w.announcement(w.owner, identifier)
    const others = await Promise.all([w.connect(), w.connect(), w.connect()])
    const told = await Promise.all(others.map((relay) => relay.publish(event)))
    expect(told.map(({ accepted }) => accepted)).toEqual([true, true, true])
    const made = (await w.world.events()).filter(
      ({ type, data }) => type === 'repo.created' && JSON.stringify(data).includes(identifier),
    )
    expect(made).toHaveLength(1)
    for (const other of others) await other[Symbol.asyncDispose]()
  })
})

describe('an announcement that no longer names this service', () => {
  const elsewhere = {
    clone: ['https://elsewhere.example/x.git'],
    relays: ['wss://elsewhere.example'],
    age: 2,
  }

  test('makes a live repository an archive, which nobody pushes to; naming it again makes it live', async () => {
    const { identifier, actor, url } = await w.hosted()
    expect(await w.announce(w.owner, identifier, elsewhere)).toMatchObject(OK)
    const next = await actor.commit('more', 'x')
    expect((await w.state(w.owner, identifier, { 'refs/heads/main': next }, { age: 3 })).accepted).toBe(true)
    const pushed = await actor.git('push', '-q', 'origin', 'main')
    expect([pushed.code === 0, pushed.output.includes('archived')]).toEqual([false, true])
    expect(await statusOf(url)).toBe(200)

    expect(await w.announce(w.owner, identifier, { age: 1 })).toMatchObject(OK)
    await actor.ok('push', '-q', 'origin', 'main')
  })

  test('takes one that is in purgatory away', async () => {
    const identifier = w.identifier()
    const { event } = await w.announce(w.owner, identifier)
    expect(await w.announce(w.owner, identifier, elsewhere)).toMatchObject(refused(/^invalid: name this/))
    expect(await statusOf(w.cloneUrl(w.owner, identifier))).toBe(404)
    expect(await w.publish(event)).toMatchObject(WAITS)
  })
})

describe('a state', () => {
  test('needs an announcement', async () => {
    const sent = await w.state(w.owner, w.identifier(), { 'refs/heads/main': SHA1 })
    expect(sent).toMatchObject({
      accepted: false,
      message: 'invalid: no announcement exists for this repository',
    })
  })

  test('needs an author whom a maintainer lists', async () => {
    const sent = await w.state(w.stranger, hosted.identifier, { 'refs/heads/main': SHA1 })
    expect(sent).toMatchObject(refused(/^invalid: author not authorized/))
  })

  test('of a time far ahead is refused', async () => {
    const sent = await w.state(w.owner, hosted.identifier, { 'refs/heads/main': SHA1 }, { age: -3600 })
    expect(sent).toMatchObject(refused(/^invalid: created_at too far in the future/))
  })

  test('whose git data is here is served at once', async () => {
    const { identifier, head } = await w.hosted()
    const refs = { 'refs/heads/main': head, 'refs/heads/next': head }
    expect(await w.state(w.owner, identifier, refs, { age: 1 })).toMatchObject(OK)
  })
})

describe('a pull request', () => {
  test.each([
    ['no commit', []],
    [
      'two commits',
      [
        ['c', SHA1],
        ['c', 'b'.repeat(40)],
      ],
    ],
    ['a short commit', [['c', 'abc1234']]],
  ])('with %s is refused', async (_what, tips) => {
    expect(await publish(w.author, 1618, [[...aTag()], ...tips])).toMatchObject(refused(/^invalid: a c tag/))
  })

  test('for a repository that nobody hosts here is refused', async () => {
    const other = ['a', coordinateOf({ owner: w.stranger.pubkey, identifier: w.identifier() })]
    expect(await publish(w.author, 1618, [other, ['c', SHA1]])).toMatchObject(refused(/^restricted:/))
  })

  test('waits for its tip', async () => {
    const sent = await publish(w.author, 1618, [[...aTag()], ['c', SHA1]])
    expect(sent).toMatchObject({
      accepted: true,
      message: `purgatory: PR event stored, waiting for git push with commit ${SHA1}`,
    })
  })
})

describe('what belongs to the conversation', () => {
  test('is taken while the repository waits for its git data', async () => {
    const identifier = w.identifier()
    await w.announce(w.owner, identifier)
    expect(await publish(w.stranger, 1621, [[...aTag(w.owner, { ...hosted, identifier })]])).toMatchObject(OK)
  })

  test('is not what names the right identifier of another key', async () => {
    expect(await publish(w.stranger, 1621, [[...aTag(w.stranger)]])).toMatchObject(refused(/^restricted:/))
  })

  test('is a list of GRASP hosts of anybody, and other lists of those who take part', async () => {
    const newcomer = new Signer('newcomer')
    expect(await publish(newcomer, 10_317, [['g', w.relayUrl]])).toMatchObject(OK)
    expect(await publish(newcomer, 10_002, [['r', w.relayUrl]])).toMatchObject(
      refused(/^restricted: profiles and lists/),
    )
    expect(await publish(w.owner, 10_002, [['r', w.relayUrl]])).toMatchObject(OK)
    expect(await publish(w.owner, 0)).toMatchObject(refused(/^restricted:/))
  })
})

describe('a deletion', () => {
  test('takes back what its author has written, which does not come again', async () => {
    const { event } = await publish(w.stranger, 1621, [[...aTag()]], 5)
    expect(await publish(w.stranger, 5, [['e', event.id]])).toMatchObject(OK)
    expect(await w.isServed(event)).toBe(false)
    expect(await w.publish(event)).toMatchObject(refused(/^blocked: its author has deleted it/))
  })

  test('takes back nothing of others', async () => {
    const { event } = await publish(w.author, 1621, [[...aTag()]], 5)
    await publish(w.stranger, 5, [['e', event.id]])
    await publish(w.stranger, 5, [[...aTag()]])
    expect([await w.isServed(event), await w.isServed(hosted.announcement)]).toEqual([true, true])
  })

  test('that names nothing here is refused', async () => {
    expect(await publish(w.stranger, 5, [['e', SHA1.padEnd(64, 'b')]])).toMatchObject(refused(/^restricted:/))
  })

  test('of the announcement in purgatory takes its repository away', async () => {
    const identifier = w.identifier()
    const { event } = await w.announce(w.owner, identifier)
    expect(await publish(w.owner, 5, [['e', event.id]])).toMatchObject(OK)
    expect(await statusOf(w.cloneUrl(w.owner, identifier))).toBe(404)
  })

  test('of the announcement of a live repository makes it an archive, which a new announcement revives', async () => {
    const { identifier, actor, url } = await w.hosted()
    expect(await publish(w.owner, 5, [[...aTag(w.owner, { ...hosted, identifier })]], 3)).toMatchObject(OK)
    expect(await w.req({ kinds: [30_617], '#d': [identifier] })).toEqual([])
    expect([
      await statusOf(url),
      (await actor.git('push', '-q', 'origin', 'HEAD:refs/nostr/' + 'a'.repeat(64))).code === 0,
    ]).toEqual([200, false])
    expect(await w.announce(w.owner, identifier, { age: 1 })).toMatchObject(OK)
    expect(await w.req({ kinds: [30_617], '#d': [identifier] })).toHaveLength(1)
  })
})

test('a repository is told of in the log as any other is', async () => {
  const { identifier } = await w.hosted(w.recursive)
  await w.announce(w.recursive, identifier, { age: 2, tags: [['description', 'told']] })
  const events = await w.world.events()
  const created = events.find(
    ({ type, data }) => type === 'repo.created' && JSON.stringify(data).includes(identifier),
  )
  const own = events.filter(({ repoId }) => repoId !== null && repoId === created?.repoId)
  expect(created?.data).toMatchObject({
    slug: identifier,
    orgSlug: w.recursive.npub,
    visibility: 'public',
    kind: 'grasp',
  })
  expect(own.map(({ type }) => type)).toEqual(['repo.created', 'push', 'repo.updated'])
  expect(new Set(own.filter(({ type }) => type !== 'push').map(({ actorId }) => actorId)).size).toBe(1)
})
