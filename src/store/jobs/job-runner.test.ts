import { expect, test, vi } from 'vitest'
import { happening, overlay } from '../../../test/support/between.ts'
import { forEachEngine, storeOn } from '../../../test/support/databases.ts'
import { AppError } from '../../kernel/errors.ts'
import type { JobKind } from '../../kernel/background.ts'
import { newId } from '../../kernel/uuid.ts'
import { backoffMs } from './backoff.ts'
import { Claims, LEASE_MS } from './claims.ts'
import { JobRunner } from './job-runner.ts'
import { Jobs, type NewJob } from './jobs.ts'
import { Settlements } from './settlements.ts'

forEachEngine('the runner of jobs', (on) => {
  function open() {
    const store = storeOn(on.database)
    const jobs = new Jobs({ ...store, newId })
    const type = newId()
    const enqueue = (job: Partial<NewJob> = {}) =>
      on.database.transaction((trx) =>
        jobs.enqueue(trx, { type, key: newId(), repoId: null, payload: {}, ...job }),
      )
    const settlements = new Settlements(store)
    const claims = (worker = newId()) => new Claims({ ...store, worker })
    const start = (kind: Partial<JobKind<never>>, by = claims(), settling = settlements) =>
      JobRunner.start({
        jobs,
        claims: by,
        settlements: settling,
        clock: { now: () => store.clock.now(), adjust: async () => {} },
        kinds: [{ type, slots: 2, maxAttempts: 3, run: async () => {}, ...kind }],
        alone: false,
        onFailed: () => {},
      })
    const list = async () => (await jobs.list({ type }, { limit: 50 })).items
    return { ...store, jobs, type, enqueue, claims, settlements, start, list }
  }

  test('of one type and key one job is queued, with the newest payload, as early as any wanted', async () => {
    const { enqueue, list, clock } = open()
    const now = clock.now()
    const first = await enqueue({ key: 'a', payload: 1, runAt: now + 5, priority: 1 })
    expect(await enqueue({ key: 'a', payload: 2, runAt: now + 9, priority: 7 })).toBe(first)
    expect(await enqueue({ key: 'a', payload: 3, runAt: now + 2 })).toBe(first)
    await enqueue({ key: 'b' })
    const [, job] = await list()
    expect(await list()).toHaveLength(2)
    expect(job).toMatchObject({ id: first, payload: 3, runAt: now + 2, priority: 7 })
  })

  test('a job runs once while it runs, and what is asked for meanwhile runs after it', async () => {
    const { enqueue, claims, settlements, type } = open()
    await enqueue({ key: 'a' })
    const [claim] = await claims().claim(type, 5)
    await enqueue({ key: 'a', payload: 'newer' })
    expect(await claims().claim(type, 5)).toEqual([])
    await settlements.settle(claim!, { kind: 'done' })
    expect(await claims().claim(type, 5)).toMatchObject([{ job: { payload: 'newer' } }])
  })

  test('the highest priority starts first, then the most overdue', async () => {
    const { enqueue, claims, type, clock } = open()
    const now = clock.now()
    await enqueue({ payload: 3, runAt: now - 1 })
    await enqueue({ payload: 2, runAt: now - 2 })
    await enqueue({ payload: 1, priority: 1 })
    await enqueue({ payload: 'later', runAt: now + 1 })
    const claimed = await claims().claim(type, 9)
    expect(claimed.map(({ job }) => job.payload)).toEqual([1, 2, 3])
  })

  test('slots are kept, every job runs, and only the last of a key stays in the list', async () => {
    const { enqueue, start, list } = open()
    const done = happening()
    let [now, most, ran] = [0, 0, 0]
    const run = async () => {
      most = Math.max(most, ++now)
      await new Promise(setImmediate)
      now--
      if (++ran === 20) done.happen()
    }
    for (let n = 0; n < 20; n++) await enqueue({ key: `${n % 10}-${n}` })
    const runner = await start({ run })
    await done.happened
    await runner.stop(1_000)
    expect(most).toBe(2)
    expect((await list()).every(({ status }) => status === 'done')).toBe(true)
    const repeated = happening()
    await enqueue({ key: '1-1' })
    const again = await start({ run: async () => repeated.happen() })
    await repeated.happened
    await again.stop(1_000)
    expect(await list()).toHaveLength(20)
  })

  test('what fails waits longer each time, and is parked with its error after the last attempt', async () => {
    const { enqueue, claims, settlements, type, clock, list, events } = open()
    const id = await enqueue()
    const worker = claims()
    for (const attempt of [1, 2]) {
      const [claim] = await worker.claim(type, 1)
      expect(claim?.job.attempts).toBe(attempt)
      const runAt = clock.now() + 1_000
      expect(await settlements.settle(claim!, { kind: 'failed', error: `no ${attempt}`, runAt })).toBe(runAt)
      expect(await worker.claim(type, 1)).toEqual([])
      clock.advance(1_000)
    }
    const [last] = await worker.claim(type, 1)
    await settlements.settle(last!, { kind: 'failed', error: 'never', runAt: null })
    expect(await list()).toMatchObject([{ id, status: 'failed', attempts: 3, lastError: 'never' }])
    const { items } = await events.list({ types: ['job.failed'] }, { limit: 1 })
    expect(items).toMatchObject([{ targetId: id, data: { jobType: type, attempts: 3, error: 'never' } }])
  })

  test('a poison job is parked and delays no other', async () => {
    const { enqueue, start, list, jobs } = open()
    const ran: unknown[] = []
    const done = happening()
    const run = async (payload: unknown) => {
      if (payload === 'poison') throw new AppError('UNPROCESSABLE', { details: { reason: 'it is bad' } })
      ran.push(payload)
      if (ran.length === 3) done.happen()
    }
    const id = await enqueue({ payload: 'poison', priority: 9 })
    for (const n of [1, 2, 3]) await enqueue({ payload: n })
    const runner = await start({ run, slots: 1, maxAttempts: 1 })
    await done.happened
    await runner.stop(1_000)
    expect((await list()).find((job) => job.id === id)).toMatchObject({
      status: 'failed',
      lastError: expect.stringContaining('it is bad'),
    })
    expect(await jobs.retry(id, { actorId: null, agentId: null })).toMatchObject({ status: 'queued' })
  })

  test('what a killed server was at runs again, and one that kills every server is given up', async () => {
    const { enqueue, claims, settlements, type, clock, list } = open()
    const id = await enqueue()
    for (const attempt of [1, 2, 3]) {
      const [claim] = await claims().claim(type, 1) // whose worker is never heard of again
      expect(claim?.job).toMatchObject({ id, attempts: attempt })
      await settlements.recover('overdue', () => 3)
      expect(await list()).toMatchObject([{ status: 'running' }])
      clock.advance(LEASE_MS + 1)
      await settlements.recover('overdue', () => 3)
      clock.advance(10_000) // it is not hurried to kill one more
    }
    expect(await list()).toMatchObject([{ status: 'failed', lastError: 'the server died while it ran' }])
  })

  test('who lost a job cannot settle it, not even by a claim of its own that came before', async () => {
    const { enqueue, claims, settlements, type, clock, list } = open()
    await enqueue()
    const worker = claims()
    const [lost] = await worker.claim(type, 1)
    clock.advance(LEASE_MS + 1)
    await settlements.recover('overdue', () => 3)
    const [again] = await worker.claim(type, 1)
    expect(await worker.extend([lost!, again!])).toEqual(new Set([again]))
    for (const kind of ['done', 'handed-back'] as const) await settlements.settle(lost!, { kind })
    expect(await list()).toMatchObject([{ status: 'running', attempts: 2 }])
  })

  test('what was asked for while a job failed is joined with it: the newer payload, the higher priority', async () => {
    const { enqueue, claims, settlements, type, clock, list } = open()
    await enqueue({ key: 'a', payload: 'older', priority: 3 })
    const [claim] = await claims().claim(type, 1)
    const newer = await enqueue({ key: 'a', payload: 'newer' })
    const runAt = clock.now() + 5_000
    await settlements.settle(claim!, { kind: 'failed', error: 'no', runAt })
    const joined = { id: newer, payload: 'newer', priority: 3, attempts: 1, lastError: 'no', runAt }
    expect(await list()).toMatchObject([joined])
    await enqueue({ key: 'a', payload: 'newest' })
    expect(await list()).toMatchObject([{ ...joined, payload: 'newest' }])
  })

  test('a success takes what had failed about the same off the list; of failures the newest stays', async () => {
    const { enqueue, claims, settlements, type, list } = open()
    for (const error of ['first', 'second']) {
      await enqueue({ key: 'a' })
      const [claim] = await claims().claim(type, 1)
      await settlements.settle(claim!, { kind: 'failed', error, runAt: null })
      expect(await list()).toMatchObject([{ status: 'failed', lastError: error }])
    }
    await enqueue({ key: 'a' })
    const [claim] = await claims().claim(type, 1)
    await settlements.settle(claim!, { kind: 'done' })
    expect(await list()).toMatchObject([{ status: 'done', lastError: null }])
  })

  test('a stop waits, then hands back what is unfinished as if it had not begun', async () => {
    const { enqueue, start, list } = open()
    const began = happening()
    await enqueue()
    const runner = await start({
      run: async (_payload, signal) => {
        began.happen()
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))))
      },
    })
    await began.happened
    await runner.stop(1)
    expect(await list()).toMatchObject([{ status: 'queued', attempts: 0, lastError: null }])
  })

  test('a job that does not end when it is told to keeps no server from stopping', async () => {
    const { enqueue, start, list } = open()
    const began = happening()
    await enqueue()
    const runner = await start({
      run: async () => {
        began.happen()
        await new Promise(() => {})
      },
    })
    await began.happened
    await runner.stop(1, 1)
    expect(await list()).toMatchObject([{ status: 'running', attempts: 1 }]) // until its lease ends
  })

  test('a job that another server has taken over is told to end, and what it says then changes nothing', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    try {
      const { enqueue, start, claims, settlements, type, clock, list } = open()
      const [began, told] = [happening(), happening()]
      await enqueue()
      const run = (_payload: never, signal: AbortSignal) =>
        new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => (told.happen(), resolve()))
          began.happen()
        })
      const runner = await start({ run })
      await began.happened
      clock.advance(LEASE_MS + 1) // the process was stopped
      await settlements.recover('overdue', () => 3)
      const [taken] = await claims().claim(type, 1)
      expect(taken?.job.attempts).toBe(2)
      vi.advanceTimersByTime(LEASE_MS / 4)
      await told.happened
      await runner.stop(1_000)
      expect(await list()).toMatchObject([{ status: 'running', attempts: 2 }])
    } finally {
      vi.useRealTimers()
    }
  })

  test('a server that has not reached the database for most of a lease stops what it runs', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
    try {
      const { enqueue, start, claims } = open()
      const [began, told] = [happening(), happening()]
      await enqueue()
      const lost = claims()
      const run = (_payload: never, signal: AbortSignal) =>
        new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => (told.happen(), resolve()))
          began.happen()
        })
      const runner = await start({ run }, overlay(lost, { extend: () => Promise.reject(new Error('gone')) }))
      await began.happened
      let isTold = false
      void told.happened.then(() => (isTold = true))
      vi.advanceTimersByTime(LEASE_MS / 2)
      await new Promise(setImmediate)
      expect(isTold).toBe(false)
      vi.advanceTimersByTime(LEASE_MS / 2)
      await told.happened
      await runner.stop(1_000)
    } finally {
      vi.useRealTimers()
    }
  })

  test('an outcome that could not be written is written when the database is back', async () => {
    const { enqueue, start, claims, settlements, list } = open()
    await enqueue()
    const written = happening()
    let lost = true
    const flaky = overlay(settlements, {
      settle: async (...args) => {
        if (lost) {
          lost = false
          throw new AppError('UNAVAILABLE')
        }
        const runAt = await settlements.settle(...args)
        written.happen()
        return runAt
      },
    })
    const runner = await start({}, claims(), flaky)
    await written.happened
    await runner.stop(1_000)
    expect(await list()).toMatchObject([{ status: 'done', attempts: 1 }])
  })

  test('a job may ask to be run again later, as if it were new', async () => {
    const { enqueue, start, list, clock } = open()
    await enqueue()
    const ran = happening()
    const run = async () => {
      ran.happen()
      return { again: clock.now() + 60_000 }
    }
    const runner = await start({ run })
    await ran.happened
    await runner.stop(1_000)
    expect(await list()).toMatchObject([{ status: 'queued', attempts: 0, runAt: clock.now() + 60_000 }])
  })
})

test('the waits grow and end at six hours', () => {
  const middle = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => Math.round(backoffMs(n, undefined, () => 0.5) / 1_000))
  expect(middle).toEqual([5, 20, 80, 320, 1280, 5120, 20480, 21600])
  expect([backoffMs(1, undefined, () => 0), backoffMs(1, undefined, () => 1)]).toEqual([4_000, 6_000])
  expect(backoffMs(9, 60_000, () => 0.5)).toBe(60_000)
})
