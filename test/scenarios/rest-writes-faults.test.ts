/**
 * A step of a write by REST fails, meets a race or loses its client: it is whole or absent, its answer says
 * which, and whoever writes next does not notice. Crashes are commit-crash and pulls-crash.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Composition } from '../../src/compose.ts'
import { aroundQuarantine, happening, overlay } from '../support/between.ts'
import { leftovers } from '../support/leftovers.ts'
import { pullBench, type PullBench } from '../support/pulls.ts'
import { openRaw } from '../support/raw-git.ts'
import type { Answer } from '../support/rest.ts'
import { mayMount, SmallDisk } from '../support/small-disk.ts'
import { stepping, type Step as PortStep } from '../support/steps.ts'
import { Workbench } from '../support/workbench.ts'
import { world, type World } from '../support/world.ts'

type Step = PortStep | 'before readRefs' | 'before store' | 'after store'

/** What the story does at steps; taken back before each one. */
let meet: (step: Step) => Promise<void> | void = () => {}

const between: NonNullable<Composition['between']> = (real) => {
  const stepped = stepping(async (step) => meet(step))(real)
  const { store, intents } = aroundQuarantine((quarantine) => ({
    store: async (objects) => {
      await meet('before store')
      const oids = await quarantine.store(objects)
      await meet('after store')
      return oids
    },
  }))(stepped)
  const readRefs: typeof store.readRefs = async (repo, refs) => {
    await meet('before readRefs')
    return store.readRefs(repo, refs)
  }
  return { intents, store: overlay(store, { readRefs }) }
}

/** Does something at a step, as often as is said. */
function at(step: Step, act: () => Promise<unknown>, times = 1): void {
  let left = times
  meet = async (now) => {
    if (now === step && left-- > 0) await act()
  }
}

/** The client is told nothing of this. */
const PLANTED = `planted-${randomUUID()}`

function failAt(step: Step, code: 'EIO' | 'ENOSPC' = 'EIO'): void {
  at(step, () => Promise.reject(Object.assign(new Error(`${code} at /srv/${PLANTED}`), { code })))
}

let w: World
let pulls: PullBench
let disk: Workbench
const said: Answer[] = []

beforeAll(async () => {
  w = await world({ between })
  ;({ pulls, disk } = await bench(w))
})
beforeEach(() => {
  meet = () => {}
})
afterAll(() => w[Symbol.asyncDispose]())

async function bench(of: World): Promise<{ pulls: PullBench; disk: Workbench }> {
  const made = await pullBench(of)
  const { id } = made.repo
  const url = await made.git.ok('remote', 'get-url', 'origin')
  return { pulls: made, disk: new Workbench(of, { id, path: of.sluice.pathOf(id), url }, made.git) }
}

type Headers = Readonly<Record<string, string>>

async function ask(method: string, below: string, body?: object, headers?: Headers): Promise<Answer> {
  const path = pulls.path.replace(/\/pulls$/, below)
  const answer = await pulls.stage.ask('owner', method, path, body, headers)
  said.push(answer)
  return answer
}

let count = 0
const unique = (word: string) => `${word}-${++count}`

const commitBody = (fields: object = {}) => {
  const changes = [{ action: 'put', path: unique('file'), content: 'x\n' }]
  return { branch: 'main', message: 'by REST', changes, ...fields }
}
const commit = (fields: object = {}, headers?: Headers) =>
  ask('POST', '/commits', commitBody(fields), headers)

async function landed(fields: object = {}): Promise<string> {
  const answer = await commit(fields)
  expect(answer.status, answer.text).toBe(201)
  return answer.json.sha as string
}

/** A pull request of one commit on top of `main`. @returns its number */
async function newPull(): Promise<number> {
  const branch = unique('topic')
  await landed({ branch, startPoint: 'main' })
  const answer = await ask('POST', '/pulls', { sourceBranch: branch, targetBranch: 'main', title: branch })
  expect(answer.status, answer.text).toBe(201)
  return answer.json.number as number
}

