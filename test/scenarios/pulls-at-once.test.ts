/** Merges, pushes and closings of the same pull requests at the same moment. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pullBench, type PullBench } from '../support/pulls.ts'
import { restWorld } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
let bench: PullBench
beforeAll(async () => {
  w = await restWorld()
  bench = await pullBench(w)
})
afterAll(() => w[Symbol.asyncDispose]())

const merge = (number: number, body: object = {}) => bench.ask('owner', 'POST', `/${number}/merge`, body)

test.each(['merge', 'squash', 'rebase', 'fast_forward'])(
  'of several merges of one pull request at once one lands, the others are 422 (%s)',
  async (strategy) => {
    const { branch: target, head: before } = await bench.branch({ 'a.txt': `${strategy}\n` })
    const { branch } = await bench.branch({ [`${strategy}.txt`]: 'x\n' }, { from: target })
    const { id, number } = await bench.open(branch, { targetBranch: target })
    const answers = await Promise.all([1, 2, 3, 4].map(() => merge(number, { strategy })))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 422, 422, 422])
    const [landed] = answers.filter(({ status }) => status === 200)
    const tip = await bench.remote(`refs/heads/${target}`)
    expect(tip).toBe(landed?.json.mergeCommitSha)
    await bench.git.ok('fetch', '-q', 'origin')
    const made = await bench.git.ok('rev-list', '--first-parent', '--count', `${before}..${tip}`)
    expect(made).toBe('1')
    const events = (await w.events()).filter((event) => event.targetId === id)
    expect(events.map((event) => event.type)).toEqual(['pr.opened', 'pr.merged'])
  },
)

test('many pull requests merged into one branch at once all land', async () => {
  const { branch: target } = await bench.branch({ 'b.txt': '0\n' })
  const numbers: number[] = []
  for (let i = 0; i < 6; i++) {
    numbers.push((await bench.pull({ [`b-${i}.txt`]: 'x\n' }, { targetBranch: target })).number)
  }
  const strategies = ['merge', 'squash', 'rebase']
  const answers = await Promise.all(numbers.map((n, i) => merge(n, { strategy: strategies[i % 3] })))
  expect(answers.map(({ status }) => status)).toEqual(numbers.map(() => 200))
  await bench.git.ok('fetch', '-q', 'origin', target)
  const files = (await bench.git.ok('ls-tree', '--name-only', 'FETCH_HEAD')).split('\n')
  expect(files.filter((file) => file.startsWith('b-'))).toHaveLength(6)
})

test('pushes to both branches while it is merged: no answer is a fault of the server’s', async () => {
  const { branch: target } = await bench.branch({ 'c.txt': '0\n' })
  for (let round = 0; round < 3; round++) {
    const { number, branch } = await bench.pull({ [`c-${round}.txt`]: 'x\n' }, { targetBranch: target })
    const pushes = ['target', 'source'].map(async (which) => {
      const to = which === 'target' ? target : branch
      const clone = await w.actor(which, { accountId: bench.git.accountId })
      await clone.ok('clone', '-q', '-b', to, await bench.git.ok('remote', 'get-url', 'origin'), '.')
      for (let i = 0; i < 3; i++) {
        await clone.commit(`${which}-${round}-${i}.txt`, 'x')
        const pushed = await clone.git('push', 'origin', `HEAD:${to}`)
        expect(pushed.output).not.toMatch(/internal error|HTTP 5|outcome unknown/i)
        if (pushed.code !== 0) await clone.ok('pull', '-q', '--no-rebase', '--no-edit', 'origin', to)
      }
    })
    const merges = [1, 2, 3].map(async () => merge(number))
    const answers = await Promise.all(merges)
    await Promise.all(pushes)
    for (const { status, text } of answers) expect([200, 409, 422], text).toContain(status)
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect((await bench.read(number)).status).toBe('merged')
  }
})

test('closed and merged at once: one of the two happens', async () => {
  for (let round = 0; round < 4; round++) {
    const { number } = await bench.pull({ [`d-${round}.txt`]: 'x\n' })
    const before = await bench.remote('refs/heads/main')
    const [merged, closed] = await Promise.all([
      merge(number),
      bench.ask('owner', 'POST', `/${number}/close`),
    ])
    const after = await bench.read(number)
    const isMerged = after.status === 'merged'
    expect([merged.status, closed.status]).toEqual(isMerged ? [200, 409] : [422, 200])
    expect((await bench.remote('refs/heads/main')) !== before).toBe(isMerged)
  }
})
