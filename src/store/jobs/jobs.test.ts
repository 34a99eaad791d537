import { expect, test } from 'vitest'
import { forEachEngine, storeOn } from '../../../test/support/databases.ts'
import type { RepoId } from '../../kernel/ids.ts'
import { newId } from '../../kernel/uuid.ts'
import { MAINTENANCE } from '../../kernel/background.ts'
import { Jobs, type NewJob } from './jobs.ts'
import type { JobRow } from '../schema.ts'

const BY = { actorId: 'actor', agentId: null }

forEachEngine('jobs', (on) => {
  function open() {
    const store = storeOn(on.database)
    const jobs = new Jobs({ ...store, newId })
    const enqueue = (job: Partial<NewJob> = {}) =>
      on.database.transaction((trx) =>
        jobs.enqueue(trx, { type: newId(), key: newId(), repoId: null, payload: {}, ...job }),
      )
    const set = (id: string, values: Partial<JobRow>) =>
      on.database.kysely.updateTable('jobs').set(values).where('id', '=', id).execute()
    return { ...store, jobs, enqueue, set }
  }

  test('a job is queued, to be run at once or later, with all that was said', async () => {
    const { jobs, enqueue, clock } = open()
    const type = newId()
    const repoId = newId() as RepoId
    const id = await enqueue({ type, key: 'k', repoId, payload: { url: 'ü' }, runAt: clock.now() + 1_000 })
    expect((await jobs.list({ type }, { limit: 10 })).items).toEqual([
      {
        id,
        type,
        key: 'k',
        priority: 0,
        repoId,
        status: 'queued',
        attempts: 0,
        payload: { url: 'ü' },
        lastError: null,
        leaseUntil: null,
        runAt: clock.now() + 1_000,
        createdAt: clock.now(),
        updatedAt: clock.now(),
      },
    ])
  })

  test('no job stays of a transaction that fails', async () => {
    const { jobs } = open()
    const type = newId()
    const failing = on.database.transaction(async (trx) => {
      await jobs.enqueue(trx, { type, key: 'k', repoId: null, payload: null })
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect((await jobs.list({ type }, { limit: 1 })).items).toEqual([])
  })

  test('the list is newest first, by type and status, and pages stay where they are', async () => {
    const { jobs, enqueue, set, clock } = open()
    const type = newId()
    const ids: string[] = []
    for (let n = 0; n < 3; n++) {
      ids.unshift(await enqueue({ type }))
      clock.advance(1)
    }
    const first = await jobs.list({ type }, { limit: 2 })
    await enqueue({ type })
    const second = await jobs.list({ type }, { limit: 2, cursor: first.nextCursor ?? '' })
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids)
    await set(ids[1] ?? '', { status: 'failed' })
    const failed = await jobs.list({ type, status: 'failed' }, { limit: 10 })
    expect(failed.items.map(({ id }) => id)).toEqual([ids[1]])
    expect((await jobs.list({ type }, { limit: 1, offset: 2 })).items[0]?.id).toBe(ids[1])
  })

  test('only a failed job is tried again, from the beginning, and the log tells who wanted it', async () => {
    const { jobs, enqueue, set, events, clock } = open()
    const repoId = newId() as RepoId
    const id = await enqueue({ repoId })
    const retry = () => jobs.retry(id, BY)
    await expect(retry()).rejects.toMatchObject({ code: 'CONFLICT', details: { status: 'queued' } })
    await set(id, { status: 'failed', attempts: 5, last_error: 'no' })
    clock.advance(10)
    expect(await retry()).toMatchObject({
      status: 'queued',
      attempts: 0,
      runAt: clock.now(),
      lastError: 'no',
    })
    await expect(retry()).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(jobs.retry(newId(), BY)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const { items } = await events.list({ repoId }, { limit: 10 })
    expect(items).toMatchObject([{ type: 'admin.job_retried', actorId: 'actor', targetId: id }])
  })

  test('the last maintenance is that which came to its end', async () => {
    const { jobs, enqueue, set } = open()
    const repoId = newId() as RepoId
    expect(await jobs.lastDone(MAINTENANCE, repoId)).toBeNull()
    for (const [status, at] of [
      ['done', 9],
      ['failed', 11],
    ] as const) {
      await set(await enqueue({ type: MAINTENANCE, key: repoId, repoId }), { status, updated_at: at })
    }
    expect(await jobs.lastDone(MAINTENANCE, repoId)).toBe(9)
  })
})
