/** Each write and each sync of a small push fails, or hangs, one after the other: what was said of the push holds. */
import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { newId } from '../../src/kernel/uuid.ts'
import { EventLog } from '../../src/store/log/events.ts'
import { happening } from '../support/between.ts'
import { disk, fault, type DiskCall } from '../support/failing-disk.ts'
import { leftovers, repositoriesOf } from '../support/leftovers.ts'
import { metric } from '../support/metric.ts'
import { workbench, type Workbench } from '../support/workbench.ts'
import { world, type World } from '../support/world.ts'

vi.mock('node:fs', async (original) => (await import('../support/failing-disk.ts')).failingFs(original))
vi.mock('node:fs/promises', async (original) =>
  (await import('../support/failing-disk.ts')).failingFsPromises(original),
)

let w: World
let b: Workbench
let tip: string
beforeAll(async () => {
  w = await world()
  b = await workbench(w)
  tip = await b.agent.commit('a.txt', 'first\n')
  await b.agent.ok('push', '-q', 'origin', 'main')
})
afterAll(() => w[Symbol.asyncDispose]())
afterEach(() => void (disk.meet = () => {}))

const MAIN = 'refs/heads/main'

interface Prepared {
  readonly head: string
  readonly send: () => Promise<string | undefined>
}

/** A push of one more commit on `main`; its line of the report. */
async function prepare(bytes = 100): Promise<Prepared> {
  const old = tip
  await b.agent.ok('reset', '-q', '--hard', old)
  const head = await b.agent.commit('a.txt', randomBytes(bytes))
  const pack = await b.agent.pack(head, old)
  const push = { updates: [{ ref: MAIN, old, new: head }], pack }
  return { head, send: async () => (await b.push(push)).report[1] }
}

/** Of git's data, not of the database. */
function isOfGit({ path }: DiskCall): boolean {
  return path.startsWith(repositoriesOf(w.dir))
}

/** The n-th call of that kind fails. @returns what it was, later */
function failAt(n: number, what: DiskCall['what'], code: 'EIO' | 'ENOSPC', only = /./): () => string | null {
  let met: string | null = null
  let left = n
  disk.meet = (call) => {
    if (call.what !== what || !isOfGit(call) || !only.test(call.path) || --left !== 0) return
    met = call.path
    throw fault(code)
  }
  return () => met
}

test.each([
  ['write', 'ENOSPC', 200_000],
  ['sync', 'EIO', 100],
] as const)(
  'whichever %s of a push fails (%s, %i bytes): refused in words and nothing is left, or it stands',
  async (what, code, bytes) => {
    let refused = 0
    for (let n = 1; ; n++) {
      const { head, send } = await prepare(bytes)
      const met = failAt(n, what, code)
      const report = await send()
      disk.meet = () => {}
      if (met() === null) {
        expect(report).toBe(`ok ${MAIN}`)
        tip = head
        break
      }
      await vi.waitFor(async () => expect(await leftovers(repositoriesOf(w.dir))).toEqual([]))
      if (report === `ng ${MAIN} outcome unknown`) {
        tip = (await b.refs())[MAIN]!
      } else if (report === `ok ${MAIN}`) {
        tip = head
      } else {
        refused++
        expect(report).toBe(
          `ng ${MAIN} ${code === 'ENOSPC' ? 'no space left on the server' : 'internal error'}`,
        )
        expect((await b.refs())[MAIN]).toBe(tip)
        expect(await b.has(head)).toBe(false)
        expect(await send()).toBe(`ok ${MAIN}`)
        tip = head
      }
      expect((await b.refs())[MAIN]).toBe(tip)
    }
    expect(refused).toBeGreaterThan(0)
    expect((await b.onServer('fsck', '--strict', '--no-dangling')).output).toBe('')
    expect(await metric(w.url, 'sluice_small_pushes_held_bytes')).toBe(0)
  },
)

