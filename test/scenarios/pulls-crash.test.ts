/** The server is killed in the middle of a merge, or of keeping a ref; the next start ends what was begun. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '../support/actor.ts'
import type { Step } from '../support/steps.ts'
import { openHost, type Host } from '../support/host.ts'

let host: Host
let agent: Actor
beforeAll(async () => {
  host = await openHost()
  agent = await host.actor('agent')
  await agent.start(host.repoUrl)
  await agent.commit('README.md', 'first\n')
  await agent.ok('push', '-q', 'origin', 'main')
})
afterAll(() => host[Symbol.asyncDispose]())

const ask = async (method: string, below: string, body?: object) => {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
  const answer = await host.owner.fetch(`${host.server.url}/repos/acme/app/pulls${below}`, init)
  return { status: answer.status, json: (await answer.json()) as Record<string, unknown> }
}

let branches = 0
/** A new branch with a commit on top of `main`, pushed to the server of now. */
async function newBranch(): Promise<string> {
  const branch = `topic-${++branches}`
  await agent.ok('fetch', '-q', host.repoUrl, 'main')
  await agent.ok('checkout', '-q', '-b', branch, 'FETCH_HEAD')
  await agent.commit(`${branch}.txt`, 'x\n')
  await agent.ok('push', '-q', host.repoUrl, branch)
  return branch
}
const open = (sourceBranch: string) => ask('POST', '', { sourceBranch, targetBranch: 'main', title: 'T' })

/** Nobody answers: the server is gone. */
async function dieAt(step: Step, work: () => Promise<unknown>): Promise<void> {
  await host.server.arm({ what: 'SIGKILL', step })
  await expect(work()).rejects.toThrow('fetch failed')
  await host.server.ended
  await host.start()
}

test.each<[string, Step]>([
  ['squash', 'after open'],
  ['squash', 'after commit'],
  ['rebase', 'before complete'],
  ['squash', 'after complete'],
  ['merge', 'after commit'],
])(
  'a %s that was cut off %s is finished by the next start: branch, row and event',
  async (strategy, step) => {
    const branch = await newBranch()
    const { number } = (await open(branch)).json
    const before = await host.refs()
    const pushes = await host.pushes()
    await dieAt(step, () => ask('POST', `/${String(number)}/merge`, { strategy }))
    const after = (await host.refs()).get('refs/heads/main')
    expect(after).not.toBe(before.get('refs/heads/main'))
    expect((await ask('GET', `/${String(number)}`)).json).toMatchObject({
      status: 'merged',
      mergedBy: host.owner.accountId,
      mergeCommitSha: after,
      sourceSha: before.get(`refs/heads/${branch}`),
      targetSha: before.get('refs/heads/main'),
    })
    expect((await ask('POST', `/${String(number)}/merge`, { strategy })).status).toBe(422)
    expect(await host.pushes()).toHaveLength(pushes.length + 1)
  },
)

test('a merge that was cut off before anything was decided has not happened, and can be done again', async () => {
  const { number } = (await open(await newBranch())).json
  const before = await host.refs()
  await dieAt('before open', () => ask('POST', `/${String(number)}/merge`, { strategy: 'squash' }))
  expect(await host.refs()).toEqual(before)
  expect((await ask('GET', `/${String(number)}`)).json).toMatchObject({ status: 'open' })
  expect((await ask('POST', `/${String(number)}/merge`, { strategy: 'squash' })).status).toBe(200)
})

test.each<Step>(['before open', 'after commit'])(
  'one that was opened when the server died %s of its ref has the ref after the next start',
  async (step) => {
    const branch = await newBranch()
    await dieAt(step, () => open(branch))
    const [pull] = (await ask('GET', '?status=open&limit=1')).json as unknown as { number: number }[]
    const refs = await host.refs()
    expect(refs.get(`refs/pull/${pull?.number}/head`)).toBe(refs.get(`refs/heads/${branch}`))
  },
)

test('a push whose news nobody had followed is followed at the next start, and once', async () => {
  const branch = await newBranch()
  const { number } = (await open(branch)).json
  await agent.commit('more.txt', 'more\n')
  await host.server.arm({ what: 'SIGKILL', step: 'after complete' })
  await agent.git('push', host.repoUrl, branch, `${branch}:main`)
  await host.server.ended
  for (let starts = 0; starts < 2; starts++) {
    await host.start()
    const main = (await host.refs()).get('refs/heads/main')
    const merged = { status: 'merged', mergeCommitSha: main, sourceSha: main }
    expect((await ask('GET', `/${String(number)}`)).json).toMatchObject(merged)
    await host.server.kill()
  }
})
