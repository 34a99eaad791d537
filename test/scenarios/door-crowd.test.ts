/** The door when many come at once for the same refs: who wins, and what the others read. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aroundQuarantine, happening, overlay } from '../support/between.ts'
import { workbench } from '../support/workbench.ts'
import { world, type World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await world()
})
afterAll(() => w[Symbol.asyncDispose]())

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)

/** What reached the server before this has been looked at when it resolves. */
async function roundTrip(own: World): Promise<void> {
  await fetch(`${own.url}/health`)
}

test('of many pushes to one branch exactly one wins, and the others read that they are stale', async () => {
  const b = await workbench(w)
  const base = await b.agent.commit('a.txt', 'base\n')
  await b.agent.ok('push', '-q', 'origin', 'main')
  const heads: string[] = []
  for (const i of numbers(8)) {
    await b.agent.ok('reset', '-q', '--hard', base)
    heads.push(await b.agent.commit('a.txt', `${i}\n`))
  }
  const reports = await Promise.all(
    heads.map(async (head) => {
      const pack = await b.agent.pack(head, base)
      return (await b.push({ updates: [{ ref: 'refs/heads/main', old: base, new: head }], pack })).report[1]
    }),
  )
  const won = heads.filter((_, i) => reports[i] === 'ok refs/heads/main')
  expect(won).toEqual([(await b.refs())['refs/heads/main']])
  const stale = 'ng refs/heads/main stale info; fetch first'
  expect(reports.filter((report) => report === stale)).toHaveLength(7)
  expect(await b.pushes()).toHaveLength(2)
})

test('a push waits for the one that holds its branch, and is judged by what that one made of it', async () => {
  const [firstLocked, goOn, secondStored] = [happening(), happening(), happening()]
  const order: string[] = []
  let opened = 0
  const between = aroundQuarantine((real) => {
    const name = ++opened === 1 ? 'first' : 'second'
    return {
      sync: () => real.sync().then(() => (name === 'second' ? secondStored.happen() : undefined)),
      beginRefTransaction: (updates) => {
        const refs = real.beginRefTransaction(updates)
        return overlay(refs, {
          prepare: () => {
            order.push(`${name} locks`)
            return refs.prepare()
          },
          commit: async () => {
            firstLocked.happen()
            await goOn.happened
            await refs.commit()
            order.push(`${name} commits`)
          },
        })
      },
    }
  })
  await using own = await world({ between })
  const b = await workbench(own)
  const heads = [await b.agent.commit('a.txt', '1\n'), await b.agent.commit('a.txt', '2\n')]
  const [first, second] = await Promise.all(
    heads.map(async (head) => ({
      updates: [{ ref: 'refs/heads/main', new: head }],
      pack: await b.agent.pack(head),
    })),
  )
  if (!first || !second) throw new Error('two pushes')
  const firstAnswer = b.push(first)
  await firstLocked.happened
  const secondAnswer = b.push(second)
  await secondStored.happened
  await roundTrip(own)
  goOn.happen()
  expect((await firstAnswer).report[1]).toBe('ok refs/heads/main')
  expect((await secondAnswer).report[1]).toBe('ng refs/heads/main stale info; fetch first')
  expect(order).toEqual(['first locks', 'first commits', 'second locks'])
})

test('stock clients that race for a branch are told to fetch, and no lock is mentioned', async () => {
  const b = await workbench(w)
  await b.agent.commit('a.txt', 'base\n')
  await b.agent.ok('push', '-q', 'origin', 'main')
  const agents = await Promise.all(numbers(4).map(() => b.another()))
  for (const [i, agent] of agents.entries()) {
    await agent.ok('pull', '-q', 'origin', 'main')
    await agent.commit(`${i}.txt`, 'mine\n')
  }
  const runs = await Promise.all(agents.map((agent) => agent.git('push', 'origin', 'main')))
  expect(runs.filter((run) => run.code === 0)).toHaveLength(1)
  for (const run of runs.filter(({ code }) => code !== 0)) {
    expect(run.output).toMatch(/fetch first/)
    expect(run.output).not.toMatch(/lock/i)
  }
})

test('thirty pushes to different branches at once all land', async () => {
  const b = await workbench(w)
  const base = await b.agent.commit('a.txt', 'base\n')
  await b.agent.ok('push', '-q', 'origin', 'main')
  const branches = await Promise.all(
    numbers(30).map(async (i) => {
      const tree = await b.agent.ok('rev-parse', 'main^{tree}')
      const head = await b.agent.ok('commit-tree', '-p', base, '-m', `branch ${i}`, tree)
      const pack = await b.agent.pack(head, base)
      return { ref: `refs/heads/many/${i}`, head, pack }
    }),
  )
  const reports = await Promise.all(
    branches.map(({ ref, head, pack }) => b.push({ updates: [{ ref, new: head }], pack })),
  )
  expect(reports.map(({ report }) => report[1])).toEqual(branches.map(({ ref }) => `ok ${ref}`))
  const refs = await b.refs()
  expect(branches.map(({ ref }) => refs[ref])).toEqual(branches.map(({ head }) => head))
  const told = (await b.pushes()).flatMap((event) => event.data.refs.map((moved) => moved.ref))
  expect(told.toSorted()).toEqual(['refs/heads/main', ...branches.map(({ ref }) => ref)].toSorted())
  expect((await b.onServer('fsck', '--strict')).code).toBe(0)
})
