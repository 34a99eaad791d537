/** Tips of pull requests for repositories elsewhere: what the public compliance tool does not ask. @see GRASP-06 */
import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { graspWorld, remoteRefs, type GraspWorld } from '../support/grasp.ts'

let w: GraspWorld
beforeAll(async () => {
  w = await graspWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

async function kept() {
  await using database = await w.world.openDatabase()
  const count = async (table: 'repositories' | 'organizations' | 'accounts') =>
    (await database.kysely.selectFrom(table).select('id').execute()).length
  const files = await readdir(w.world.config.gitStorageRoot, { recursive: true })
  return {
    repositories: await count('repositories'),
    organizations: await count('organizations'),
    accounts: await count('accounts'),
    directories: files.filter((name) => name.endsWith('.git')).length,
  }
}

async function contributor(url: string) {
  const git = await w.git('contributor')
  await git.start(url)
  return { git, tip: await git.commit('readme', `${randomBytes(8).toString('hex')}\n`) }
}

const eventId = () => randomBytes(32).toString('hex')

test.each([0, 2])(
  'in protocol v%i any path shows an empty repository, and nothing is made',
  async (version) => {
    const before = await kept()
    const git = await w.git()
    for (const identifier of [w.identifier('unknown'), 'with space', 'emoji-🦊', 'dots.in.it']) {
      await git.ok('-c', `protocol.version=${version}`, 'ls-remote', w.prsUrl(w.author, identifier))
    }
    const url = `${w.prsUrl(w.author, 'unknown')}/info/refs?service=git-receive-pack`
    expect((await fetch(url)).status).toBe(200)
    expect(await kept()).toEqual(before)
  },
)

test.each(['/prs/npub1nobody/a.git', '/prs/acme/app.git', '/prs/%2e%2e/a.git'])(
  '%s is no path of a contributor',
  async (path) => {
    expect((await fetch(`${w.url}${path}/info/refs?service=git-upload-pack`)).status).toBe(404)
  },
)

test('whoever asks for objects of what is not there gets none, and no git is started', async () => {
  const before = w.world.sluice.processesStarted()
  const answer = await fetch(`${w.prsUrl(w.author, 'unknown')}/git-upload-pack`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-git-upload-pack-request' },
    body: `0032want ${'1'.repeat(40)}\n00000009done\n`,
  })
  expect(answer.status).toBe(404)
  expect(w.world.sluice.processesStarted()).toBe(before)
})

test('a push that is refused as a whole leaves no repository behind', async () => {
  const before = await kept()
  const { git } = await contributor(w.prsUrl(w.author, w.identifier()))
  const { code, output } = await git.git('push', 'origin', 'HEAD:refs/heads/main')
  expect(code).toBe(1)
  expect(output).toMatch('remote rejected')
  expect(output).toMatch('only tips of pull requests are kept here')
  expect(output).not.toMatch('publish a state')
  expect(await kept()).toEqual(before)
})

test("a tip for somebody else's event is refused", async () => {
  const identifier = w.identifier()
  const { git, tip } = await contributor(w.prsUrl(w.stranger, identifier))
  const coordinate = `30617:${w.owner.pubkey}:${identifier}`
  const clone = w.prsUrl(w.author, identifier)
  const tags = [
    ['a', coordinate],
    ['c', tip],
    ['clone', clone],
  ]
  const { event, accepted } = await w.publish(w.author.sign({ kind: 1618, tags }))
  expect(accepted).toBe(true)
  const pushed = await git.git('push', 'origin', `HEAD:refs/nostr/${event.id}`)
  expect(pushed.output).toMatch('somebody else has signed this event')
  expect(await w.isServed(event)).toBe(false)
})

test('a repository goes with its last tip', async () => {
  const identifier = w.identifier()
  const url = w.prsUrl(w.author, identifier)
  const { git, tip } = await contributor(url)
  const before = await kept()
  const tags = [
    ['a', `30617:${w.owner.pubkey}:${identifier}`],
    ['c', eventId()],
    ['clone', url],
  ]
  const event = w.author.sign({ kind: 1618, tags })
  await git.ok('push', '-q', 'origin', `HEAD:refs/nostr/${event.id}`)
  expect((await remoteRefs(git, url)).get(`refs/nostr/${event.id}`)).toBe(tip)
  expect((await kept()).repositories).toBe(before.repositories + 1)
  expect((await w.publish(event)).accepted).toBe(true) // it names another commit
  const { repositories, directories } = await kept()
  expect({ repositories, directories }).toEqual({
    repositories: before.repositories,
    directories: before.directories,
  })
  expect((await remoteRefs(git, url)).size).toBe(0)
})
