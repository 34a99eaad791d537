import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { forEachEngine, storeOn } from '../../../test/support/databases.ts'
import type { Denial } from '../../kernel/denial.ts'
import type { RefName, RepoId } from '../../kernel/ids.ts'
import { newId } from '../../kernel/uuid.ts'
import { Denials } from './denials.ts'

const MINUTE_MS = 60_000

forEachEngine('denials', (on) => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  function open(append?: (error: unknown) => void) {
    const { events, clock } = storeOn(on.database)
    const repoId = newId() as RepoId
    const failures: unknown[] = []
    const denials = new Denials({
      database: on.database,
      log: append ? { append: (trx, news) => (append(news), events.append(trx, news)) } : events,
      clock,
      onFailed: (err) => failures.push(err),
    })
    const denial = (rest: Partial<Denial> = {}): Denial => ({
      type: 'access.denied',
      party: 'ann',
      repo: { id: repoId, orgId: 'o', projectId: null },
      actorId: 'ann',
      agentId: null,
      data: { route: 'PUT /r' },
      ...rest,
    })
    const told = async () => {
      const { items } = await events.list({ repoId, denied: true }, { limit: 1_000 })
      return items.toReversed().map(({ type, actorId, data }) => ({ type, actorId, data }))
    }
    return { denials, denial, told, clock, repoId, events, failures }
  }

  /** Runs what is due by then to its end. */
  async function pass(denials: Denials, ms: number): Promise<void> {
    vi.advanceTimersByTime(ms)
    await denials.flush()
  }

  test('equal ones are one event that counts them, and is of the time of the first', async () => {
    const { denials, denial, told, clock } = open()
    const firstAt = new Date(clock.now()).toISOString()
    for (let n = 0; n < 50; n++) {
      denials.note(denial())
      clock.advance(1)
    }
    await denials.flush()
    expect(await told()).toEqual([
      { type: 'access.denied', actorId: 'ann', data: { route: 'PUT /r', times: 50, firstAt } },
    ])
  })

  test('other types, parties and repositories are told apart', async () => {
    const { denials, denial, told } = open()
    denials.note(denial())
    denials.note(denial({ type: 'push.denied' }))
    denials.note(denial({ party: 'ben', actorId: 'ben' }))
    denials.note(denial({ repo: null }))
    await denials.flush()
    expect(await told()).toMatchObject([
      { type: 'access.denied', actorId: 'ann' },
      { type: 'push.denied', actorId: 'ann' },
      { type: 'access.denied', actorId: 'ben' },
    ])
  })

  test('the first is told within a second, the rest of its minute together at the end of it', async () => {
    const appended: unknown[] = []
    const { denials, denial, told } = open((news) => void appended.push(news))
    denials.note(denial())
    vi.advanceTimersByTime(1_000)
    await vi.waitFor(async () => expect(await told()).toHaveLength(1))
    for (let n = 0; n < 7; n++) denials.note(denial())
    vi.advanceTimersByTime(MINUTE_MS - 1_001)
    expect(appended).toHaveLength(1)
    vi.advanceTimersByTime(1)
    await vi.waitFor(async () => expect(await told()).toHaveLength(2))
    expect((await told()).map(({ data }) => data)).toMatchObject([{ times: 1 }, { times: 7 }])
  })

  test('the refs of refused pushes are put together, each once, and not without end', async () => {
    const { denials, denial, told } = open()
    const refs = (...names: string[]) =>
      names.map((ref) => ({ ref: ref as RefName, code: 'NOT_PERMITTED' as const, reason: 'no' }))
    denials.note(denial({ type: 'push.denied', refs: refs('a', 'b') }))
    denials.note(denial({ type: 'push.denied', refs: refs('b', 'c') }))
    await denials.flush()
    expect(await told()).toMatchObject([{ data: { refs: refs('a', 'b', 'c'), times: 2 } }])
    denials.note(
      denial({ type: 'push.denied', refs: refs(...Array.from({ length: 500 }, (_, n) => `r${n}`)) }),
    )
    await denials.flush()
    expect((await told())[1]?.data).toMatchObject({ refs: { length: 20 } })
  })

  test('a crowd of parties does not fill the log: the rest of it is counted in one event', async () => {
    const { denials, denial, told, events } = open()
    for (let n = 0; n < 2_000; n++) denials.note(denial({ party: `network ${n}` }))
    await denials.flush()
    expect(await told()).toHaveLength(500)
    const dropped = await events.list({ types: ['denials.dropped'], denied: true }, { limit: 1 })
    expect(dropped.items[0]?.data).toEqual({ times: 1_500 })
    await pass(denials, MINUTE_MS)
    await pass(denials, MINUTE_MS)
    denials.note(denial({ party: 'late' }))
    await denials.flush()
    expect(await told()).toHaveLength(501)
  })

  test('one party that is denied in many repositories hides nobody else-regression', async () => {
    const { denials, denial, told, events } = open()
    const actorId = newId()
    for (let n = 0; n < 2_000; n++) {
      const repo = { id: newId() as RepoId, orgId: 'o', projectId: null }
      denials.note(denial({ party: 'decoy', actorId, repo }))
    }
    denials.note(denial({ party: 'ben', actorId: 'ben' }))
    await denials.flush()
    expect(await told()).toMatchObject([{ actorId: 'ben' }])
    const { items } = await events.list({ actorId, denied: true }, { limit: 1_000 })
    expect(items).toHaveLength(51)
    expect(items.filter(({ repoId }) => repoId === null)).toMatchObject([
      { orgId: null, data: { times: 1_950 } },
    ])
  })

  test('what could not be written is written later, and counted once', async () => {
    let broken = true
    const { denials, denial, told, failures } = open(() => {
      if (broken) throw new Error('disk')
    })
    denials.note(denial())
    await expect(denials.flush()).rejects.toThrow('disk')
    denials.note(denial())
    broken = false
    await denials[Symbol.asyncDispose]()
    expect(failures).toEqual([])
    expect(await told()).toMatchObject([{ data: { times: 2 } }])
  })
})
