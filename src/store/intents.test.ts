import { expect, test } from 'vitest'
import { forEachEngine, newRepository, storeOn } from '../../test/support/databases.ts'
import { startDoomed } from '../../test/support/doomed-process.ts'
import type { NewEvent, PushData } from '../kernel/events.ts'
import type { Oid, RefName, RepoId } from '../kernel/ids.ts'
import type { Intent } from '../kernel/ports.ts'
import { newId } from '../kernel/uuid.ts'
import type { Trx } from './database.ts'
import { Intents } from './intents.ts'

function intentOf(repoId: RepoId, rest: Partial<Intent> = {}): Intent {
  const id = newId()
  const moved = {
    ref: 'refs/heads/main' as RefName,
    oldOid: '0'.repeat(40) as Oid,
    newOid: '1'.repeat(40) as Oid,
    kind: 'create',
    commits: [],
    total: 0,
  } as const
  const event: NewEvent<PushData> = {
    type: 'push',
    repoId,
    orgId: null,
    projectId: null,
    actorId: 'pusher',
    agentId: 'agent',
    data: { pushId: id, via: 'git', refs: [moved], pushOptions: ['a=b'] },
  }
  return { id, repoId, state: 'prepared', quarantine: 'incoming-1', event, ...rest }
}

forEachEngine('intents', (on) => {
  const instance = newId()

  async function open(state: 'active' | 'provisional' = 'active') {
    const store = storeOn(on.database)
    const { id: repoId } = await store.repositories.insert(newRepository(`${newId()}/repo`, { state }), {
      actorId: null,
      agentId: null,
    })
    const start = (run: string, server = instance) => new Intents({ ...store, instance: server, run })
    const pushes = async () => {
      const { items } = await store.events.list({ repoId }, { limit: 50 })
      return items.toReversed()
    }
    return { ...store, repoId, start, intents: start(newId()), pushes }
  }
  const done = ({ id, event }: Intent) => ({ intentId: id, event })
  const ofRepo = (intents: readonly Intent[], repoId: RepoId) => intents.filter((i) => i.repoId === repoId)

  test('a completed intent is closed, its event is in the log and the repository is pushed', async () => {
    const { repoId, intents, pushes, repositories, clock, start } = await open()
    const [one, two] = [intentOf(repoId), intentOf(repoId)]
    await intents.open(one)
    await intents.open(two)
    clock.advance(5)
    await intents.complete([two, one].map(done))
    expect((await pushes()).slice(1)).toMatchObject([two.event, one.event])
    expect(await repositories.byId(repoId)).toMatchObject({ pushedAt: clock.now(), defaultBranch: 'main' })
    expect(ofRepo(await start('later').abandoned(), repoId)).toEqual([])
  })

  test('completing twice, or after a drop, tells nothing more', async () => {
    const { repoId, intents, pushes } = await open()
    const [told, dropped] = [intentOf(repoId), intentOf(repoId)]
    await intents.open(told)
    await intents.open(dropped)
    await intents.drop(dropped.id)
    await Promise.all([intents.complete([done(told)]), intents.complete([done(told), done(dropped)])])
    expect((await pushes()).map((e) => e.type)).toEqual(['repo.created', 'push'])
  })

  test('the first push makes a provisional repository visible, and is told after its creation', async () => {
    const { repoId, intents, pushes, repositories } = await open('provisional')
    const intent = intentOf(repoId)
    await intents.open(intent)
    await intents.complete([done(intent)])
    expect(await repositories.byId(repoId)).toMatchObject({ state: 'active' })
    const told = await pushes()
    expect(told.map((e) => e.type)).toEqual(['repo.created', 'push'])
    expect(told[0]).toMatchObject({ actorId: 'pusher', agentId: 'agent' })
  })

  test('when HEAD followed the first branch, so does the default branch', async () => {
    const { repoId, intents, repositories } = await open()
    const intent = intentOf(repoId)
    await intents.open(intent)
    const event = { ...intent.event, data: { ...intent.event.data, headMovedTo: 'trunk' } }
    await intents.complete([{ intentId: intent.id, event }])
    expect(await repositories.byId(repoId)).toMatchObject({ defaultBranch: 'trunk' })
  })

  test('an open intent is handed to the next run of its server, as it was, and to no earlier one', async () => {
    const { repoId, intents, start } = await open()
    const [prepared, decided] = [intentOf(repoId, { quarantine: null }), intentOf(repoId)]
    await intents.open(prepared)
    await intents.open(decided)
    await intents.decide(decided)
    expect(ofRepo(await intents.abandoned(), repoId)).toEqual([])
    const found = ofRepo(await start('next').abandoned(), repoId)
    expect(found).toHaveLength(2)
    expect(found).toContainEqual(prepared)
    expect(found).toContainEqual({ ...decided, state: 'decided' })
  })

  test('another server gets an intent only after five minutes, and deciding it late fails', async () => {
    const { repoId, intents, start, clock } = await open()
    const intent = intentOf(repoId)
    await intents.open(intent)
    const other = start('run', newId())
    clock.advance(5 * 60_000)
    expect(ofRepo(await other.abandoned(), repoId)).toEqual([])
    clock.advance(1)
    expect(ofRepo(await other.abandoned(), repoId)).toEqual([intent])
    await other.drop(intent.id)
    await expect(intents.decide(intent)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('an intent whose outcome is unknown is handed out in its own run, until it is ended', async () => {
    const { repoId, intents } = await open()
    const intent = intentOf(repoId)
    await intents.open(intent)
    intents.leave(intent.id)
    expect(ofRepo(await intents.abandoned(), repoId)).toEqual([intent])
    await intents.complete([done(intent)])
    expect(ofRepo(await intents.abandoned(), repoId)).toEqual([])
  })

  test('events that the database would not take are written when it does, before recovery looks', async () => {
    const { repoId, start, pushes, events, database } = await open()
    let broken = true
    const flaky = {
      ...database,
      transaction: (work: never) => (broken ? Promise.reject(new Error('disk')) : database.transaction(work)),
    }
    const intents = new Intents({
      ...storeOn(database),
      events,
      database: flaky as typeof database,
      instance,
      run: newId(),
    })
    const intent = intentOf(repoId)
    await intents.open(intent)
    await expect(intents.complete([done(intent)])).rejects.toThrow('disk')
    expect(ofRepo(await start('next').abandoned(), repoId)).toEqual([intent])
    broken = false
    expect(ofRepo(await intents.abandoned(), repoId)).toEqual([])
    expect((await pushes()).map((e) => e.type)).toEqual(['repo.created', 'push'])
    expect(ofRepo(await start('next').abandoned(), repoId)).toEqual([])
  })

  test('an event that comes late keeps its place: later ones of its repository wait, those of others do not', async () => {
    const [one, other] = [await open(), await open()]
    const broken = new Set<string>()
    const events = {
      append: (trx: never, list: readonly NewEvent[]) =>
        list.some(({ repoId }) => broken.has(repoId ?? ''))
          ? Promise.reject(new Error('disk'))
          : one.events.append(trx, list),
    }
    const intents = new Intents({ ...one, events: events as never, instance, run: newId() })
    const [first, second] = [intentOf(one.repoId), intentOf(one.repoId)]
    const foreign = intentOf(other.repoId)
    for (const intent of [first, second, foreign]) await intents.open(intent)
    broken.add(one.repoId)
    await expect(intents.complete([done(first)])).rejects.toThrow('disk')
    await expect(intents.complete([done(second)])).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await intents.complete([done(foreign)])
    expect((await other.pushes()).slice(1)).toMatchObject([foreign.event])
    broken.clear()
    await intents.abandoned()
    expect((await one.pushes()).slice(1)).toMatchObject([first.event, second.event])
  })

  test('a later push, told or still open, shows which refs of an intent have moved', async () => {
    const { repoId, intents, clock } = await open()
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(40) as Oid) as [Oid, Oid, Oid, Oid]
    const intentOver = (...moves: readonly (readonly [ref: string, oldOid: Oid, newOid: Oid])[]) => {
      const intent = intentOf(repoId)
      const refs = moves.map(([ref, oldOid, newOid]) => {
        return { ref: ref as RefName, oldOid, newOid, kind: 'force', commits: [], total: 0 } as const
      })
      return { ...intent, event: { ...intent.event, data: { ...intent.event.data, refs } } }
    }
    const lost = intentOver(['told', a, b], ['open', a, b], ['taken', a, b], ['alone', a, b])
    const told = intentOver(['told', b, c], ['taken', a, d])
    const still = intentOver(['open', b, c], ['told', c, d], ['taken', d, b])
    for (const intent of [lost, told, still]) {
      await intents.open(intent)
      clock.advance(1)
    }
    await intents.complete([done(told)])
    expect(Object.fromEntries((await intents.movedSince(lost)) ?? [])).toEqual({
      told: 'after it',
      open: 'after it',
      taken: 'instead of it',
    })
    expect(await intents.movedSince(still)).toEqual(new Map())
  })

  test('pushes of many repositories that begin or end at the same time wait for the disk together', async () => {
    const { repoId, start, database, ...store } = await open()
    let transactions = 0
    const counted = {
      ...database,
      transaction: <T>(work: (trx: Trx) => Promise<T>) => {
        transactions++
        return database.transaction(work)
      },
    }
    const intents = new Intents({ ...store, database: counted, instance, run: newId() })
    const many = Array.from({ length: 40 }, () => intentOf(repoId))
    await Promise.all(many.map((intent) => intents.open(intent)))
    expect(ofRepo(await start('next').abandoned(), repoId)).toHaveLength(40)
    await Promise.all(many.map((intent) => intents.complete([done(intent)])))
    expect(transactions).toBeLessThanOrEqual(2)
    const { items } = await store.events.list({ repoId, types: ['push'] }, { limit: 50 })
    expect(items.map(({ data }) => (data as PushData).pushId)).toEqual(many.map(({ id }) => id).toReversed())
    expect(ofRepo(await start('later').abandoned(), repoId)).toEqual([])
  })

  test('no intent that was said to be on disk is lost when the server is killed', async () => {
    const { repoId, start } = await open()
    await using doomed = await startDoomed('open-intents', [JSON.stringify(on.address), repoId])
    const told: string[] = []
    while (told.length < 25) told.push(await doomed.nextLine())
    told.push(...(await doomed.kill()))
    const found = ofRepo(await start('next', 'doomed').abandoned(), repoId)
    const ids = new Set(found.map((i) => i.id))
    expect(told.filter((id) => !ids.has(id))).toEqual([])
    expect(found[0]).toMatchObject({ state: 'decided', event: { type: 'push', repoId } })
  })
})
