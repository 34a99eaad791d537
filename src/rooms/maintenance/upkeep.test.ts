/** Who is looked after, and when: counted on a real database, on both engines. */
import { expect, test } from 'vitest'
import { forEachEngine, newRepository, storeOn } from '../../../test/support/databases.ts'
import type { Wanted } from '../../git/maintenance/maintain.ts'
import { MAINTENANCE } from '../../kernel/background.ts'
import type { PushData, StoredEvent } from '../../kernel/events.ts'
import type { RepoId } from '../../kernel/ids.ts'
import { newId } from '../../kernel/uuid.ts'
import { RepositoryUpkeep } from '../../store/upkeep-counts.ts'
import { maintainJob, wantedFor } from './maintain-job.ts'
import { scheduleNeglected } from './neglected.ts'
import { Tallies } from './tallies.ts'
import { upkeepSubscriber } from './upkeep-subscriber.ts'

const BY = { actorId: null, agentId: null }
const DAY_MS = 24 * 3600_000

forEachEngine('upkeep', (on) => {
  async function open() {
    const store = storeOn(on.database)
    const { database, clock, repositories, jobs } = store
    const upkeep = new RepositoryUpkeep({ database, clock })
    const { id } = await repositories.insert(newRepository(`${newId()}/r`), BY)
    const failures: unknown[] = []
    const onFailed = (err: unknown) => void failures.push(err)
    const tallies = new Tallies({ database, upkeep, jobs, clock, onFailed })
    const { prepare } = upkeepSubscriber(tallies)
    const pushes = async (count: number, repoId: RepoId = id) => {
      const push = { repoId, data: { refs: [{ kind: 'force', total: 1 }] } as unknown as PushData }
      expect(await prepare(Array<StoredEvent>(count).fill(push as StoredEvent))).toBeNull()
      await tallies.write()
    }
    const queued = async () =>
      (await jobs.list({ type: MAINTENANCE, status: 'queued' }, { limit: 100 })).items.filter(
        (job) => job.repoId === id,
      )
    return { ...store, upkeep, tallies, failures, id, pushes, queued }
  }

  test('a repository waits an hour after its first push, and seconds after a hundred', async () => {
    const { pushes, queued, clock } = await open()
    await pushes(1)
    expect(await queued()).toMatchObject([{ runAt: clock.now() + 3600_000, priority: 1 }])
    await pushes(98)
    expect(await queued()).toMatchObject([{ runAt: clock.now() + 3600_000, priority: 1 }])
    await pushes(1)
    expect(await queued()).toMatchObject([{ runAt: clock.now() + 5_000, priority: 2 }])
    await pushes(900)
    expect(await queued()).toMatchObject([{ runAt: clock.now() + 5_000, priority: 3 }])
  })

  test('pushes to a repository that is gone by now count for nothing', async () => {
    const { pushes, jobs } = await open()
    const gone = newId() as RepoId
    await pushes(200, gone)
    const { items } = await jobs.list({ type: MAINTENANCE }, { limit: 100 })
    expect(items.filter(({ repoId }) => repoId === gone)).toEqual([])
  })

  test('what came while it was looked after puts it in line again, and only that', async () => {
    const { database, repositories, upkeep, jobs, clock, id, pushes, queued } = await open()
    await pushes(150)
    await database.kysely.deleteFrom('jobs').where('key', '=', id).execute() // it runs now
    const seen: Wanted[] = []
    const job = maintainJob({
      ...{ database, repositories, upkeep, jobs, clock },
      maintain: async (_repo, wanted) => {
        seen.push(wanted)
        await pushes(7)
        return 4_711
      },
      forget: () => {},
    })
    await database.kysely.deleteFrom('jobs').where('key', '=', id).execute()
    await job.run({ repoId: id }, new AbortController().signal)
    expect(seen).toEqual([{ bitmap: false, bundle: 'none', whole: false }])
    expect(await upkeep.of(id)).toMatchObject({
      wear: 7,
      dropped: 157,
      maintainedAt: clock.now(),
      repackedAt: null,
    })
    expect(await repositories.byId(id)).toMatchObject({ sizeBytes: 4_711 })
    expect(await queued()).toMatchObject([{ runAt: clock.now() + 3600_000, priority: 1 }])
  })

  test('a deleted repository is left as it is', async () => {
    const { database, repositories, upkeep, jobs, clock, id } = await open()
    await repositories.softDelete(id, BY)
    const maintain = () => Promise.reject(new Error('must not be touched'))
    const job = maintainJob({ database, repositories, upkeep, jobs, clock, maintain, forget: () => {} })
    await job.run({ repoId: id }, new AbortController().signal)
    expect((await upkeep.of(id)).maintainedAt).toBeNull()
  })

  test('fetches are counted in memory, written together, and half of them forgotten each time', async () => {
    const { database, upkeep, tallies, failures, id } = await open()
    for (let i = 0; i < 9; i++) tallies.add(id, { fetches: 1 })
    tallies.add(newId() as RepoId, { fetches: 1 })
    expect((await upkeep.of(id)).fetches).toBe(0)
    await tallies.write()
    const seen = await upkeep.of(id)
    expect([seen.fetches, failures]).toEqual([9, []])
    await database.transaction((trx) => upkeep.settle(trx, id, seen, { whole: false }))
    expect((await upkeep.of(id)).fetches).toBe(4)
  })

  test('who was not looked after for a month is put in line, unless a job of his waits or has failed', async () => {
    const { database, upkeep, jobs, clock, id, queued } = await open()
    const round = () => scheduleNeglected({ database, upkeep, jobs, clock })
    await round()
    expect(await queued()).toEqual([]) // made a moment ago
    clock.advance(31 * DAY_MS)
    await round()
    expect(await queued()).toMatchObject([{ priority: 0 }])
    await database.kysely.updateTable('jobs').set({ status: 'failed' }).where('key', '=', id).execute()
    await round()
    expect(await queued()).toEqual([])
  })
})

test.each([
  ['new', {}, { bitmap: false, bundle: 'none', whole: false }],
  ['cloned', { fetches: 5 }, { bitmap: true, bundle: 'make', whole: false }],
  ['cloned a while ago', { fetches: 2 }, { bitmap: false, bundle: 'keep', whole: false }],
  ['repacked a week ago', { repackedAt: 93 * DAY_MS }, { bitmap: false, bundle: 'none', whole: true }],
  [
    'much dropped, repacked today',
    { dropped: 1_000, repackedAt: 99.5 * DAY_MS },
    { bitmap: false, bundle: 'none', whole: false },
  ],
  [
    'much dropped, repacked yesterday',
    { dropped: 100, repackedAt: 99 * DAY_MS },
    { bitmap: false, bundle: 'none', whole: true },
  ],
])('what is done for one that is %s', (_what, counts, wanted) => {
  const none = { wear: 1, dropped: 0, fetches: 0, maintainedAt: null, repackedAt: null }
  expect(wantedFor({ ...none, ...counts }, { createdAt: 99.9 * DAY_MS }, 100 * DAY_MS)).toEqual(wanted)
})
