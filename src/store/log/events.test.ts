import { expect, test } from 'vitest'
import { forEachEngine, storeOn } from '../../../test/support/databases.ts'
import type { NewEvent } from '../../kernel/events.ts'
import type { RepoId } from '../../kernel/ids.ts'
import { newId } from '../../kernel/uuid.ts'

function event(type: string, rest: Partial<NewEvent> = {}): NewEvent {
  return { type, repoId: null, orgId: null, projectId: null, actorId: null, agentId: null, data: {}, ...rest }
}

forEachEngine('the log of events', (on) => {
  const append = (...events: NewEvent[]) => {
    const { events: log } = storeOn(on.database)
    return on.database.transaction((trx) => log.append(trx, events))
  }

  test('gives back what was appended, in order, from any position', async () => {
    const { events, clock } = storeOn(on.database)
    const repoId = newId() as RepoId
    const first = event('push', {
      repoId,
      orgId: 'o',
      projectId: 'p',
      actorId: 'a',
      agentId: 'g',
      data: { refs: ['ü'] },
    })
    await append(first, event('repo.renamed', { repoId, targetId: 't' }))
    const [one, two] = (await events.since(0, 1_000)).filter((e) => e.repoId === repoId)
    expect(one).toMatchObject({ ...first, targetId: null, createdAt: clock.now() })
    expect(two).toMatchObject({ type: 'repo.renamed', targetId: 't' })
    expect(await events.since(one!.sequence, 1)).toEqual([two])
    expect(await events.byId(two!.id)).toEqual(two)
    expect(await events.byId(newId())).toBeNull()
  })

  test('a page of large events is shorter, and goes on where it ended-regression', async () => {
    const { events } = storeOn(on.database)
    const repoId = newId() as RepoId
    const pad = 'x'.repeat(1.5 * 1024 * 1024)
    await append(...[1, 2, 3, 4, 5].map((n) => event('push', { repoId, data: { n, pad } })))
    const pages: number[][] = []
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await events.list({ repoId }, { limit: 100, cursor })
      pages.push(page.items.map(({ data }) => (data as { n: number }).n))
      cursor = page.nextCursor
    }
    expect(pages).toEqual([[5, 4], [3, 2], [1]])
  })

  test('an event of a transaction that fails is not told', async () => {
    const { events } = storeOn(on.database)
    const repoId = newId() as RepoId
    const failing = on.database.transaction(async (trx) => {
      await events.append(trx, [event('push', { repoId })])
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect((await events.list({ repoId }, { limit: 1 })).items).toEqual([])
  })

  test('an event waits for those with lower numbers, so that a follower skips none', async () => {
    const { events } = storeOn(on.database)
    const repoId = newId() as RepoId
    const visible = async () =>
      (await events.since(0, 1_000)).filter((e) => e.repoId === repoId).map((e) => e.type)
    let second = Promise.resolve()
    await on.database.transaction(async (trx) => {
      await events.append(trx, [event('first', { repoId })])
      second = append(event('second', { repoId }))
      for (let round = 0; round < 30; round++) expect(await visible()).toEqual([])
    })
    await second
    expect(await visible()).toEqual(['first', 'second'])
  })

  test('the list filters by repository, type, prefix, actor, agent and time', async () => {
    const store = storeOn(on.database)
    const repoId = newId() as RepoId
    const start = store.clock.now()
    for (const [type, actorId, agentId] of [
      ['pr.opened', 'ann', null],
      ['pr.merged', 'bob', 'helper'],
      ['prx', 'ann', 'helper'],
      ['push', 'ann', null],
    ] as const) {
      const told = event(type, { repoId, actorId, agentId })
      await on.database.transaction((trx) => store.events.append(trx, [told]))
      store.clock.advance(10)
    }
    const types = async (filter: object) =>
      (await store.events.list({ repoId, ...filter }, { limit: 10 })).items.map((e) => e.type)
    expect(await types({})).toEqual(['push', 'prx', 'pr.merged', 'pr.opened'])
    expect(await types({ types: ['pr.*'] })).toEqual(['pr.merged', 'pr.opened'])
    expect(await types({ types: ['push', 'pr.opened'] })).toEqual(['push', 'pr.opened'])
    expect(await types({ types: [] })).toEqual([])
    expect(await types({ actorId: 'bob' })).toEqual(['pr.merged'])
    expect(await types({ agentId: 'helper' })).toEqual(['prx', 'pr.merged'])
    expect(await types({ agentId: 'helper', actorId: 'ann' })).toEqual(['prx'])
    expect(await types({ since: start + 10, until: start + 30 })).toEqual(['prx', 'pr.merged'])
    expect(await types({ repoId: newId() })).toEqual([])
  })

  test('pages of the list stay where they are while events arrive', async () => {
    const { events } = storeOn(on.database)
    const repoId = newId() as RepoId
    await append(...[1, 2, 3].map((n) => event(`n${n}`, { repoId })))
    const first = await events.list({ repoId }, { limit: 2 })
    await append(event('n4', { repoId }))
    const second = await events.list({ repoId }, { limit: 2, cursor: first.nextCursor! })
    expect([...first.items, ...second.items].map((e) => e.type)).toEqual(['n3', 'n2', 'n1'])
    expect(second.nextCursor).toBeNull()
    await expect(events.list({}, { limit: 1, cursor: 'x' })).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
    })
  })
})