const mergeOf = (number: number, body: object = { strategy: 'squash' }, headers?: Headers) =>
  ask('POST', `/pulls/${number}/merge`, body, headers)

/** One commit on top of what `main` is now, by stock git. */
async function push(message = 'pushed'): Promise<string> {
  await pulls.git.ok('fetch', '-q', 'origin', 'main')
  await pulls.git.ok('checkout', '-q', '--detach', 'FETCH_HEAD')
  const sha = await pulls.git.commit(unique('pushed'), 'x\n', message)
  await pulls.git.ok('push', '-q', 'origin', 'HEAD:main')
  return sha
}

const head = async () => (await disk.refs())['refs/heads/main'] as string

async function state() {
  return { refs: await disk.refs(), stored: (await disk.stored()).sort(), pushes: await disk.pushes() }
}

/** What is emptied behind an answer takes a moment. */
async function expectNothingLeft(): Promise<void> {
  await vi.waitFor(async () => expect(await leftovers(join(disk.repo.path, '../..'))).toEqual([]))
}

/** Maintenance may take away packs that fsck has just found: then it looks again. */
async function expectSound(): Promise<void> {
  const look = async () => {
    const fsck = await disk.onServer('fsck', '--strict', '--no-dangling')
    expect([fsck.code, fsck.output]).toEqual([0, ''])
  }
  await vi.waitFor(look, { timeout: 10_000 })
}

/** Subjects of `main`, newest first, until `from`; every commit has one parent. */
async function linear(from: string): Promise<string[]> {
  const { stdout } = await disk.onServer('log', '--format=%s|%P', `${from}..main`)
  const lines = stdout.trim().split('\n')
  for (const line of lines) expect(line).toMatch(/\|[0-9a-f]{40}$/)
  return lines.map((line) => line.split('|')[0] ?? '')
}

interface Write {
  /** Makes what the write needs. @returns the write, which may be asked for again */
  readonly prepare: () => Promise<(headers?: Headers) => Promise<Answer>>
  readonly status: number
  readonly stores: boolean
}

const WRITES: Readonly<Record<string, Write>> = {
  'a commit': {
    prepare: async () => {
      const body = commitBody()
      return (headers) => ask('POST', '/commits', body, headers)
    },
    status: 201,
    stores: true,
  },
  'a commit of many files': {
    prepare: async () => {
      const below = unique('many')
      const changes = Array.from({ length: 40 }, (_, i) => ({
        action: 'put',
        path: `${below}/${i}`,
        content: `${i}\n`,
      }))
      const body = commitBody({ changes })
      return (headers) => ask('POST', '/commits', body, headers)
    },
    status: 201,
    stores: true,
  },
  'a merge': {
    prepare: async () => {
      const number = await newPull()
      await landed() // or the squash would be the commit's own tree
      return (headers) => mergeOf(number, { strategy: 'squash' }, headers)
    },
    status: 200,
    stores: true,
  },
  'a new branch': {
    prepare: async () => {
      const name = unique('branch')
      return (headers) => ask('POST', '/branches', { name, startPoint: 'main' }, headers)
    },
    status: 201,
    stores: false,
  },
  'a deleted branch': {
    prepare: async () => {
      const name = unique('doomed')
      await ask('POST', '/branches', { name, startPoint: 'main' })
      return (headers) => ask('DELETE', `/branches/${name}`, undefined, headers)
    },
    status: 204,
    stores: false,
  },
}

const REFUSED = (
  [
    'before store',
    'after store',
    'before checkConnectivity',
    'before describe',
    'before sync',
    'after sync',
    'before prepare',
    'after prepare',
    'before open',
    'after open',
    'before migrate',
  ] as const
).flatMap((step) =>
  Object.entries(WRITES).flatMap(([what, write]) =>
    write.stores || !step.endsWith('store') ? [{ step, what, ...write }] : [],
  ),
)

