/** A repository is looked after, again and again, while everybody works in it: nobody notices. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runGit, type Actor } from '../support/actor.ts'
import { maintainNow, nextWhole } from '../support/maintained.ts'
import { restWorld } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await restWorld()
  await w.owner.start(w.repo.url)
  await w.owner.write('docs/readme.md', 'first\n')
  await w.owner.commit('src/a.txt', 'first\n')
  await w.owner.ok('push', '-q', 'origin', 'main', 'main:rest')
})
afterAll(() => w[Symbol.asyncDispose]())

const ROUNDS = 4
const REST = '/repos/acme/app'

/** Done over and over until the rounds are over; how often it was done. */
async function overAndOver(isOver: () => boolean, step: (n: number) => Promise<void>): Promise<number> {
  let n = 0
  while (!isOver()) await step(n++)
  return n
}

async function rest(who: Actor, method: string, path: string, body?: unknown): Promise<unknown> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
  const answer = await who.fetch(`${w.url}${REST}${path}`, init)
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
  return text === '' ? null : JSON.parse(text)
}

test('pushes, deletions, clones, reads, commits and merges go on without one error while it is maintained', async () => {
  let over = false
  const isOver = () => over
  const tips = new Map<string, string>()

  const pushing = async (name: string) => {
    const agent = await w.actor(name, { accountId: w.owner.accountId })
    await agent.ok('clone', '-q', w.repo.url, '.')
    return overAndOver(isOver, async (n) => {
      const head = await agent.commit(`${name}.txt`, `${n}\n`)
      await agent.ok('push', '-q', 'origin', `+HEAD:refs/heads/${name}`, `HEAD:refs/tags/${name}-${n}`)
      tips.set(`refs/heads/${name}`, head).set(`refs/tags/${name}-${n}`, head)
      if (n % 2 === 0) return
      await agent.ok('push', '-q', 'origin', `:refs/tags/${name}-${n - 1}`)
      tips.delete(`refs/tags/${name}-${n - 1}`)
      await agent.ok('reset', '-q', '--hard', 'HEAD~1') // what was pushed before is dropped by force
    })
  }
  const cloning = () =>
    overAndOver(isOver, async (n) => {
      await w.owner.ok('clone', '-q', '--bare', w.repo.url, `copy-${n}.git`)
      const found = await runGit(['fsck', '--connectivity-only'], { cwd: `${w.owner.dir}/copy-${n}.git` })
      expect(found.code).toBe(0)
    })
  const committing = () =>
    overAndOver(isOver, async (n) => {
      const changes = Array.from({ length: 14 }, (_, i) => ({
        ...{ path: `rest/${i}/${n}.txt`, action: 'put', content: `${n}\n`, encoding: 'utf-8' },
      }))
      await rest(w.owner, 'POST', '/commits', { branch: 'rest', message: `${n}`, changes })
    })
  const reading = () =>
    overAndOver(isOver, async () => {
      const [tip] = (await rest(w.owner, 'GET', '/commits?ref=rest&limit=5')) as { sha: string }[]
      await rest(w.owner, 'GET', `/commits/${tip?.sha}`)
      await rest(w.owner, 'GET', '/tree/rest')
      await rest(w.owner, 'GET', '/branches')
      await rest(w.owner, 'GET', '/tags')
      await rest(w.owner, 'GET', '/blame/rest/src/a.txt')
    })
  const merging = () =>
    overAndOver(isOver, async (n) => {
      const changes = [{ path: `merged-${n}.txt`, action: 'put', content: `${n}\n`, encoding: 'utf-8' }]
      await rest(w.owner, 'POST', '/branches', { name: `topic-${n}`, startPoint: 'main' })
      await rest(w.owner, 'POST', '/commits', { branch: `topic-${n}`, message: `${n}`, changes })
      const pull = (await rest(w.owner, 'POST', '/pulls', {
        ...{ title: `${n}`, sourceBranch: `topic-${n}`, targetBranch: 'main' },
      })) as { number: number }
      await rest(w.owner, 'POST', `/pulls/${pull.number}/merge`, { strategy: 'merge' })
    })
  const maintaining = async () => {
    try {
      for (let round = 0; round < ROUNDS; round++) {
        if (round % 2 === 1) await nextWhole(w)
        await maintainNow(w)
      }
    } finally {
      over = true
    }
    return ROUNDS
  }
  const done = await Promise.all([
    maintaining(),
    ...[pushing('one'), pushing('two'), cloning(), committing(), reading(), merging()].map((each) =>
      each.finally(() => (over = true)),
    ),
  ])
  expect(Math.min(...done)).toBeGreaterThan(1)

  const refs = await w.onServer(
    'for-each-ref',
    '--format=%(refname) %(objectname)',
    'refs/heads/one',
    'refs/heads/two',
    'refs/tags',
  )
  expect(refs.stdout.trim().split('\n').sort()).toEqual([...tips].map((pair) => pair.join(' ')).sort())
  expect((await w.onServer('fsck', '--strict', '--no-dangling')).output).toBe('')
}, 120_000)

test('it leaves few packs, and no loose object, of all that', async () => {
  await maintainNow(w)
  const counted = (await w.onServer('count-objects', '-v')).stdout
  expect(counted).toMatch(/^count: 0$/m)
  expect(Number(/^packs: (\d+)$/m.exec(counted)?.[1])).toBeLessThan(10)
  expect((await w.onServer('commit-graph', 'verify')).code).toBe(0)
  expect((await w.onServer('multi-pack-index', 'verify')).code).toBe(0)
})
