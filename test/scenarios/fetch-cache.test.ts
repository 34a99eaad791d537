/** Answers to fetches that several clients share: the same repository in the end, one git, and for nobody else. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { Actor } from '../support/actor.ts'
import { openBreakingGit, type BreakingGit } from '../support/breaking-git.ts'
import { metric } from '../support/metric.ts'
import { commandBody, raw } from '../support/raw-git.ts'
import { world, type World } from '../support/world.ts'

let w: World
let breaking: BreakingGit
let dir: string
let names = 0
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-breaking-'))
  breaking = await openBreakingGit(dir)
  w = await breaking.during(() => world())
})
afterAll(async () => {
  await w[Symbol.asyncDispose]()
  await rm(dir, { recursive: true })
})

/** A new repository takes the place of the last one: four commits, a side branch, an annotated tag. */
beforeEach(async () => {
  await useRepository('private')
  w.agent = await w.actor('agent', { accountId: w.owner.accountId })
  await w.agent.start(w.repo.url)
  for (let i = 1; i <= 4; i++) await w.agent.commit(`dir/${i}.txt`, `${i}\n`.repeat(i * 500))
  await w.agent.ok('tag', '-m', 'first', 'v1', 'main~2')
  await w.agent.ok('push', '-q', 'origin', 'main', 'main~1:refs/heads/side', 'v1')
})

async function useRepository(visibility: 'private' | 'public'): Promise<void> {
  w.repo = await w.createRepo(`r${++names}`, { visibility })
}

async function gitsFor(work: () => Promise<unknown>): Promise<number> {
  const before = w.sluice.processesStarted()
  await work()
  return w.sluice.processesStarted() - before
}

const hits = () => metric(w.url, 'sluice_shared_fetches_total{result="hit"}')
const misses = () => metric(w.url, 'sluice_shared_fetches_total{result="miss"}')
const kept = () => metric(w.url, 'sluice_shared_fetches_answers')

/** How many answers were made, and how many given that others had asked for. */
async function sharedBy(work: () => Promise<unknown>): Promise<{ made: number; repeated: number }> {
  const [made, repeated] = [await misses(), await hits()]
  await work()
  return { made: (await misses()) - made, repeated: (await hits()) - repeated }
}

function ask(who: Actor, args: readonly string[], url = w.repo.url) {
  return raw(who, `${url}/git-upload-pack`, {
    headers: { 'git-protocol': 'version=2' },
    body: commandBody('fetch', args),
  })
}

/** What is in a clone: objects, what is missing, refs, where its history is cut; and that nothing is wrong with it. */
async function contentsOf(by: Actor, clone: string): Promise<string> {
  const at = (...args: string[]) => by.ok('-C', clone, ...args)
  await at('fsck', '--strict', '--no-dangling')
  const objects = await at('rev-list', '--objects', '--all', '--missing=print', '--no-object-names')
  const refs = await at('for-each-ref')
  const shallow = await at('rev-parse', '--is-shallow-repository')
  return [...objects.split('\n').sort(), refs, shallow].join('\n')
}

const OWN_GIT = ['--upload-pack=git -c uploadpack.allowFilter=true upload-pack']

test.for([
  ['a full clone', []],
  ['a clone of one branch', ['--single-branch', '-b', 'side']],
  ['a clone without tags', ['--no-tags']],
  ['a shallow clone', ['--depth=1']],
  ['a shallow clone of all branches', ['--depth=2', '--no-single-branch']],
  ['a clone since a day', ['--shallow-since=2001-01-01']],
  ['a clone without blobs', ['--filter=blob:none']],
  ['a clone without small trees and blobs', ['--filter=combine:tree:1+blob:limit=1k']],
] as const)('%s is made once, and what every client has is what git itself gives', async ([, options]) => {
  const cloned = async (name: string, from: string, ...more: string[]) => {
    await w.agent.ok('clone', '-q', '--bare', ...options, ...more, from, name)
    return await contentsOf(w.agent, name)
  }
  const wanted = await cloned('wanted', `file://${w.repo.path}`, ...OWN_GIT)
  let got: string[] = []
  const gits = await gitsFor(async () => {
    got = [await cloned('first', w.repo.url), await cloned('second', w.repo.url)]
  })
  expect(got).toEqual([wanted, wanted])
  expect(gits).toBe(1)
})