test.each(REFUSED)(
  '$what that fails $step has not happened, and may be asked for again at once',
  async (of) => {
    const write = await of.prepare()
    const before = await state()
    failAt(of.step)
    const failed = await write()
    expect([failed.status, failed.json]).toEqual([
      500,
      { error: { code: 'INTERNAL_ERROR', message: 'internal error', details: null } },
    ])
    expect(await state()).toEqual(before)
    await expectNothingLeft()

    const again = await write()
    expect(again.status, again.text).toBe(of.status)
    expect(await disk.pushes()).toHaveLength(before.pushes.length + 1)
    await expectSound()
  },
)

test.each(REFUSED.filter(({ step }) => /store|sync|migrate/.test(step)))(
  '$what for which there is no space left $step is 503, says so, and may be asked for again-regression',
  async (of) => {
    const write = await of.prepare()
    const before = await state()
    failAt(of.step, 'ENOSPC')
    const failed = await write()
    expect([failed.status, failed.json.error.code]).toEqual([503, 'UNAVAILABLE'])
    expect(failed.json.error.details.reason).toBe('no space left on the server')
    expect(failed.headers.get('retry-after')).toMatch(/^[1-9]/)
    expect(await state()).toEqual(before)
    expect((await write()).status).toBe(of.status)
  },
)

describe('a step that fails when it is not known what has moved', () => {
  const UNKNOWN = (
    ['before commit', 'after commit', 'before followHead', 'before syncRefs'] as const
  ).flatMap((step) => Object.entries(WRITES).map(([what, write]) => ({ step, what, ...write })))

  test.each(UNKNOWN)('$what, $step: it is said that nobody knows, and the next commit lands', async (of) => {
    const write = await of.prepare()
    const before = (await disk.refs()) as Readonly<Record<string, string>>
    failAt(of.step)
    const failed = await write()
    expect([failed.status, failed.json.error]).toEqual([
      500,
      { code: 'INTERNAL_ERROR', message: expect.stringContaining('not known') as string, details: null },
    ])
    const moved = await disk.refs()
    if (of.step === 'before commit') expect(moved).toEqual(before)
    else expect(moved).not.toEqual(before)

    const next = await commit()
    expect([next.status, next.json.parent]).toEqual([201, moved['refs/heads/main']])
    await expectNothingLeft()
    await expectSound()
  })

  test.each(Object.entries(WRITES))('%s whose event is late is answered as done', async (_what, of) => {
    const write = await of.prepare()
    const before = await disk.refs()
    failAt('before complete')
    const answer = await write()
    expect(answer.status, answer.text).toBe(of.status)
    expect(await disk.refs()).not.toEqual(before)
    expect((await commit()).status).toBe(201)
  })
})

