/** Strangers, and owners of other repositories of the same identifier, against what maintainers have signed. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openGitHost, type GitHost } from '../support/git-host.ts'
import { graspWorld, remoteRefs, type GraspWorld } from '../support/grasp.ts'
import { Stage } from '../support/rest.ts'

const SETTINGS = {
  SLUICE_GRASP_SYNC: 'on',
  SLUICE_GRASP_SYNC_PATIENCE_SECONDS: '0',
  SLUICE_GRASP_ALLOW_PRIVATE: 'on',
  SLUICE_GRASP_MAX_REPOSITORIES: '3',
  SLUICE_GRASP_MAX_TIP_BYTES: '64KiB',
}

let w: GraspWorld
/** Has what was pushed elsewhere. */
let host: GitHost
beforeAll(async () => {
  ;[w, host] = await Promise.all([graspWorld({ settings: SETTINGS }), openGitHost({ isOpen: true })])
})
afterAll(async () => {
  await Promise.all([w[Symbol.asyncDispose](), host[Symbol.asyncDispose]()])
})

/** Publishes them, and waits until the last of them is served. */
async function served(...events: readonly Parameters<GraspWorld['publish']>[0][]): Promise<void> {
  await using relay = await w.connect()
  const subscription = relay.subscribe({ ids: [events.at(-1)!.id] })
  for (const event of events) expect((await relay.publish(event)).message).not.toMatch(/^(invalid|error)/)
  await relay.next(subscription)
}

describe('a hunt', () => {
  test('asks for what only a stranger with a repository of the same identifier has here-regression', async () => {
    const { identifier, actor, head } = await w.hosted(w.stranger)
    const elsewhere = await host.create(`owner/${identifier}`)
    await actor.ok('push', '-q', elsewhere, `${head}:refs/heads/main`)
    const clone = [w.cloneUrl(w.owner, identifier), elsewhere]
    await served(
      w.announcement(w.owner, identifier, { clone }),
      w.declaration(w.owner, identifier, { 'refs/heads/main': head }),
    )
    expect((await remoteRefs(actor, w.cloneUrl(w.owner, identifier))).get('refs/heads/main')).toBe(head)
  })

  test('asks whom the maintainers name, however many a stranger names for the same identifier-regression', async () => {
    const identifier = w.identifier()
    const git = await w.git()
    const elsewhere = await host.create(`owner/${identifier}`)
    await git.start(elsewhere)
    const head = await git.commit('readme', 'elsewhere\n')
    await git.ok('push', '-q', 'origin', 'main')
    const many = Array.from({ length: 20 }, (_, i) => `${host.url}/nowhere/${i}.git`)
    await w.announce(w.stranger, identifier, {
      clone: [w.cloneUrl(w.stranger, identifier), ...many],
      age: 1,
    })
    const clone = [w.cloneUrl(w.owner, identifier), elsewhere]
    const before = host.calls.length
    await served(
      w.announcement(w.owner, identifier, { clone }),
      w.declaration(w.owner, identifier, { 'refs/heads/main': head }),
    )
    expect(host.calls.slice(before).filter(({ line }) => line.includes('/nowhere/'))).toEqual([])
  })

  test('does not wait for whom a stranger names, who does not answer-regression', async () => {
    const identifier = w.identifier()
    await using silent = await openGitHost({ isOpen: true })
    silent.behave('hang')
    const git = await w.git()
    const elsewhere = await host.create(`owner/${identifier}`)
    await git.start(elsewhere)
    const head = await git.commit('readme', 'elsewhere\n')
    await git.ok('push', '-q', 'origin', 'main')
    const hanging = [w.cloneUrl(w.stranger, identifier), `${silent.url}/a/b.git`]
    await w.announce(w.stranger, identifier, { clone: hanging })
    const clone = [w.cloneUrl(w.owner, identifier), elsewhere]
    await w.announce(w.owner, identifier, { clone })
    await w.state(w.stranger, identifier, { 'refs/heads/main': '1'.repeat(40) })
    await expect.poll(() => silent.connections).toBeGreaterThan(0)
    const state = w.declaration(w.owner, identifier, { 'refs/heads/main': head })
    expect((await w.publish(state)).accepted).toBe(true)
    await silent.goAway() // the next hunt is for both
    await silent.comeBack()
    await expect.poll(() => w.isServed(state), { timeout: 10_000 }).toBe(true)
  })

  test('brings no larger tip than anybody may push-regression', async () => {
    const { identifier, url, actor } = await w.hosted(w.maintainer)
    const clone = await host.create(`author/${identifier}`)
    const small = await actor.commit('small', 'small\n')
    const large = await actor.commit('large', randomBytes(200 * 1024))
    await actor.ok('push', '-q', clone, `${small}:refs/heads/small`, `${large}:refs/heads/large`)
    const pull = (tip: string, age: number) => {
      const about = ['a', `30617:${w.maintainer.pubkey}:${identifier}`]
      return w.author.sign({ kind: 1618, tags: [about, ['c', tip], ['clone', clone]], age })
    }
    const [first, then] = [pull(large, 1), pull(small, 2)]
    await served(first, then)
    expect(await w.isServed(first)).toBe(false)
    expect((await remoteRefs(actor, url)).has(`refs/nostr/${first.id}`)).toBe(false)
  })
})

describe('tips that anybody pushes', () => {
  test('do not count among the repositories that a key announces-regression', async () => {
    const { owner } = w
    for (let i = 0; i < 3; i++) {
      const git = await w.git()
      await git.start(w.prsUrl(w.recursive, w.identifier()))
      await git.commit('readme', `tip ${i}\n`)
      await git.ok('push', '-q', 'origin', `HEAD:refs/nostr/${String(i).repeat(64)}`)
    }
    expect(owner).toBeDefined()
    expect(await w.announce(w.recursive, w.identifier())).toMatchObject({ accepted: true })
  })

  test('fill no disk by being moved again and again-regression', async () => {
    const { url, actor } = await w.hosted(w.author)
    const push = async () => {
      await actor.commit('filler', randomBytes(60 * 1024))
      return await actor.git('push', '-f', 'origin', `HEAD:refs/nostr/${'f'.repeat(64)}`)
    }
    const before = (await remoteRefs(actor, url)).size
    let pushed = await push()
    for (let i = 0; pushed.code === 0 && i < 10; i++) pushed = await push()
    expect(pushed.output).toMatch(/too many|wait/)
    expect((await remoteRefs(actor, url)).size).toBe(before + 1)
  })
})

test('an announced repository that an administrator hides looks like none-regression', async () => {
  const { identifier, url } = await w.hosted(w.author)
  const address = `/repos/${w.author.npub}/${identifier}`
  const hidden = await new Stage(w.world).ask('admin', 'PATCH', address, { visibility: 'private' })
  expect(hidden.status).toBe(200)
  const absent = w.cloneUrl(w.author, w.identifier())
  for (const service of ['git-upload-pack', 'git-receive-pack']) {
    const answers = await Promise.all(
      [url, absent].map(async (each) => {
        const answer = await fetch(`${each}/info/refs?service=${service}`)
        return [answer.status, answer.headers.get('www-authenticate'), await answer.text()]
      }),
    )
    expect(answers[0]).toEqual(answers[1])
    expect(answers[0]?.[0]).toBe(404)
  }
  for (const page of [url, absent])
    expect((await fetch(page, { headers: { accept: 'text/html' } })).status).toBe(404)
})