test('a commit that is new is packed once for all who fetch it, and blobs that are missing once for all who check out', async () => {
  const clones = ['one', 'two', 'three']
  for (const name of clones) await w.agent.ok('clone', '-q', '--filter=blob:none', '-n', w.repo.url, name)
  const head = await w.agent.commit('new.txt', 'new\n')
  await w.agent.ok('push', '-q', 'origin', 'main')
  const together = (...words: string[]) =>
    sharedBy(() => Promise.all(clones.map((name) => w.agent.ok('-C', name, ...words))))
  expect(await together('fetch', '-q', 'origin')).toEqual({ made: 1, repeated: 2 })
  expect(await together('checkout', '-q', 'origin/main')).toEqual({ made: 1, repeated: 2 })
  for (const name of clones) {
    expect(await w.agent.ok('-C', name, 'rev-parse', 'HEAD')).toBe(head)
    expect(await w.agent.ok('-C', name, 'status', '--porcelain')).toBe('')
    await w.agent.ok('-C', name, 'fsck', '--strict')
  }
})

test('a new tag is in the answer to the next clone', async () => {
  await w.agent.ok('clone', '-q', '--bare', '--single-branch', '-b', 'side', w.repo.url, 'before')
  await w.agent.ok('tag', '-m', 'second', 'v2', 'main~2')
  await w.agent.ok('push', '-q', 'origin', 'v2')
  await w.agent.ok('clone', '-q', '--bare', '--single-branch', '-b', 'side', w.repo.url, 'after')
  expect(await w.agent.ok('-C', 'after', 'tag')).toBe('v1\nv2')
})

test('stock git with sideband-all, and one that only negotiates, are answered as before', async () => {
  for (const name of ['one', 'two']) {
    const env = { GIT_TEST_SIDEBAND_ALL: '1' }
    const run = await w.agent.gitWith({ env }, 'clone', '-q', '--bare', w.repo.url, name)
    expect(run.output).toBe('')
    await w.agent.ok('-C', name, 'fsck', '--strict')
  }
  const head = await w.agent.ok('rev-parse', 'main')
  const negotiate = () => w.agent.ok('fetch', '--negotiate-only', '--negotiation-tip=main', 'origin')
  const common = await negotiate()
  expect(common.split('\n')).toContain(head)
  expect(await negotiate()).toBe(common)
})

test('fifty clones at once start one git, and all get the same bytes', async () => {
  const head = await w.agent.ok('rev-parse', 'main')
  const args = [`want ${head}`, 'ofs-delta', 'no-progress', 'done']
  let answers: Buffer[] = []
  const gits = await gitsFor(async () => {
    const asked = Array.from({ length: 50 }, () => ask(w.agent, args))
    answers = (await Promise.all(asked)).map(({ body }) => body)
  })
  expect(gits).toBe(1)
  expect(answers.every((body) => body.equals(answers[0]!))).toBe(true)
  expect(answers[0]!.subarray(-4).toString()).toBe('0000')
})

test('who wants to see progress is told why there is none, and who does not is told nothing', async () => {
  const head = await w.agent.ok('rev-parse', 'main')
  const isTold = async (...more: string[]) => {
    const { body } = await ask(w.agent, [`want ${head}`, ...more, 'done'])
    return body.includes('packfile\n0025\x02One pack for all who ask for it\n')
  }
  expect(await isTold()).toBe(true)
  expect(await isTold('no-progress')).toBe(false)
})

