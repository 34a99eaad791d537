/** Pushes to repositories whose maintainers sign what they hold: what passes, and what follows before git is answered. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Actor } from '../support/actor.ts'
import { aroundQuarantine, happening } from '../support/between.ts'
import { graspWorld, remoteRefs, type GraspWorld } from '../support/grasp.ts'

let w: GraspWorld
beforeAll(async () => {
  w = await graspWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

/** A work tree with a commit of its own, and the server as `origin`. */
async function author(url: string, text: string): Promise<{ actor: Actor; head: string }> {
  const actor = await w.git('author')
  await actor.start(url)
  return { actor, head: await actor.commit('readme', text) }
}

async function headOf(actor: Actor, url: string): Promise<string> {
  return (await actor.ok('ls-remote', '--symref', url, 'HEAD')).split('\n')[0] ?? ''
}

/** The first makes the repository live. */
function secondPackWaits() {
  const [arrived, goOn] = [happening(), happening()]
  let packs = 0
  const between = aroundQuarantine((real) => ({
    receive: async (pack, opts) => {
      if (++packs === 2) {
        arrived.happen()
        await goOn.happened
      }
      await real.receive(pack, opts)
    },
  }))
  return { between, arrived, goOn }
}

describe('what is signed', () => {
  test('is pushed by somebody without a name, and both events are served before git push returns', async () => {
    const identifier = w.identifier()
    const url = w.cloneUrl(w.owner, identifier)
    const { event: announcement } = await w.announce(w.owner, identifier)
    const { actor, head } = await author(url, 'signed\n')
    const { event: state } = await w.state(w.owner, identifier, { 'refs/heads/main': head })
    expect([await w.isServed(announcement), await w.isServed(state)]).toEqual([false, false])
    await actor.ok('push', '-q', 'origin', 'main')
    expect([await w.isServed(announcement), await w.isServed(state)]).toEqual([true, true])
    expect((await remoteRefs(actor, url)).get('refs/heads/main')).toBe(head)
  })

  test('of a newer state is served with the push that brings what it declares', async () => {
    const { identifier, actor, announcement } = await w.hosted()
    expect(await w.isServed(announcement)).toBe(true)
    const next = await actor.commit('readme', 'next\n')
    const { event } = await w.state(w.owner, identifier, { 'refs/heads/main': next }, { age: 1 })
    expect(await w.isServed(event)).toBe(false)
    await actor.ok('push', '-q', 'origin', 'main')
    expect(await w.isServed(event)).toBe(true)
  })

  test('by a maintainer whom nobody but the owner lists, and by one whom that one lists', async () => {
    const identifier = w.identifier()
    const url = w.cloneUrl(w.owner, identifier)
    await w.announce(w.owner, identifier, { maintainers: [w.maintainer] })
    const { actor, head } = await author(url, 'maintained\n')
    await w.state(w.maintainer, identifier, { 'refs/heads/main': head }, { age: 4 })
    await actor.ok('push', '-q', 'origin', 'main')
    const elsewhere = { clone: ['https://elsewhere.example/x.git'], relays: ['wss://elsewhere.example'] }
    await w.announce(w.maintainer, identifier, { ...elsewhere, maintainers: [w.recursive] })
    const next = await actor.commit('readme', 'recursive\n')
    await w.state(w.recursive, identifier, { 'refs/heads/main': next }, { age: 1 })
    await actor.ok('push', '-q', 'origin', 'main')
    expect((await remoteRefs(actor, url)).get('refs/heads/main')).toBe(next)
  })

  test('takes away what it does not declare, and moves tags', async () => {
    const { identifier, url, actor, head } = await w.hosted()
    const next = await actor.commit('readme', 'tagged\n')
    await actor.ok('tag', '-a', '-m', 'v1', 'v1')
    const tag = await actor.ok('rev-parse', 'v1')
    const refs = { 'refs/heads/main': next, 'refs/heads/old': head, 'refs/tags/v1': tag }
    await w.state(w.owner, identifier, refs, { age: 3 })
    await actor.ok('push', '-q', 'origin', 'main', 'v1', `${head}:refs/heads/old`)
    await w.state(w.owner, identifier, { 'refs/heads/main': next }, { age: 1 })
    expect([...(await remoteRefs(actor, url)).keys()]).toEqual(['HEAD', 'refs/heads/main'])
  })

  test('of several branches may come in several pushes, and is served with the last', async () => {
    const { identifier, url, actor, head } = await w.hosted()
    const main = await actor.commit('readme', 'one\n')
    await actor.ok('checkout', '-q', '-b', 'next')
    const next = await actor.commit('readme', 'two\n')
    const refs = { 'refs/heads/main': main, 'refs/heads/next': next }
    const { event } = await w.state(w.owner, identifier, refs, { age: 1 })
    await actor.ok('push', '-q', 'origin', 'main')
    expect((await remoteRefs(actor, url)).get('refs/heads/main')).not.toBe(head)
    expect(await w.isServed(event)).toBe(false)
    await actor.ok('push', '-q', 'origin', 'next')
    expect(await w.isServed(event)).toBe(true)
    expect((await remoteRefs(actor, url)).get('refs/heads/next')).toBe(next)
  })

  test('a branch may become a directory of branches', async () => {
    const { identifier, url, actor, head } = await w.hosted()
    await w.state(w.owner, identifier, { 'refs/heads/main': head, 'refs/heads/a': head }, { age: 3 })
    await w.state(w.owner, identifier, { 'refs/heads/main': head, 'refs/heads/a/b': head }, { age: 1 })
    expect([...(await remoteRefs(actor, url)).keys()]).toEqual(['HEAD', 'refs/heads/a/b', 'refs/heads/main'])
  })

  test('of very many tags is taken over without a push, where their objects are here', async () => {
    const { identifier, url, actor, head } = await w.hosted()
    const tags = Array.from({ length: 200 }, (_, i) => [`refs/tags/t${i}`, head])
    const refs = { 'refs/heads/main': head, ...(Object.fromEntries(tags) as Record<string, string>) }
    await w.state(w.owner, identifier, refs, { age: 1 })
    expect((await remoteRefs(actor, url)).size).toBe(202)
  })
})