describe('a client that hangs up', () => {
  /** It leaves when the server has come to the step; the server has seen that when this resolves. */
  async function leaveAt(step: Step, below: string, body: object, headers: Headers = {}): Promise<void> {
    const [arrived, goOn] = [happening(), happening()]
    at(step, () => {
      arrived.happen()
      return goOn.happened
    })
    const request = openRaw(pulls.git, w.url + pulls.path.replace(/\/pulls$/, below), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
    })
    request.end(JSON.stringify(body))
    await arrived.happened
    request.destroy()
    await seenByServer()
    goOn.happen()
  }

  /** Connections are looked after in the order in which they change. */
  const seenByServer = () => fetch(`${w.url}/health`)

  const LEFT = ['after store', 'before prepare', 'before migrate', 'after commit', 'before complete'] as const

  test.each(LEFT)('%s of a commit leaves it whole, and nobody waits for him', async (step) => {
    const before = await head()
    await leaveAt(step, '/commits', commitBody({ message: 'of who left' }))
    expect((await commit({ message: 'next' })).status).toBe(201)
    expect(await linear(before)).toEqual(['next', 'of who left'])
    await expectNothingLeft()
    await expectSound()
  })

  test.each(LEFT)('%s of a merge leaves it whole, and nobody waits for him', async (step) => {
    const number = await newPull()
    const before = await head()
    await leaveAt(step, `/pulls/${number}/merge`, { strategy: 'squash', commitMessage: 'of who left' })
    expect((await commit({ message: 'next' })).status).toBe(201)
    expect(await linear(before)).toEqual(['next', 'of who left'])
    const again = await mergeOf(number)
    expect([again.status, again.json.error.details.status]).toEqual([422, 'merged'])
    await expectSound()
  })

  test('in the middle of his body has written nothing', async () => {
    const before = await state()
    const body = Buffer.from(JSON.stringify(commitBody({ message: 'half' })))
    const request = openRaw(pulls.git, w.url + pulls.path.replace(/\/pulls$/, '/commits'), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': String(body.length) },
    })
    await new Promise<void>((sent) => request.write(body.subarray(0, -1), () => sent()))
    request.destroy()
    await seenByServer()
    expect(await state()).toEqual(before)
    expect((await commit()).status).toBe(201)
  })

  test('and asks again with his Idempotency-Key hears what became of it', async () => {
    const key = { 'idempotency-key': randomUUID() }
    const body = commitBody({ message: 'asked twice' })
    const before = await head()
    await leaveAt('after store', '/commits', body, key)
    await landed() // he had his turn before it
    const again = await vi.waitFor(async () => {
      const answer = await ask('POST', '/commits', body, key)
      expect(answer.json.error?.details.retryAfterSeconds).toBeUndefined()
      return answer
    })
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'true'])
    expect(await linear(before)).toEqual(['by REST', 'asked twice'])
  })

  test('before his merge was begun may ask again with the same Idempotency-Key-regression', async () => {
    const number = await newPull()
    const key = { 'idempotency-key': randomUUID() }
    const before = await head()
    await leaveAt('before readRefs', `/pulls/${number}/merge`, { strategy: 'squash' }, key)
    const again = await vi.waitFor(async () => {
      const answer = await mergeOf(number, { strategy: 'squash' }, key)
      expect(answer.json.error?.details?.retryAfterSeconds).toBeUndefined()
      return answer
    })
    expect(again.status, again.text).toBe(200)
    expect(await linear(before)).toHaveLength(1)
  })
})