test('the same question is not answered to a stranger, nor to anybody once the repository is private', async () => {
  await useRepository('public')
  await w.agent.ok('push', '-q', w.repo.url, 'main')
  const head = await w.agent.ok('rev-parse', 'main')
  const args = [`want ${head}`, 'done']
  expect((await ask(w.nobody, args)).status).toBe(200)
  const before = await hits()
  expect((await ask(w.nobody, args)).status).toBe(200)
  expect(await hits()).toBe(before + 1)

  const answersBefore = await kept()
  const body = JSON.stringify({ visibility: 'private' })
  const url = w.repo.url.replace('.git', '').replace('/acme', '/repos/acme')
  expect((await w.owner.fetch(url, { method: 'PATCH', body })).status).toBe(200)
  const answers = [await ask(w.nobody, args), await ask(w.stranger, args)]
  expect(answers.map(({ status }) => status)).toEqual([401, 404])
  for (const { body } of answers) expect(body.includes('PACK')).toBe(false)
  expect(await hits()).toBe(before + 1)
  await vi.waitFor(async () => expect(await kept()).toBe(answersBefore - 1))
})

test('in another repository the same ids are another question: git decides, and has nothing', async () => {
  const head = await w.agent.ok('rev-parse', 'main')
  const args = [`want ${head}`, 'done']
  expect((await ask(w.agent, args)).body.includes('PACK')).toBe(true)
  const elsewhere = await w.createRepo(`other${names}`)
  const answer = await ask(w.owner, args, elsewhere.url)
  expect(answer.body.includes('PACK')).toBe(false)
  expect(answer.text).toContain('not our ref')
})

test('an object that is gone is not given from what was kept', async () => {
  const tip = await w.agent.commit('gone.txt', 'gone\n')
  await w.agent.ok('push', '-q', 'origin', 'HEAD:refs/heads/gone')
  const args = [`want ${tip}`, 'done']
  expect((await ask(w.agent, args)).body.includes('PACK')).toBe(true)
  await w.agent.ok('push', '-q', 'origin', ':refs/heads/gone')
  await w.onServer('prune', '--expire=now')
  await w.onServer('repack', '-adq')
  expect((await ask(w.agent, args)).body.includes('PACK')).toBe(false)
})

test('a repository that is deleted leaves no answers behind', async () => {
  const before = await kept()
  await w.agent.ok('clone', '-q', '--bare', w.repo.url, 'copy')
  expect(await kept()).toBe(before + 1)
  const url = w.repo.url.replace('.git', '').replace('/acme', '/repos/acme')
  expect((await w.owner.fetch(url, { method: 'DELETE' })).status).toBeLessThan(300)
  await vi.waitFor(async () => expect(await kept()).toBe(before))
})

test('when the git of many dies their clones are cut, none is taken for whole, and the next one works', async () => {
  await w.agent.commit('large.bin', randomBytes(2_000_000))
  await w.agent.ok('push', '-q', 'origin', 'main')
  await breaking.stopAfter(600_000)
  const clone = (name: string) => w.agent.git('clone', '-q', '--bare', w.repo.url, name)
  const running = ['a', 'b', 'c'].map(clone)
  await vi.waitFor(async () => expect(await metric(w.url, 'sluice_shared_fetches_followers')).toBe(3), 10_000)
  await breaking.kill()
  for (const run of await Promise.all(running)) {
    expect(run.code).not.toBe(0)
    expect(run.stderr).toMatch(/early EOF|unexpected disconnect|RPC failed/)
  }
  for (const name of ['a', 'b', 'c'])
    expect((await w.agent.git('-C', name, 'rev-parse', 'main')).code).not.toBe(0)
  expect((await clone('again')).output).toBe('')
  await w.agent.ok('-C', 'again', 'fsck', '--strict')
})

test('a disk that takes no answers is not noticed by clients', async () => {
  const fetches = join(w.config.gitStorageRoot, '.fetches')
  const [run = ''] = await readdir(fetches)
  await rm(join(fetches, run), { recursive: true })
  for (const name of ['one', 'two']) {
    const cloned = await w.agent.git('clone', '-q', '--bare', w.repo.url, name)
    expect(cloned.output).toBe('')
    await w.agent.ok('-C', name, 'fsck', '--strict')
  }
  expect(await metric(w.url, 'sluice_shared_fetches_failed_total')).toBeGreaterThan(0)
})