describe('what is not signed', () => {
  test('is refused, and git shows who must sign what, and where', async () => {
    const { actor, head, state } = await w.hosted()
    const next = await actor.commit('readme', 'unsigned\n')
    const pushed = await actor.git('push', 'origin', 'main')
    expect(pushed.code).not.toBe(0)
    const [declared, asked] = [head.slice(0, 7), next.slice(0, 7)]
    expect(pushed.output).toContain(
      `state ${state.id.slice(0, 8)} declares main at ${declared}, you push ${asked}`,
    )
    expect(pushed.output).toContain(w.relayUrl)
  })

  test('without any state nothing passes', async () => {
    const identifier = w.identifier()
    await w.announce(w.owner, identifier)
    const { actor } = await author(w.cloneUrl(w.owner, identifier), 'nothing\n')
    expect((await actor.git('push', 'origin', 'main')).output).toContain('no signed state allows this')
  })

  test.each(['refs/heads/extra', 'refs/notes/commits', 'refs/heads/pr/1', 'refs/nostr/123'])(
    '%s is refused beside a branch that is signed',
    async (ref) => {
      const { actor, head } = await w.hosted()
      const pushed = await actor.git('push', 'origin', `${head}:${ref}`)
      expect(pushed.output).toMatch(/remote rejected/)
    },
  )

  test('a declared branch is not deleted, nor moved back to what an older state said', async () => {
    const { identifier, actor, head } = await w.hosted()
    const next = await actor.commit('readme', 'newer\n')
    await w.state(w.owner, identifier, { 'refs/heads/main': next }, { age: 1 })
    await actor.ok('push', '-q', 'origin', 'main')
    expect((await actor.git('push', 'origin', ':main')).output).toMatch(/you delete it/)
    expect((await actor.git('push', '-f', 'origin', `${head}:main`)).output).toMatch(/remote rejected/)
  })

  test('a stranger signs for nobody', async () => {
    const { identifier, actor } = await w.hosted()
    const next = await actor.commit('readme', 'strange\n')
    expect((await w.state(w.stranger, identifier, { 'refs/heads/main': next }, { age: 1 })).accepted).toBe(
      false,
    )
    expect((await actor.git('push', 'origin', 'main')).code).not.toBe(0)
  })

  test('an older state of another maintainer never takes a repository back', async () => {
    const identifier = w.identifier()
    const { url, actor, head } = await w.hosted(w.owner, { identifier, maintainers: [w.maintainer] })
    const older = await actor.commit('readme', 'older\n')
    await w.state(w.maintainer, identifier, { 'refs/heads/main': older }, { age: 60 })
    expect((await actor.git('push', 'origin', 'main')).output).toMatch(/remote rejected/)
    expect((await remoteRefs(actor, url)).get('refs/heads/main')).toBe(head)
  })

  test('a state that was deleted before the push came allows nothing any more', async () => {
    const { identifier, actor } = await w.hosted()
    const next = await actor.commit('readme', 'withdrawn\n')
    const { event } = await w.state(w.owner, identifier, { 'refs/heads/main': next }, { age: 2 })
    await w.publish(
      w.owner.sign({
        kind: 5,
        tags: [
          ['e', event.id],
          ['k', '30618'],
        ],
      }),
    )
    expect((await actor.git('push', 'origin', 'main')).output).toMatch(/remote rejected/)
  })

  test('a state that is deleted while the push is under way allows nothing any more', async () => {
    const { between, arrived, goOn } = secondPackWaits()
    await using held = await graspWorld({ between })
    const { identifier, url, actor, head } = await held.hosted()
    const next = await actor.commit('readme', 'withdrawn\n')
    const { event } = await held.state(held.owner, identifier, { 'refs/heads/main': next }, { age: 2 })
    const pushed = actor.git('push', 'origin', 'main')
    await arrived.happened
    await held.publish(held.owner.sign({ kind: 5, tags: [['e', event.id]] }))
    goOn.happen()
    expect((await pushed).output).toMatch(/remote rejected/)
    expect((await remoteRefs(actor, url)).get('refs/heads/main')).toBe(head)
  })
})