describe('a race against a push', () => {
  const WHEN = ['after store', 'before describe'] as const

  test.each(WHEN)('lost %s: the commit is made again upon the push', async (step) => {
    const before = await head()
    let pushed = ''
    at(step, async () => (pushed = await push()))
    const answer = await commit()
    expect([answer.status, answer.json.parent]).toEqual([201, pushed])
    expect(await linear(before)).toEqual(['by REST', 'pushed'])
    await expectNothingLeft()
    await expectSound()
  })

  test.each(WHEN)('lost %s by who expects a head: 412 with the head that there is', async (step) => {
    const expectedHead = await head()
    let pushed = ''
    at(step, async () => (pushed = await push()))
    const answer = await commit({ expectedHead })
    expect([answer.status, answer.json.error.code]).toEqual([412, 'PRECONDITION_FAILED'])
    expect(answer.json.error.details).toEqual({ expected: expectedHead, actual: pushed })
    expect(await linear(expectedHead)).toEqual(['pushed'])
  })

  test('lost five times: 409, nothing stays, and the next commit lands', async () => {
    const before = await head()
    let stored: string[] = []
    at(
      'after store',
      async () => {
        await push()
        stored = await disk.stored()
      },
      6,
    )
    const answer = await commit()
    expect([answer.status, answer.json.error.code]).toEqual([409, 'REF_STALE'])
    expect(answer.json.error.details).toMatchObject({ ref: 'refs/heads/main', refusal: 'REF_STALE' })
    expect(await linear(before)).toEqual(Array(5).fill('pushed'))
    expect((await disk.stored()).sort()).toEqual(stored.sort()) // what the pushes brought
    meet = () => {}
    expect((await commit()).status).toBe(201)
  })

  test.each(
    (['merge', 'squash', 'rebase'] as const).flatMap((strategy) => WHEN.map((step) => ({ strategy, step }))),
  )('lost $step by a $strategy: it is made again upon the push', async ({ strategy, step }) => {
    const number = await newPull()
    await landed() // or a rebase had nothing to make
    let pushed = ''
    at(step, async () => (pushed = await push()))
    const answer = await mergeOf(number, { strategy })
    expect(answer.status, answer.text).toBe(200)
    const { stdout } = await disk.onServer('rev-parse', 'main', 'main^1')
    expect(stdout.trim().split('\n')).toEqual([answer.json.mergeCommitSha, pushed])
    await expectSound()
  })

  test('lost five times by a merge: 409, and the pull request is still open', async () => {
    const number = await newPull()
    at('after store', () => push(), 20)
    const answer = await mergeOf(number, { strategy: 'merge' })
    expect([answer.status, answer.json.error.code]).toEqual([409, 'REF_STALE'])
    meet = () => {}
    expect((await mergeOf(number)).status).toBe(200)
  })

  test('lost by a fast-forward: 422, as it is none any more', async () => {
    const number = await newPull()
    at('before describe', () => push())
    const answer = await mergeOf(number, { strategy: 'fast_forward' })
    expect([answer.status, answer.json.error.details.reason]).toEqual([
      422,
      expect.stringContaining('not a fast-forward'),
    ])
    expect((await mergeOf(number)).status).toBe(200)
  })

  test('for a new branch: 409, and it is where the push put it', async () => {
    const name = unique('raced')
    at('before describe', () => pulls.git.ok('push', '-q', 'origin', `${pulls.base}:refs/heads/${name}`))
    const answer = await ask('POST', '/branches', { name, startPoint: 'main' })
    expect([answer.status, answer.json.error.code]).toEqual([409, 'ALREADY_EXISTS'])
    expect((await disk.refs())[`refs/heads/${name}`]).toBe(pulls.base)
  })

  test('for a branch to be deleted: it stays, with 412 for who expected a head and 409 for others', async () => {
    const name = unique('raced')
    const sha = await landed({ branch: name, startPoint: 'main' })
    const move = (to: string) => () => pulls.git.ok('push', '-qf', 'origin', `${to}:refs/heads/${name}`)
    at('before describe', move(pulls.base))
    const expecting = await ask('DELETE', `/branches/${name}`, undefined, { 'if-match': `"${sha}"` })
    expect([expecting.status, expecting.json.error.details.actual]).toEqual([412, pulls.base])
    await pulls.git.ok('fetch', '-q', 'origin', 'main')
    at('before describe', move('FETCH_HEAD'))
    const answer = await ask('DELETE', `/branches/${name}`)
    expect([answer.status, answer.json.error.code]).toEqual([409, 'REF_STALE'])
    expect((await disk.refs())[`refs/heads/${name}`]).toBe(await head())
  })
})

describe('an Idempotency-Key', () => {
  test('that comes twice at once, and again, makes one commit', async () => {
    const key = { 'idempotency-key': randomUUID() }
    const [before, body] = [await head(), commitBody()]
    const [arrived, goOn] = [happening(), happening()]
    at('after store', () => {
      arrived.happen()
      return goOn.happened
    })
    const first = ask('POST', '/commits', body, key)
    await arrived.happened
    const second = await ask('POST', '/commits', body, key)
    expect([second.status, second.json.error.details.retryAfterSeconds]).toEqual([409, 1])
    goOn.happen()
    const { status, text } = await first
    expect(status, text).toBe(201)
    const again = await ask('POST', '/commits', body, key)
    expect([again.status, again.text]).toEqual([201, text])
    expect(await linear(before)).toEqual(['by REST'])
  })

  test.each(Object.entries(WRITES).filter(([what]) => what !== 'a deleted branch'))(
    'of %s that failed is free again, and then makes it once',
    async (_what, of) => {
      const key = { 'idempotency-key': randomUUID() }
      const write = await of.prepare()
      failAt('before migrate')
      expect((await write(key)).status).toBe(500)
      const done = await write(key)
      expect([done.status, done.headers.get('idempotent-replayed')]).toEqual([of.status, null])
      const after = await disk.refs()
      const replayed = await write(key)
      expect([replayed.status, replayed.text]).toEqual([of.status, done.text])
      expect(replayed.headers.get('idempotent-replayed')).toBe('true')
      expect(await disk.refs()).toEqual(after)
    },
  )
})

