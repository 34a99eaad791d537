import { finalizeEvent, generateSecretKey, getPublicKey, type NostrEvent } from 'nostr-tools/pure'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { forEachEngine } from '../../../../test/support/databases.ts'
import { ForeignRelay, type Manners } from '../../../../test/support/foreign-relay.ts'
import { HandTimers } from '../../../../test/support/hand-timers.ts'
import { verifyWorkerScript } from '../../../../test/support/verify-worker.ts'
import { OutboundGuard } from '../../../http/outbound/outbound-guard.ts'
import { openVerifier, type Verifier } from '../../../nostr/verify/verifier.ts'
import type { VerifiedEvent } from '../../../nostr/event.ts'
import { NostrEvents } from '../../../store/nostr/nostr-events.ts'
import { Rejections } from '../../../store/nostr/rejections.ts'
import { Relays, type RelayHealth } from '../../../store/nostr/relays.ts'
import { Places } from './places.ts'
import { Reception } from './receive.ts'
import { Rejected } from './rejected.ts'
import { Sync } from './sync.ts'
import { timersOf, type Timers } from './timers.ts'

const EVERYWHERE = ['0.0.0.0/0', '::/0']
const NOW = Math.floor(Date.now() / 1_000)

class Person {
  readonly #secret = generateSecretKey()
  readonly pubkey = getPublicKey(this.#secret)

  sign(kind: number, tags: string[][], created_at = NOW, content = ''): NostrEvent {
    return finalizeEvent({ kind, tags, created_at, content }, this.#secret)
  }

  announce(identifier: string, relays: readonly string[], more: string[][] = [], at = NOW): NostrEvent {
    return this.sign(30_617, [['d', identifier], ['relays', ...relays], ...more], at)
  }

  address(identifier: string): string {
    return `30617:${this.pubkey}:${identifier}`
  }
}

const UNWANTED = new Person().sign(1, [])

/** Looks again whenever other work has had its turn. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise(setImmediate)
}

let names = 0
const newName = () => `app-${++names}`

forEachEngine('the sync of events', (on) => {
  let verifier: Verifier
  beforeAll(async () => {
    verifier = openVerifier({ workerScript: await verifyWorkerScript(), workers: 1 })
  })
  afterAll(() => verifier[Symbol.asyncDispose]())

  /** A server that serves whatever is not refused by `refuses`. */
  function following(
    opts: {
      allow?: readonly string[]
      places?: number
      timers?: Timers
      outbox?: boolean
      refuses?: (event: VerifiedEvent) => string | null
    } = {},
  ) {
    const { timers = timersOf(Date) } = opts
    const { database } = on
    const events = new NostrEvents({ database, clock: timers })
    const rejected = new Rejected({ rejections: new Rejections({ database, clock: timers }), clock: timers })
    const failed: unknown[] = []
    const onFailed = (err: unknown) => failed.push(err)
    const taken = new Set<string>()
    const waiting = new Set<() => void>()
    const take = async (event: VerifiedEvent) => {
      const message = opts.refuses?.(event) ?? null
      if (message === null) {
        await events.serve([event], { source: 'sync' })
        sync.served(event)
        sync.accepted(event)
      }
      taken.add(event.id)
      for (const wake of waiting) wake()
      return { accepted: message === null, message: message ?? '' }
    }
    const reception = new Reception({ events, rejected, verifier, take, onFailed })
    const relays = new Relays({ database })
    const sync = new Sync({
      events,
      rejected,
      reception,
      followed: {
        isHere: (url) => url.startsWith('wss://here.example'),
        archive: null,
        outbox: opts.outbox ?? false,
      },
      relay: {
        guard: new OutboundGuard({ allow: opts.allow ?? EVERYWHERE }),
        timers,
        relays,
        places: new Places(opts.places ?? 200),
        events,
        missing: (ids) => reception.missing(ids),
        lists: opts.outbox ? [0, 10_002] : [],
      },
      onFailed,
    })
    return {
      timers,
      relays,
      events,
      taken,
      failed,
      sync,
      /** As a client does. */
      publish: (event: NostrEvent) => take(event as NostrEvent & VerifiedEvent),
      /** Resolves when the intake has had it. */
      async had(...wanted: NostrEvent[]): Promise<void> {
        while (!wanted.every(({ id }) => taken.has(id)))
          await new Promise<void>((resolve) => waiting.add(resolve))
      },
      reception,
      async servedLater({ id }: NostrEvent): Promise<void> {
        await until(async () => (await events.byId(id)) !== null)
      },
      /** Everything that the relay was asked has been answered. */
      async answered({ url }: ForeignRelay): Promise<void> {
        await until(async () => ((await relays.healthOf(url))?.connectedAt ?? null) !== null)
      },
      async failing({ url }: ForeignRelay): Promise<RelayHealth> {
        let health: RelayHealth | null = null
        await until(async () => {
          health = await relays.healthOf(url)
          return health !== null && health.failures > 0
        })
        return health ?? expect.fail('it has not failed')
      },
      [Symbol.asyncDispose]: () => sync[Symbol.asyncDispose](),
    }
  }

  test('what a relay has of an announced repository is brought, and what comes there later, too', async () => {
    await using relay = await ForeignRelay.open()
    await using here = following()
    const [owner, author] = [new Person(), new Person()]
    const name = newName()
    const state = owner.sign(30_618, [['d', name]])
    const issue = author.sign(1_621, [['a', owner.address(name)]])
    const comment = author.sign(1_111, [['E', issue.id]])
    const unrelated = author.sign(1_621, [['a', owner.address('other')]])
    relay.publish(state, issue, comment, unrelated)

    await here.publish(owner.announce(name, [relay.url, 'wss://here.example']))
    await here.had(state, issue, comment)
    const later = author.sign(1, [['q', owner.address(name)]])
    relay.publish(later)
    await here.had(later)
    expect(here.taken).not.toContain(unrelated.id)
    expect(relay.connections).toBe(1)
    expect(here.failed).toEqual([])
  })

  test('a relay that cannot compare is asked page by page, to the last event', async () => {
    await using relay = await ForeignRelay.open()
    await using here = following()
    const owner = new Person()
    const name = newName()
    const issues = Array.from({ length: 520 }, (_, n) =>
      owner.sign(1_621, [['a', owner.address(name)]], NOW - Math.floor(n / 3)),
    )
    relay.publish(...issues)
    await here.publish(owner.announce(name, [relay.url]))
    await here.had(...issues)
  })

  test('of a relay that can compare only what is missing here is asked, by its ids', async () => {
    await using relay = await ForeignRelay.open()
    relay.compares = true
    await using here = following()
    const owner = new Person()
    const name = newName()
    const issues = Array.from({ length: 60 }, (_, n) =>
      owner.sign(1_621, [['a', owner.address(name)]], NOW - n),
    )
    const missing = issues.slice(20, 23)
    relay.publish(...issues)
    for (const issue of issues) if (!missing.includes(issue)) await here.publish(issue)
    await here.publish(owner.announce(name, [relay.url]))
    await here.had(...missing)
    await here.answered(relay)
    expect(new Set(relay.sent)).toEqual(new Set(missing.map(({ id }) => id)))
    expect(relay.asked('NEG-OPEN').length).toBeGreaterThan(0)
    expect(here.failed).toEqual([])
  })

  test('nobody fetches from a private address unless that is allowed, and from nothing that is no relay', async () => {
    await using relay = await ForeignRelay.open()
    await using here = following({ allow: [] })
    const { port } = new URL(relay.url)
    const hostile = [
      relay.url,
      `ws://localhost:${port}`,
      `ws://[::1]:${port}`,
      `ws://[::ffff:127.0.0.1]:${port}`,
    ]
    const odd = [
      'file:///etc/passwd',
      'ext::sh',
      '--upload-pack=x',
      `http://127.0.0.1:${port}`,
      'ws://a:b@x.example',
    ]
    const name = newName()
    await here.publish(new Person().announce(name, [...hostile, ...odd]))
    const fates = () => Promise.all(hostile.map((url) => here.relays.healthOf(new URL(url).href)))
    await until(async () => (await fates()).every((health) => health !== null))
    for (const health of await fates()) {
      expect(health?.lastError).toMatch(/not public/)
      expect((health?.retryAt ?? 0) - here.timers.now()).toBeGreaterThan(11 * 3600_000)
    }
    expect(relay.connections).toBe(0)
  })

  test('a second relay is found by a newer announcement, and the first one is not left for it', async () => {
    await using first = await ForeignRelay.open()
    await using second = await ForeignRelay.open()
    await using here = following()
    const owner = new Person()
    const name = newName()
    const issue = owner.sign(1_621, [['a', owner.address(name)]])
    second.publish(issue)
    first.publish(owner.announce(name, [first.url, second.url], [], NOW + 1))
    await here.publish(owner.announce(name, [first.url]))
    await here.had(issue)
    expect(first.connections).toBe(1)
  })

  test('what was refused is not fetched again, until more is known of the repository', async () => {
    await using relay = await ForeignRelay.open()
    const [owner, maintainer] = [new Person(), new Person()]
    let isMaintainer = false
    const refuses = (event: VerifiedEvent) =>
      event.kind === 30_618 && !isMaintainer ? 'invalid: author not authorized' : null
    const name = newName()
    const state = maintainer.sign(30_618, [['d', name]])
    relay.publish(state)
    await using here = following({ refuses })
    await here.publish(owner.announce(name, [relay.url]))
    await here.had(state)
    await until(async () => (await here.reception.missing([state.id])).length === 0)

    isMaintainer = true
    const isServed = here.servedLater(state)
    await here.publish(owner.announce(name, [relay.url], [['maintainers', maintainer.pubkey]], NOW + 1))
    await isServed
  })

  test('a relay that is gone is tried again after a while, and asked for what was written meanwhile', async () => {
    const timers = new HandTimers()
    await using relay = await ForeignRelay.open()
    await using here = following({ timers })
    const owner = new Person()
    const name = newName()
    const state = owner.sign(30_618, [['d', name]])
    relay.publish(state)
    await here.publish(owner.announce(name, [relay.url]))
    await here.had(state)
    await here.answered(relay)
    const before = relay.heard.length
    relay.cut()
    const issue = owner.sign(1_621, [['a', owner.address(name)]])
    relay.publish(issue)
    expect((await here.failing(relay)).retryAt).toBe(timers.now() + 5_000)
    timers.advance(5_000)
    await here.had(issue)
    const asked = relay.heard.slice(before).flatMap(([type, , filter]) => (type === 'REQ' ? [filter] : []))
    const stored = (asked as { limit?: number; since?: number }[]).filter(({ limit }) => limit !== 0)
    expect(stored.length).toBeGreaterThan(0)
    expect(stored.every(({ since = 0 }) => since > NOW - 3600)).toBe(true)
  })

  test('a relay that asks for patience is left alone for a minute, and then asked again', async () => {
    const timers = new HandTimers()
    await using relay = await ForeignRelay.open()
    await using here = following({ timers })
    let isStrict = true
    relay.manners = (say, [type]) => {
      if (isStrict && type === 'REQ') say('NOTICE', 'rate-limited: slow down')
      return isStrict && type === 'REQ'
    }
    const owner = new Person()
    const name = newName()
    const state = owner.sign(30_618, [['d', name]])
    relay.publish(state)
    await here.publish(owner.announce(name, [relay.url]))
    await until(() => timers.isAwaited(65_000))
    isStrict = false
    const asked = relay.asked('REQ').length
    timers.advance(64_000)
    expect(relay.asked('REQ')).toHaveLength(asked)
    timers.advance(1_000)
    await here.had(state)
    expect(relay.connections).toBe(1)
  })

  test('a forged event keeps the genuine one of that id away from nobody, and ends the trust in its bringer', async () => {
    await using hostile = await ForeignRelay.open()
    await using good = await ForeignRelay.open()
    await using here = following()
    const owner = new Person()
    const name = newName()
    const state = owner.sign(30_618, [['d', name]])
    const forged = { ...state, content: 'forged' }
    hostile.manners = (say, [type, id, filter]) => {
      const isAsked = type === 'REQ' && (filter as { kinds?: number[] }).kinds?.[0] === 30_618
      if (isAsked) for (let n = 0; n < 30; n++) say('EVENT', id, forged)
      return isAsked
    }
    await here.publish(owner.announce(name, [hostile.url]))
    expect((await here.failing(hostile)).lastError).toMatch(/forged/)
    expect(here.taken).not.toContain(state.id)
    good.publish(state)
    await here.publish(owner.announce(name, [hostile.url, good.url], [], NOW + 1))
    await here.had(state)
    expect((await here.events.byId(state.id))?.event.content).toBe('')
  })

  test.each<[string, RegExp, Manners]>([
    [
      'sends what nobody asked for',
      /nobody has asked/,
      (say, [type, id]) => {
        for (let n = 0; n < 30; n++) say('EVENT', id, UNWANTED)
        return type === 'REQ'
      },
    ],
    [
      'never ends its answer',
      /no end|not come to an end/,
      (say, [type, id, filter]) => {
        if (type !== 'REQ') return false
        const { limit, '#d': names } = filter as { limit?: number; '#d'?: string[] }
        if (limit === 0 || names === undefined) return false
        const event = new Person().announce(names[0] ?? '', [])
        for (let n = 0; n < 2_000; n++) say('EVENT', id, event)
        return true
      },
    ],
    [
      'sends a huge message',
      /not valid WebSocket/,
      (_say, [type], socket) => {
        socket.send(Buffer.alloc(2 * 1024 * 1024, 'x').toString())
        return type === 'REQ'
      },
    ],
    [
      'sends what is no message',
      /no message/,
      (_say, [type], socket) => {
        for (let n = 0; n < 30; n++) socket.send('{"not": "a list"}')
        return type === 'REQ'
      },
    ],
    [
      'sends binary messages',
      /binary/,
      (_say, [type], socket) => {
        socket.send(Buffer.from([1, 2, 3]))
        return type === 'REQ'
      },
    ],
  ])('a relay that %s is left for half a day, and delays no other one', async (_what, reason, manners) => {
    await using hostile = await ForeignRelay.open()
    await using good = await ForeignRelay.open()
    await using here = following()
    hostile.manners = manners
    const owner = new Person()
    const name = newName()
    const state = owner.sign(30_618, [['d', name]])
    good.publish(state)
    await here.publish(owner.announce(name, [hostile.url, good.url]))
    const { lastError, retryAt } = await here.failing(hostile)
    expect(lastError).toMatch(reason)
    expect(retryAt - Date.now()).toBeGreaterThan(11 * 3600_000)
    await here.had(state)
    expect(here.taken.size).toBeLessThan(10)
  })

  test('a relay that never answers is given up, not waited for', async () => {
    const timers = new HandTimers()
    await using relay = await ForeignRelay.open()
    relay.manners = (_say, [type]) => type === 'REQ' || type === 'NEG-OPEN'
    await using here = following({ timers })
    await here.publish(new Person().announce(newName(), [relay.url]))
    await relay.until(() => relay.asked('NEG-OPEN').length > 0)
    const live = relay.asked('REQ').length
    timers.advance(10_000)
    await relay.until(() => relay.asked('REQ').length > live)
    timers.advance(30_000)
    const { lastError, retryAt } = await here.failing(relay)
    expect(lastError).toMatch(/come to an end/)
    expect(retryAt - timers.now()).toBe(5_000)
  })

  test('more relays than connections are asked in turn', async () => {
    const timers = new HandTimers()
    const relays = await Promise.all([1, 2, 3].map(() => ForeignRelay.open()))
    {
      await using here = following({ timers, places: 1 })
      const owner = new Person()
      const name = newName()
      const issues = relays.map((relay) => {
        const issue = owner.sign(1_621, [['a', owner.address(name)]], NOW - 1, relay.url)
        relay.publish(issue)
        return issue
      })
      await here.publish(
        owner.announce(
          name,
          relays.map(({ url }) => url),
        ),
      )
      await here.had(...issues)
      expect(relays.map(({ open }) => open).reduce((sum, open) => sum + open)).toBeLessThanOrEqual(1)
    }
    for (const relay of relays) await relay[Symbol.asyncDispose]()
  })

  test('with the outbox on, a participant is read where he says that he writes; else not', async () => {
    await using relay = await ForeignRelay.open()
    await using outbox = await ForeignRelay.open()
    const [owner, author] = [new Person(), new Person()]
    const name = newName()
    const list = author.sign(10_002, [
      ['r', outbox.url, 'write'],
      ['r', 'wss://here.example'],
    ])
    const issue = author.sign(1_621, [['a', owner.address(name)]])
    const elsewhere = author.sign(1_111, [['A', owner.address(name)]])
    relay.publish(list, issue)
    outbox.publish(elsewhere)
    {
      await using here = following()
      await here.publish(owner.announce(name, [relay.url]))
      await here.had(issue)
      await here.answered(relay)
      expect(here.taken).not.toContain(list.id)
      expect(outbox.connections).toBe(0)
    }
    await using here = following({ outbox: true })
    await here.publish(owner.announce(name, [relay.url], [], NOW + 1))
    await here.publish(author.sign(1, [['q', owner.address(name)]]))
    await here.had(list, elsewhere)
  })
})
