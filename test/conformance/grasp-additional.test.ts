/** What the public compliance tool does not ask of a GRASP host, and must hold all the same. */
import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { NostrEvent } from 'nostr-tools/pure'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { firstPackWaits } from '../support/between.ts'
import { graspWorld, remoteRefs, type GraspWorld } from '../support/grasp.ts'
import { commandBody } from '../support/raw-git.ts'

const MAIN = 'refs/heads/main'
const INVALID = expect.stringMatching(/^invalid: /) as string

let w: GraspWorld
beforeAll(async () => {
  w = await graspWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

/** Announced, with a commit that nothing declares yet. */
async function announced() {
  const identifier = w.identifier()
  const url = w.cloneUrl(w.owner, identifier)
  expect(await w.announce(w.owner, identifier)).toMatchObject({ accepted: true })
  const git = await w.git('owner')
  await git.start(url)
  return { identifier, url, git, head: await git.commit('readme', 'hello\n') }
}

/** The state that is shown of a repository. */
async function shownState(identifier: string): Promise<readonly NostrEvent[]> {
  return w.req({ kinds: [30_618], '#d': [identifier] })
}

async function branches(repository: { git: Awaited<ReturnType<GraspWorld['git']>>; url: string }) {
  const { HEAD: _, ...refs } = Object.fromEntries(await remoteRefs(repository.git, repository.url))
  return refs
}

test.each(['sig', 'content'] as const)(
  'an event that is forged in its %s does not stand in the way of the genuine one',
  async (field) => {
    const { identifier, git, head } = await announced()
    const genuine = w.declaration(w.owner, identifier, { [MAIN]: head })
    const forged = { ...genuine, [field]: 'f'.repeat(128) }
    expect(await w.publish(forged)).toMatchObject({ accepted: false, message: INVALID })
    expect((await git.git('push', 'origin', 'main')).code).toBe(1)
    expect(await w.publish(genuine)).toMatchObject({ accepted: true })
    expect((await git.git('push', 'origin', 'main')).code).toBe(0)
    expect(await w.isServed(genuine)).toBe(true)
  },
)

test('a state of the far future is refused, and locks nobody out', async () => {
  const { identifier, git, head } = await announced()
  const future = await w.state(w.owner, identifier, { [MAIN]: head }, { age: -3_600 })
  expect(future).toMatchObject({ accepted: false, message: INVALID })
  await w.state(w.owner, identifier, { [MAIN]: head })
  expect((await git.git('push', 'origin', 'main')).code).toBe(0)
})

test('a state of 2,000 refs is applied whole when one push has brought its objects', async () => {
  const { identifier, url, git, head } = await announced()
  const tags = Array.from({ length: 1_999 }, (_, n) => [`refs/tags/v${n}`, head] as const)
  const state = await w.state(w.owner, identifier, { [MAIN]: head, ...Object.fromEntries(tags) })
  expect(state).toMatchObject({ accepted: true })
  await git.ok('push', '-q', 'origin', 'main')
  expect(await w.isServed(state.event)).toBe(true)
  expect(Object.keys(await branches({ git, url }))).toHaveLength(2_000)
})

test('of two states of one second the one with the lower id counts, in whichever order they come', async () => {
  for (const order of ['lower first', 'higher first']) {
    const { identifier, url, git, head } = await hosted()
    const states = ['a', 'b'].map((name) =>
      w.declaration(w.owner, identifier, { [MAIN]: head, [`refs/heads/${name}`]: head }, { age: 0 }),
    )
    const sameSecond = states[0]?.created_at === states[1]?.created_at
    if (!sameSecond) throw new Error('the clock has ticked; run it again')
    states.sort((a, b) => (a.id < b.id ? -1 : 1))
    const [lower] = states
    for (const state of order === 'lower first' ? states : states.toReversed()) await w.publish(state)
    expect(await shownState(identifier)).toEqual([lower])
    const declared = lower?.tags.flatMap(([name = '']) => (name.startsWith('refs/') ? [name] : [])).sort()
    expect(Object.keys(await branches({ git, url }))).toEqual(declared)
  }
})

test('while a newer state waits for its data, what is served stays, and an older one that is complete replaces it', async () => {
  const { identifier, url, git, head, state } = await hosted()
  const next = await git.commit('readme', 'next\n')
  const waiting = await w.state(w.owner, identifier, { [MAIN]: next }, { age: 0 })
  expect(await shownState(identifier)).toEqual([state])

  const between = await w.state(w.owner, identifier, { [MAIN]: head, 'refs/heads/old': head }, { age: 2 })
  expect(between.accepted).toBe(true)
  expect(await shownState(identifier)).toEqual([between.event])
  expect(await branches({ git, url })).toEqual({ [MAIN]: head, 'refs/heads/old': head })

  await git.ok('push', '-q', 'origin', 'main')
  expect(await shownState(identifier)).toEqual([waiting.event])
  expect(await branches({ git, url })).toEqual({ [MAIN]: next })
})

test('of two equal pushes at once, both learn the truth, and the state is served', async () => {
  const { identifier, url, git, head } = await announced()
  const other = await w.git('other')
  await other.ok('clone', '-q', git.dir, '.')
  const { event } = await w.state(w.owner, identifier, { [MAIN]: head })
  const pushes = await Promise.all([git, other].map((who) => who.git('push', url, `${head}:${MAIN}`)))
  const codes = pushes.map(({ code }) => code)
  expect(codes).toContain(0)
  for (const { code, output } of pushes) if (code !== 0) expect(output).toMatch(/remote rejected|stale|lock/)
  expect(await branches({ git, url })).toEqual({ [MAIN]: head })
  expect(await w.isServed(event)).toBe(true)
})

test('a state that arrives in the middle of a push neither stops it nor is lost', async () => {
  const { between, arrived, goOn } = firstPackWaits()
  await using host = await graspWorld({ between })
  const identifier = host.identifier()
  const url = host.cloneUrl(host.owner, identifier)
  await host.announce(host.owner, identifier, { maintainers: [host.maintainer] })
  const git = await host.git('owner')
  await git.start(url)
  const head = await git.commit('readme', 'hello\n')
  const first = await host.state(host.owner, identifier, { [MAIN]: head })
  const pushing = git.git('push', 'origin', `${head}:${MAIN}`)
  await arrived.happened
  const next = await git.commit('readme', 'next\n')
  const second = await host.state(host.maintainer, identifier, { [MAIN]: next }, { age: 0 })
  goOn.happen()
  expect((await pushing).code).toBe(0)
  expect([await host.isServed(first.event), await host.isServed(second.event)]).toEqual([true, false])
  expect((await git.git('push', 'origin', 'main')).code).toBe(0)
  expect(await host.isServed(second.event)).toBe(true)
})

test('a push that is larger than what git sends at once is taken', async () => {
  const { identifier, git } = await announced()
  const head = await git.commit('large', randomBytes(512 * 1024))
  const { event } = await w.state(w.owner, identifier, { [MAIN]: head })
  const pushed = await git.git('-c', 'http.postBuffer=65536', 'push', 'origin', 'main')
  expect(pushed.code).toBe(0)
  expect(await w.isServed(event)).toBe(true)
})

test('a refusal of a large push is read by stock git, too', async () => {
  const { git } = await announced()
  await git.commit('large', randomBytes(512 * 1024))
  const { code, output } = await git.git('-c', 'http.postBuffer=65536', 'push', 'origin', 'main')
  expect(code).toBe(1)
  expect(output).toMatch(/\[remote rejected\] main -> main \(.*state/)
})

test('a request that is compressed is answered like any other', async () => {
  const { url, head } = await hosted()
  const body = commandBody('ls-refs', ['ref-prefix refs/heads/'])
  const answers = await Promise.all(
    [null, 'gzip'].map((encoding) =>
      fetch(`${url}/git-upload-pack`, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-git-upload-pack-request',
          'git-protocol': 'version=2',
          ...(encoding === null ? {} : { 'content-encoding': encoding }),
        },
        body: new Uint8Array(encoding === null ? body : gzipSync(body)),
      }).then((answer) => answer.text()),
    ),
  )
  expect(answers[0]).toContain(`${head} ${MAIN}`)
  expect(answers[1]).toBe(answers[0])
})

test('stock git shows why a push was refused: no state, another commit, no event', async () => {
  const { identifier, git, head } = await announced()
  const without = await git.git('push', 'origin', 'main')
  expect(without.output).toMatch(/\[remote rejected\] main -> main \(.*state/)
  expect(without.output).toContain(w.relayUrl)

  const { event } = await w.state(w.owner, identifier, { [MAIN]: 'd'.repeat(40) })
  const { output } = await git.git('push', 'origin', 'main')
  const why = `state ${event.id.slice(0, 8)} declares main at ddddddd, you push ${head.slice(0, 7)}`
  expect(output).toMatch(/\[remote rejected\] main -> main \(/)
  expect(output).toContain(why)

  const tip = await git.git('push', 'origin', 'HEAD:refs/nostr/123')
  expect(tip.output).toMatch(/\[remote rejected\] HEAD -> refs\/nostr\/123 \(.*not the id of an event/)
})

test('commits of SHA-256 are refused where a repository has SHA-1, and its state waits', async () => {
  const { identifier, url } = await hosted()
  const other = await w.git('sha256')
  await other.start(url, { objectFormat: 'sha256' })
  const head = await other.commit('readme', 'hello\n')
  const state = await w.state(w.owner, identifier, { [MAIN]: head }, { age: 0 })
  expect(state).toMatchObject({ accepted: true, message: expect.stringMatching(/^purgatory: /) as string })
  const { code, output } = await other.git('push', 'origin', 'main')
  expect(code).not.toBe(0)
  expect(output).toContain("does not support this repository's hash algorithm")
  expect(await w.isServed(state.event)).toBe(false)
})

const OPTIONS = ['--upload-pack=touch /tmp/owned', '-c core.pager=x', '$(id)', 'ext::sh -c id']

test.each(OPTIONS)('what a state declares is data, also %j', async (text) => {
  const { identifier, git, head } = await announced()
  const before = w.world.sluice.processesStarted()
  const refs = { [MAIN]: text, [`refs/heads/${text}`]: head, 'refs/heads/../../x': head }
  const { event, accepted } = await w.state(w.owner, identifier, refs)
  expect(w.world.sluice.processesStarted()).toBe(before)
  expect([accepted, await w.isServed(event)]).toEqual([true, false])
  expect((await git.git('push', 'origin', 'main')).code).toBe(1)
})

const IDENTIFIERS = ['', '.', '..', '../x', 'a/../../b', 'a/b', 'a\\b', 'a\0b', 'a\nb', 'x'.repeat(300)]

test.each(IDENTIFIERS)('nobody announces a repository called %j', async (identifier) => {
  const before = w.world.sluice.processesStarted()
  const { event, accepted, message } = await w.announce(w.owner, identifier)
  expect({ accepted, message }).toEqual({ accepted: false, message: INVALID })
  expect(await w.isServed(event)).toBe(false)
  expect(w.world.sluice.processesStarted()).toBe(before)
})

const PATHS = [
  '--upload-pack=id.git',
  '..%2f..%2fetc.git',
  '%2e%2e%2f%2e%2e%2fetc.git',
  '%00.git',
  'a%00b.git',
  '%252e%252e.git',
  '%ff.git',
  `${'x'.repeat(300)}.git`,
]

test.each(PATHS)('at /<npub>/%s there is nothing, and no process is started', async (path) => {
  const before = w.world.sluice.processesStarted()
  const rest = ['', '/info/refs?service=git-upload-pack', '/info/refs?service=git-receive-pack']
  const statuses = await Promise.all(
    rest.map(async (end) => (await fetch(`${w.url}/${w.owner.npub}/${path}${end}`)).status),
  )
  for (const status of statuses) expect([400, 404]).toContain(status)
  expect(w.world.sluice.processesStarted()).toBe(before)
})

test.each(['with space', 'ünï', '🚀', '100%', 'v1.2.git', 'a&b=c?d#e', "it's"])(
  'a repository called %j is cloned by its URL',
  async (identifier) => {
    const { url, head } = await hosted(w.identifier(identifier))
    const git = await w.git()
    await git.ok('clone', '-q', url, 'clone')
    expect(await git.ok('-C', 'clone', 'rev-parse', 'HEAD')).toBe(head)
  },
)

async function hosted(identifier = w.identifier()) {
  const repository = await w.hosted(w.owner, { identifier })
  return { ...repository, git: repository.actor }
}