describe('HEAD', () => {
  test('is set when the branch is there already, also where a state writes it bare', async () => {
    const { identifier, url, actor, head } = await w.hosted()
    const head2 = { head: 'refs/heads/develop', age: 1 }
    await w.state(w.owner, identifier, { 'refs/heads/develop': head }, head2)
    expect(await headOf(actor, url)).toBe('ref: refs/heads/develop\tHEAD')
  })

  test('is set with the push that brings the branch', async () => {
    const { identifier, url, actor } = await w.hosted()
    const next = await actor.commit('readme', 'trunk\n')
    const refs = { 'refs/heads/trunk': next }
    await w.state(w.owner, identifier, refs, { head: 'ref: refs/heads/trunk', age: 1 })
    await actor.ok('push', '-q', 'origin', 'HEAD:trunk')
    expect(await headOf(actor, url)).toBe('ref: refs/heads/trunk\tHEAD')
  })
})

describe('repositories of one identifier', () => {
  test('have the same refs after one push, where the state counts for both', async () => {
    const identifier = w.identifier()
    const { actor } = await w.hosted(w.owner, { identifier, maintainers: [w.maintainer] })
    const second = w.cloneUrl(w.maintainer, identifier)
    const { event: announcement } = await w.announce(w.maintainer, identifier)
    const next = await actor.commit('readme', 'both\n')
    const { event } = await w.state(w.maintainer, identifier, { 'refs/heads/main': next }, { age: 1 })
    await actor.ok('push', '-q', 'origin', 'main')
    expect((await remoteRefs(actor, second)).get('refs/heads/main')).toBe(next)
    expect([await w.isServed(announcement), await w.isServed(event)]).toEqual([true, true])
    const clone = await w.git()
    await clone.ok('clone', '-q', second, 'copy')
    await clone.ok('-C', 'copy', 'fsck', '--full', '--strict')
  })
})

describe('tips of pull requests', () => {
  const pull = (identifier: string, commit: string) =>
    w.author.sign({
      kind: 1618,
      tags: [
        ['a', `30617:${w.owner.pubkey}:${identifier}`],
        ['p', w.owner.pubkey],
        ['c', commit],
        ['clone', w.cloneUrl(w.owner, identifier)],
      ],
    })

  test('come before their event, and are served with it', async () => {
    const { identifier, url, actor } = await w.hosted()
    const tip = await actor.commit('patch', 'mine\n')
    const event = pull(identifier, tip)
    await actor.ok('push', '-q', 'origin', `${tip}:refs/nostr/${event.id}`)
    expect((await w.publish(event)).accepted).toBe(true)
    expect(await w.isServed(event)).toBe(true)
    expect((await remoteRefs(actor, url)).get(`refs/nostr/${event.id}`)).toBe(tip)
  })

  test('wait for their push, which must be the commit that is named', async () => {
    const { identifier, actor, head } = await w.hosted()
    const tip = await actor.commit('patch', 'late\n')
    const event = pull(identifier, tip)
    expect((await w.publish(event)).message).toMatch(/^purgatory:/)
    expect(await w.isServed(event)).toBe(false)
    const wrong = await actor.git('push', 'origin', `${head}:refs/nostr/${event.id}`)
    expect(wrong.output).toContain(`names ${tip.slice(0, 7)}, you push ${head.slice(0, 7)}`)
    await actor.ok('push', '-q', 'origin', `${tip}:refs/nostr/${event.id}`)
    expect(await w.isServed(event)).toBe(true)
  })

  test('that contradict their event go when it comes', async () => {
    const { identifier, url, actor, head } = await w.hosted()
    const tip = await actor.commit('patch', 'right\n')
    const event = pull(identifier, tip)
    await actor.ok('push', '-q', 'origin', `${head}:refs/nostr/${event.id}`)
    await w.publish(event)
    expect((await remoteRefs(actor, url)).has(`refs/nostr/${event.id}`)).toBe(false)
    expect(await w.isServed(event)).toBe(false)
  })

  test('are commits, and are not deleted by a push', async () => {
    const { actor } = await w.hosted()
    const id = 'a'.repeat(64)
    const blob = await actor.ok('hash-object', '-w', 'readme')
    expect((await actor.git('push', 'origin', `${blob}:refs/nostr/${id}`)).output).toMatch(/it is no commit/)
    await actor.ok('push', '-q', 'origin', `HEAD:refs/nostr/${id}`)
    expect((await actor.git('push', 'origin', `:refs/nostr/${id}`)).output).toMatch(/not deleted by a push/)
  })
})