describe.skipIf(!mayMount())('a disk of 16 MiB', () => {
  test('that a commit would fill: 503 in words, nothing stays, and a smaller one lands', async () => {
    using small = new SmallDisk(16)
    await using own = await world({ settings: { GIT_STORAGE_ROOT: small.path } })
    const { pulls: there, disk: below } = await bench(own)
    const before = { stored: await below.stored(), free: await small.freeBytes(), refs: await below.refs() }
    for (const files of [1, 8, 40]) {
      const content = randomBytes((20 * 1024 * 1024) / files)
      const put = (path: string) => ({
        action: 'put',
        path,
        content: Buffer.concat([Buffer.from(path), content]).toString('base64'),
        encoding: 'base64',
      })
      const changes = Array.from({ length: files }, (_, i) => put(`big/${i}`))
      await expectFull(there, commitBody({ changes }))
      expect([await below.stored(), await below.refs()]).toEqual([before.stored, before.refs])
      expect(await leftovers(small.path)).toEqual([])
      expect(await small.freeBytes()).toBeGreaterThan(before.free - 64 * 1024)
    }
    expect((await post(there, '/commits', commitBody())).status).toBe(201)
  })

  test('without a free byte: writes are 503 in words, reads go on, and room is all it takes', async () => {
    using small = new SmallDisk(16)
    await using own = await world({ settings: { GIT_STORAGE_ROOT: small.path } })
    const { pulls: there, disk: below } = await bench(own)
    const { number } = await there.pull({ 'topic.txt': 'x\n' })
    const before = await below.refs()
    const filler = join(small.path, 'filler')
    await expect(writeFile(filler, Buffer.alloc(32 * 1024 * 1024))).rejects.toThrow('ENOSPC')
    await expectFull(there, commitBody())
    await expectFull(there, { strategy: 'merge' }, `/pulls/${number}/merge`)
    await expectFull(there, { name: 'new', startPoint: 'main' }, '/branches')
    expect(await below.refs()).toEqual(before)
    expect((await there.ask('owner', 'GET', `/${number}`)).status).toBe(200)

    await rm(filler)
    expect((await post(there, '/branches', { name: 'new', startPoint: 'main' })).status).toBe(201)
    expect((await post(there, '/commits', commitBody())).status).toBe(201)
    expect((await post(there, `/pulls/${number}/merge`, { strategy: 'merge' })).status).toBe(200)
    expect((await below.onServer('fsck', '--strict')).code).toBe(0)
  })

  const post = async (there: PullBench, below: string, body: object) => {
    const path = there.path.replace(/\/pulls$/, below)
    const answer = await there.stage.ask('owner', 'POST', path, body)
    said.push(answer)
    return answer
  }
  async function expectFull(there: PullBench, body: object, below = '/commits'): Promise<void> {
    const answer = await post(there, below, body)
    expect([answer.status, answer.json?.error.code], answer.text).toEqual([503, 'UNAVAILABLE'])
    expect(answer.json.error.details.reason).toBe('no space left on the server')
  }
})

test('neither answers nor events of all this hold a credential, a place on the server or what a fault said', async () => {
  const token = pulls.git.token as string
  const authorization = { authorization: `Bearer ${token}` }
  for (const step of ['before migrate', 'after commit'] as const) {
    for (const of of Object.values(WRITES)) {
      const write = await of.prepare()
      failAt(step)
      expect((await write(authorization)).status).toBe(500)
    }
  }
  await landed()
  const failures = said.filter(({ status }) => status >= 400)
  const told = failures.map(({ text, headers }) => text + JSON.stringify([...headers])).join('\n')
  const events = JSON.stringify(await w.events())
  expect(events).toContain(await head())
  for (const secret of [
    PLANTED,
    token,
    token.split('.')[2] as string,
    w.dir,
    disk.repo.path,
    'EIO',
    'ENOSPC',
  ])
    for (const text of [told, events]) expect(text).not.toContain(secret)
})
