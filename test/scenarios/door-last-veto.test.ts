/** The veto while refs are locked: refs that it refuses stay, the others move, and nothing that it let pass is denied. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { AppError } from '../../src/kernel/errors.ts'
import type { RefName, RepoId } from '../../src/kernel/ids.ts'
import type { LastVerdict, PreparedPush, RefUpdatePolicy } from '../../src/kernel/policy.ts'
import { recoverIntents } from '../../src/kernel/recover.ts'
import { refuse } from '../../src/kernel/ref-update.ts'
import { stepping, type Step } from '../support/steps.ts'
import { world, type World } from '../support/world.ts'

let w: World
let veto: (push: PreparedPush) => LastVerdict
let at: (step: Step) => Promise<void>
let concerns: (repo: { readonly id: RepoId }) => boolean
let asked: string[][]

const policy: RefUpdatePolicy = {
  name: 'story',
  concerns: (repo) => concerns(repo),
  onPrepared: (push) => {
    asked.push(push.updates.map(({ ref }) => ref))
    return veto(push)
  },
}
const refuseB: RefUpdatePolicy['onPrepared'] = ({ updates }) =>
  updates
    .filter(({ ref }) => ref.startsWith('refs/heads/b'))
    .map(({ ref }) => refuse('UPSTREAM_REFUSED', ref, 'not b'))

beforeAll(async () => {
  w = await world({ between: stepping((step) => at(step)) })
  at = () => Promise.resolve()
  await w.agent.start(w.repo.url)
  await w.agent.commit('a.txt', 'first\n')
  await w.agent.ok('push', '-q', 'origin', 'main')
  ;(w.sluice.door.policies as RefUpdatePolicy[]).push(policy)
})
afterAll(() => w[Symbol.asyncDispose]())
beforeEach(() => {
  veto = () => []
  at = () => Promise.resolve()
  concerns = () => true
  asked = []
})

test('of two refs the one that is refused stays, and the other moves alone, with its objects and its event', async () => {
  veto = refuseB
  const { a, b, events } = await twoBranches('1')
  const pushed = await w.agent.git('push', 'origin', 'a1', 'b1')
  expect(pushed.code).not.toBe(0)
  expect(pushed.output).toMatch(/\[new branch\]\s+a1 -> a1/)
  expect(pushed.output).toContain('b1 -> b1 (upstream refused: not b)')
  expect(await refsOf('a1', 'b1')).toEqual([`refs/heads/a1 ${a}`])
  expect([await w.has(a), await w.has(b)]).toEqual([true, false])
  expect(await movedSince(events)).toEqual([['refs/heads/a1']])
  expect(await openIntents()).toBe(0)
})

test('an atomic push falls as a whole', async () => {
  veto = refuseB
  const { a, b, events } = await twoBranches('2')
  const pushed = await w.agent.git('push', '--atomic', 'origin', 'a2', 'b2')
  expect(pushed.output).toContain('a2 -> a2 (atomic push failed)')
  expect(await refsOf('a2', 'b2')).toEqual([])
  expect([await w.has(a), await w.has(b)]).toEqual([false, false])
  expect(await movedSince(events)).toEqual([])
  expect(await openIntents()).toBe(0)
})

test('what is unknown is called unknown: nothing moves here, and the pusher is told to look', async () => {
  veto = () => Promise.reject(new AppError('OUTCOME_UNKNOWN'))
  const { events } = await twoBranches('3')
  const pushed = await w.agent.git('push', 'origin', 'a3', 'b3')
  expect(pushed.output).toContain('a3 -> a3 (outcome unknown)')
  expect(pushed.output).toContain('fetch and look before you push again')
  expect(await refsOf('a3', 'b3')).toEqual([])
  expect(await movedSince(events)).toEqual([])
  expect(await openIntents()).toBe(0)
})

test('anything else that it throws refuses, and does not reach the pusher', async () => {
  veto = () => Promise.reject(new Error('a detail of ours'))
  const { a } = await twoBranches('4')
  const pushed = await w.agent.git('push', 'origin', 'a4', 'b4')
  expect(pushed.output).toContain('a4 -> a4 (refused: a check could not be made)')
  expect(pushed.output).not.toContain('a detail of ours')
  expect(await w.has(a)).toBe(false)
})

test('a repository that it does not concern is pushed to without it, and pays for no decision', async () => {
  const steps: Step[] = []
  at = (step) => Promise.resolve(void steps.push(step))
  concerns = (repo) => repo.id !== w.repo.id
  veto = () => [refuse('UPSTREAM_REFUSED', null, 'never asked')]
  await twoBranches('5')
  await w.agent.ok('push', '-q', 'origin', 'a5', 'b5')
  expect(asked).toEqual([])
  expect([steps.includes('before open'), steps.includes('before decide')]).toEqual([true, false])
  expect(await refsOf('a5', 'b5')).toHaveLength(2)
  concerns = () => true
  veto = () => []
  await w.agent.ok('push', '-q', 'origin', 'a5:c5')
  expect(asked).toEqual([['refs/heads/c5']])
  expect(steps).toContain('before decide')
})

test('a ref that somebody takes while the refused one is let go is unknown, and not ours', async () => {
  veto = refuseB
  const { events } = await twoBranches('6')
  let locks = 0
  const other = await w.agent.ok('rev-parse', 'main')
  at = async (step) => {
    if (step === 'before prepare' && ++locks === 2) await w.onServer('update-ref', 'refs/heads/a6', other)
  }
  const pushed = await w.agent.git('push', 'origin', 'a6', 'b6')
  expect(pushed.output).toContain('a6 -> a6 (outcome unknown)')
  expect(await refsOf('a6', 'b6')).toEqual([`refs/heads/a6 ${other}`])
  expect(await movedSince(events)).toEqual([])
  expect(await openIntents()).toBe(0)
})

test.each(['before migrate', 'after migrate'] as const)(
  'what it let pass and then cannot be stored is unknown, and no refusal (%s)',
  async (when) => {
    at = (step) => (step === when ? Promise.reject(new Error('disk')) : Promise.resolve())
    const name = when.replace(' ', '-')
    const { events } = await twoBranches(name)
    const pushed = await w.agent.git('push', 'origin', `a${name}`, `b${name}`)
    expect(pushed.output).toContain('(outcome unknown)')
    expect(await refsOf(`a${name}`, `b${name}`)).toEqual([])
    expect(await movedSince(events)).toEqual([])
    expect(await openIntents()).toBe(0)
  },
)

test('recovery finishes only what was let pass', async () => {
  veto = refuseB
  const { a, events } = await twoBranches('7')
  at = (step) => (step === 'before commit' ? Promise.reject(new Error('disk')) : Promise.resolve())
  const pushed = await w.agent.git('push', 'origin', 'a7', 'b7')
  expect(pushed.output).toContain('(outcome unknown)')
  expect(await recover()).toEqual(['finished'])
  expect(await refsOf('a7', 'b7')).toEqual([`refs/heads/a7 ${a}`])
  expect(await movedSince(events)).toEqual([['refs/heads/a7']])
})

test('what somebody else has given the same value meanwhile is told by him alone', async () => {
  const { a, events } = await twoBranches('8')
  at = (step) => (step === 'before commit' ? Promise.reject(new Error('disk')) : Promise.resolve())
  expect((await w.agent.git('push', 'origin', 'a8')).output).toContain('(outcome unknown)')
  at = () => Promise.resolve()
  await w.agent.ok('push', '-q', 'origin', 'a8')
  expect(await recover()).toEqual(['dropped'])
  expect(await refsOf('a8')).toEqual([`refs/heads/a8 ${a}`])
  expect(await movedSince(events)).toEqual([['refs/heads/a8']])
})

/** Each with a commit of its own. */
async function twoBranches(n: string) {
  const events = (await w.pushes()).length
  const commit = async (branch: string) => {
    await w.agent.ok('checkout', '-q', '-b', branch, 'main')
    return await w.agent.commit(`${branch}.txt`, `${branch}\n`)
  }
  return { a: await commit(`a${n}`), b: await commit(`b${n}`), events }
}

async function refsOf(...branches: string[]): Promise<string[]> {
  const refs = branches.map((branch) => `refs/heads/${branch}`)
  const { stdout } = await w.onServer('for-each-ref', '--format=%(refname) %(objectname)', ...refs)
  return stdout.split('\n').filter((line) => line !== '')
}

async function movedSince(events: number): Promise<RefName[][]> {
  return (await w.pushes()).slice(events).map(({ data }) => data.refs.map(({ ref }) => ref))
}

async function openIntents(): Promise<number> {
  await using database = await w.openDatabase()
  return (await database.kysely.selectFrom('intents').select('id').execute()).length
}

function recover() {
  const { store, intents } = w.sluice.door
  const repo = { ...w.repo, objectFormat: 'sha1' } as const
  return recoverIntents({
    store,
    intents,
    repoOf: () => Promise.resolve(repo),
    onFailed: (_intent, err) => {
      throw err
    },
  })
}
