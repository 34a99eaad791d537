/** Many write to one branch at once, by REST and by git; nobody sees a race, and nothing is lost. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '../support/actor.ts'
import { expectStillSound } from '../support/still-sound.ts'
import { workbench, type Workbench } from '../support/workbench.ts'
import { world, type World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await world()
  await w.agent.start(w.repo.url)
})
afterAll(() => w[Symbol.asyncDispose]())

async function commit(b: Workbench, who: Actor, fields: Record<string, unknown>): Promise<Response> {
  const body = JSON.stringify({ branch: 'main', message: 'a change', ...fields })
  const url = b.repo.url.replace(/^(https?:\/\/[^/]+)(.*)\.git$/, '$1/repos$2/commits')
  return who.fetch(url, { method: 'POST', body })
}

const put = (path: string, content: string) => ({ action: 'put', path, content })

async function landed(answer: Response): Promise<string> {
  const text = await answer.text()
  if (answer.status !== 201) throw new Error(`${answer.status} ${text}`)
  return (JSON.parse(text) as { sha: string }).sha
}

async function historyOf(b: Workbench, ref: string): Promise<string[]> {
  const { stdout } = await b.onServer('rev-list', '--reverse', '--parents', ref)
  return stdout.trim().split('\n')
}

test('50 writers of one branch all land, one upon the other, and each file is there', async () => {
  const b = await workbench(w)
  await landed(await commit(b, b.agent, { changes: [put('base', '')] }))
  const writers = Array.from({ length: 50 }, async (_, writer) => {
    const shas: string[] = []
    for (const n of [0, 1, 2])
      shas.push(await landed(await commit(b, b.agent, { changes: [put(`w/${writer}/${n}`, `${writer}\n`)] })))
    return shas
  })
  const shas = (await Promise.all(writers)).flat()
  const history = (await historyOf(b, 'main')).map((line) => line.split(' '))
  expect(history.slice(1).every((line) => line.length === 2)).toBe(true)
  expect(new Set(history.slice(1).map(([sha]) => sha))).toEqual(new Set(shas))
  expect((await b.onServer('ls-tree', '-r', '--name-only', 'main')).stdout.trim().split('\n')).toHaveLength(
    151,
  )
  const events = await b.pushes()
  expect(events.map(({ data }) => data.refs[0]?.newOid)).toEqual(history.map(([sha]) => sha))
  await expectStillSound(w)
})

test('commits that meet pushes on their branch are made again, and the client sees nothing of it', async () => {
  const b = await workbench(w)
  await landed(await commit(b, b.agent, { changes: [put('base', '')] }))
  const pusher = await b.another()
  let pushed = 0
  const push = async () => {
    for (let n = 0; n < 6; n++) {
      await pusher.ok('pull', '-q', '--no-rebase', '--no-edit', 'origin', 'main')
      await pusher.commit(`pushed/${n}`, `${n}`)
      if ((await pusher.git('push', '-q', 'origin', 'HEAD:main')).code === 0) pushed++
    }
  }
  const write = async (writer: number) => {
    for (let n = 0; n < 10; n++)
      await landed(await commit(b, b.agent, { changes: [put(`rest/${writer}/${n}`, '')] }))
  }
  await Promise.all([push(), write(0), write(1), write(2)])
  const { stdout } = await b.onServer('ls-tree', '-r', '--name-only', 'main')
  const files = stdout.trim().split('\n')
  expect(files.filter((path) => path.startsWith('rest/'))).toHaveLength(30)
  expect(files.filter((path) => path.startsWith('pushed/')).length).toBeGreaterThanOrEqual(pushed)
  expect((await b.onServer('fsck', '--strict', '--no-dangling')).output).toBe('')
})

test('somebody with one commit does not wait for all of somebody else who has a hundred in line', async () => {
  const b = await workbench(w)
  await landed(await commit(b, b.agent, { changes: [put('base', '')] }))
  const other = await w.actor('other')
  const given = await w.owner.fetch(
    b.repo.url.replace(/^(https?:\/\/[^/]+)(.*)\.git$/, `$1/repos$2/collaborators/${other.accountId}`),
    { method: 'PUT', body: JSON.stringify({ role: 'writer' }) },
  )
  expect(given.status).toBe(201)
  const crowd = Array.from({ length: 100 }, (_, n) =>
    commit(b, b.agent, { changes: [put(`crowd/${n}`, '')] }).then(landed),
  )
  await Promise.race(crowd)
  const single = await landed(await commit(b, other, { changes: [put('single', '')] }))
  const before = (await historyOf(b, 'main')).findIndex((line) => line.startsWith(single))
  await Promise.all(crowd)
  expect(before).toBeGreaterThan(0)
  expect(before).toBeLessThan(70)
})

test('of many who expect the same head exactly one lands', async () => {
  const b = await workbench(w)
  const expectedHead = await landed(await commit(b, b.agent, { changes: [put('base', '')] }))
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, n) =>
      commit(b, b.agent, { expectedHead, changes: [put('a', String(n))] }),
    ),
  )
  expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(11).fill(412)])
  expect(await historyOf(b, 'main')).toHaveLength(2)
})

test('writers of many branches do not wait for each other, and make them all', async () => {
  const b = await workbench(w)
  await landed(await commit(b, b.agent, { changes: [put('base', '')] }))
  const made = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      commit(b, b.agent, { branch: `b/${n}`, changes: [put('a', String(n))] }),
    ),
  )
  expect(made.map(({ status }) => status)).toEqual(Array<number>(20).fill(201))
  expect(Object.keys(await b.refs())).toHaveLength(21)
})
