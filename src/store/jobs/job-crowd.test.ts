/** Several servers on one queue: that no key is run twice at once, and that no job is lost, whoever dies. */
import { expect, test, vi } from 'vitest'
import { happening, overlay } from '../../../test/support/between.ts'
import { forEachEngine, storeOn } from '../../../test/support/databases.ts'
import { Dice } from '../../../test/support/dice.ts'
import type { JobKind } from '../../kernel/background.ts'
import { newId } from '../../kernel/uuid.ts'
import { openDatabase } from '../database.ts'
import { Claims } from './claims.ts'
import { JobRunner } from './job-runner.ts'
import { Settlements } from './settlements.ts'

const SERVERS = 4
const KEYS = 100
const ROUNDS = 4
const KILLS = 6

forEachEngine('servers on one queue', (on) => {
  /** A server with connections of its own. After `die` nothing that it does is written any more. */
  async function start(
    type: string,
    run: (key: string, isDead: () => boolean) => ReturnType<JobKind['run']>,
  ) {
    const database = await openDatabase(on.address)
    const store = { ...storeOn(database), clock: Date } // a job that dies with two servers waits 5 s
    const worker = newId()
    const [claims, settlements] = [new Claims({ ...store, worker }), new Settlements(store)]
    let dead = false
    const unlessDead = <T>(work: () => Promise<T>) => (dead ? Promise.reject(new Error('dead')) : work())
    const runner = await JobRunner.start({
      jobs: store.jobs,
      claims: overlay(claims, { claim: (...args) => unlessDead(() => claims.claim(...args)) }),
      settlements: overlay(settlements, {
        settle: (...args) => unlessDead(() => settlements.settle(...args)),
      }),
      clock: { now: () => store.clock.now(), adjust: async () => {} },
      kinds: [{ type, slots: 4, maxAttempts: Infinity, run: (key: string) => run(key, () => dead) }],
      alone: false,
      onFailed: () => {},
    })
    const stop = async (graceMs: number) => {
      await runner.stop(graceMs)
      await database.close()
    }
    return {
      enqueue: (key: string) =>
        database.transaction((trx) => store.jobs.enqueue(trx, { type, key, repoId: null, payload: key })),
      stop: () => stop(10_000),
      async die() {
        dead = true
        await stop(0)
        await endLeases(worker)
      },
      recover: () => settlements.recover('overdue', () => Infinity),
    }
  }

  /** As if a minute had passed in which the others were heard of. */
  async function endLeases(worker: string): Promise<void> {
    await on.database.kysely
      .updateTable('jobs')
      .set({ lease_until: 0 })
      .where('worker', 'like', `${worker}.%`)
      .execute()
  }

  test('no key runs twice at once and every round is made, while servers are killed and replaced', async () => {
    const type = newId()
    const dice = new Dice(7)
    const running = new Map<string, () => boolean>()
    const rounds = new Map<string, number>()
    const twice: string[] = []
    const complete = happening()
    let made = 0
    const run = async (key: string, isDead: () => boolean) => {
      if (running.get(key)?.() === false) twice.push(key)
      running.set(key, isDead)
      await new Promise(setImmediate)
      if (isDead()) return
      running.delete(key)
      const round = (rounds.get(key) ?? 0) + 1
      rounds.set(key, round)
      if (++made >= KEYS * ROUNDS && [...rounds.values()].every((n) => n >= ROUNDS)) complete.happen()
      if (round < ROUNDS) return { again: 0 }
    }
    const servers = await Promise.all(Array.from({ length: SERVERS }, () => start(type, run)))
    for (let n = 0; n < KEYS; n++) await servers[n % SERVERS]!.enqueue(`k${n}`)
    for (let kill = 1; kill <= KILLS; kill++) {
      await vi.waitUntil(() => made >= kill * 50, { timeout: 20_000, interval: 1 })
      const victim = dice.below(SERVERS)
      await servers[victim]!.die()
      servers[victim] = await start(type, run)
      await Promise.all(servers.map((server) => server.recover())) // all at once, as their timers may
    }
    await complete.happened
    await Promise.all(servers.map((server) => server.stop()))
    expect(twice).toEqual([])
    const left = await on.database.kysely.selectFrom('jobs').selectAll().where('type', '=', type).execute()
    expect(left.filter(({ status }) => status !== 'done')).toEqual([])
    expect(left).toHaveLength(KEYS)
  }, 60_000)
})
