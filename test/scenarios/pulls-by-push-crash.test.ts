/** The server is killed while a push is sent to a pull request: there is one exactly when its ref has moved. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '../support/actor.ts'
import { openHost, type Host } from '../support/host.ts'
import type { Step } from '../support/steps.ts'

interface Pull {
  readonly number: number
  readonly sourceSha: string
}

let host: Host
let agent: Actor
let base: string
beforeAll(async () => {
  host = await openHost()
  agent = await host.actor('agent')
  await agent.start(host.repoUrl)
  base = await agent.commit('README.md', 'first\n')
  await agent.ok('push', '-q', 'origin', 'main')
  await ask('PATCH', '', { protectedPush: 'open-pull-request' })
  await ask('PUT', '/protections/main', { requirePullRequest: true })
})
afterAll(() => host[Symbol.asyncDispose]())

async function ask(method: string, below: string, body?: object) {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
  const answer = await host.owner.fetch(`${host.server.url}/repos/acme/app${below}`, init)
  expect(answer.ok).toBe(true)
  return (await answer.json()) as unknown
}

const pulls = async () => (await ask('GET', '/pulls?limit=100')) as Pull[]

/** What the refs say: number to head. */
async function heads(): Promise<Record<number, string>> {
  const refs = [...(await host.refs())].flatMap(([ref, oid]) => {
    const number = /^refs\/pull\/(\d+)\/head$/.exec(ref)?.[1]
    return number === undefined ? [] : [[Number(number), oid] as const]
  })
  return Object.fromEntries(refs)
}

/** Pushes with nobody to answer, and starts the next server. */
async function dieAt(step: Step): Promise<void> {
  await host.server.arm({ what: 'SIGKILL', step })
  expect((await agent.git('push', host.repoUrl, 'main')).code).not.toBe(0)
  await host.server.ended
  await host.start()
}

async function newLine(): Promise<string> {
  await agent.ok('checkout', '-q', '-B', 'main', base)
  return agent.commit('a.txt', `${Math.random()}\n`)
}

test.each<[Step, 'made' | 'not made']>([
  ['before open', 'not made'],
  ['after open', 'made'],
  ['halfway commit', 'made'],
  ['before complete', 'made'],
  ['after complete', 'made'],
])('a kill %s: it is %s, with its ref, its row and one event each', async (step, fate) => {
  const [before, told] = [await pulls(), (await host.pushes()).length]
  const head = await newLine()
  await dieAt(step)
  const after = await pulls()
  const made = after.filter(({ number }) => !before.some((pull) => pull.number === number))
  expect(made.map(({ sourceSha }) => sourceSha)).toEqual(fate === 'made' ? [head] : [])
  expect(await host.pushes()).toHaveLength(told + made.length)
  expect(await heads()).toEqual(Object.fromEntries(after.map((pull) => [pull.number, pull.sourceSha])))
  expect((await host.refs()).get('refs/heads/main')).toBe(base)
})

test.each<[Step, 'moved' | 'as it was']>([
  ['before open', 'as it was'],
  ['after commit', 'moved'],
])('a kill %s of a further push leaves it %s, and the next push goes on from it', async (step, fate) => {
  const first = await newLine()
  await agent.ok('push', '-q', host.repoUrl, 'main')
  const [opened] = await pulls()
  const next = await agent.commit('b.txt', 'more\n')
  await dieAt(step)
  const [found] = await pulls()
  expect(found).toMatchObject({ number: opened?.number, sourceSha: fate === 'moved' ? next : first })
  expect((await heads())[found?.number ?? 0]).toBe(found?.sourceSha)
  await agent.ok('push', '-q', host.repoUrl, 'main')
  expect((await pulls())[0]).toMatchObject({ number: opened?.number, sourceSha: next })
})