test.each([
  ['write', 'ENOSPC'],
  ['sync', 'EIO'],
] as const)(
  'a %s of HEAD fails with a first push: no lock stays, and the next push is taken',
  async (what, code) => {
    const head = await b.agent.ok('rev-parse', 'main')
    const pack = await b.agent.pack(head)
    const push = async (repo: Workbench, ref: string) =>
      (await repo.push({ updates: [{ ref: `refs/heads/${ref}`, new: head }], pack })).report[1]
    for (let n = 1; ; n++) {
      const empty = await workbench(w)
      const met = failAt(n, what, code, /\/HEAD\.lock$/)
      const report = await push(empty, 'topic')
      disk.meet = () => {}
      expect(await leftovers(repositoriesOf(w.dir)), `${n}: ${met()}`).toEqual([])
      if (report !== 'ng refs/heads/topic outcome unknown')
        expect((await empty.refs())['refs/heads/topic']).toBe(
          report === 'ok refs/heads/topic' ? head : undefined,
        )
      expect(await push(empty, 'main')).toBe('ok refs/heads/main')
      if (met() === null) break
    }
  },
)

test('while the disk hangs under a push, that waits and others read; then it stands', async () => {
  const { head, send } = await prepare()
  const [hanging, released] = [happening(), happening()]
  disk.meet = (call) => {
    if (call.what !== 'sync' || !isOfGit(call)) return
    hanging.happen()
    return released.happened
  }
  let report: string | undefined
  const sent = send().then((line) => (report = line))
  await hanging.happened
  expect(await b.agent.ok('ls-remote', 'origin', MAIN)).toContain(tip)
  await b.agent.ok('clone', '-q', '--bare', b.repo.url, 'meanwhile')
  const tree = `${w.url}/repos${new URL(b.repo.url).pathname.replace(/\.git$/, '')}/tree/main`
  expect((await b.agent.fetch(tree)).status).toBe(200)
  expect(report).toBeUndefined()
  released.happen()
  await sent
  expect(report).toBe(`ok ${MAIN}`)
  tip = head
  expect((await b.refs())[MAIN]).toBe(head)
})

describe.skipIf(process.env['SLUICE_TEST_ENGINE'] === 'postgres')('the log of SQLite', () => {
  const isOfLog = ({ what, path }: DiskCall) => what === 'sync' && path.endsWith('-wal')

  test('events are told when the disk has them, and nobody is told of them when it fails', async () => {
    await using database = await w.openDatabase()
    const log = new EventLog({ database, clock: Date, newId })
    const last = await log.lastSequence()
    const [asked, failed] = [happening(), happening()]
    disk.meet = async (call) => {
      if (!isOfLog(call)) return
      asked.happen()
      await failed.happened
      throw fault('EIO')
    }
    const event = { type: 'repo.created', repoId: null, orgId: null, projectId: null } as const
    const actor = { actorId: null, agentId: null }
    const appended = database.transaction((trx) =>
      log.append(trx, [{ ...event, ...actor, data: {} } as never]),
    )
    await asked.happened
    expect(await log.lastSequence()).toBe(last + 1)
    const told = [log.since(last, 10), database.ping(), appended]
    const settled = Promise.allSettled(told)
    expect(await Promise.race([...told, new Promise((resolve) => setImmediate(resolve, 'nobody'))])).toBe(
      'nobody',
    )
    failed.happen()
    for (const each of await settled) expect(each).toMatchObject({ reason: { code: 'UNAVAILABLE' } })
    disk.meet = () => {}
    await expect(log.since(last, 10)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(database.ping()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(database.transaction(() => Promise.resolve())).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('when it cannot be synced under a push, nobody says that this stands, no other is taken, and all can be read', async () => {
    await using own = await world()
    const bench = await workbench(own)
    const first = await bench.agent.commit('a.txt', '1\n')
    await bench.agent.ok('push', '-q', 'origin', 'main')
    disk.meet = (call) => {
      if (isOfLog(call)) throw fault('EIO')
    }
    await bench.agent.commit('a.txt', '2\n')
    const pushed = await bench.agent.git('push', 'origin', 'main')
    expect(pushed.code).not.toBe(0)
    expect(pushed.output).toMatch(/outcome unknown|error: 503|HTTP 503/)
    disk.meet = () => {}
    expect((await bench.agent.git('push', 'origin', 'main')).code).not.toBe(0)
    expect(await bench.refs()).toEqual({ [MAIN]: first })
    expect((await fetch(`${own.url}/health/ready`)).status).toBe(503)
    await bench.agent.ok('clone', '-q', '--bare', bench.repo.url, 'copy')
  })
})
