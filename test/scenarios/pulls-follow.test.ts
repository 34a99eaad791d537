/** Pull requests follow what stock git does to their branches; whoever asks after a push sees it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pullBench, type PullBench } from '../support/pulls.ts'
import { pushBody, raw, readBands } from '../support/raw-git.ts'
import { restWorld } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
let bench: PullBench
beforeAll(async () => {
  w = await restWorld()
  bench = await pullBench(w)
})
afterAll(() => w[Symbol.asyncDispose]())

const push = (...refspecs: string[]) => bench.git.ok('push', '-q', 'origin', ...refspecs)
const eventTypes = async (targetId: string) =>
  (await w.events()).filter((event) => event.targetId === targetId).map((event) => event.type)

test('its commits can be fetched as refs/pull/<n>/head, also when the branch is gone', async () => {
  const { number, branch, head } = await bench.pull({ 'a.txt': '1\n' })
  await bench.git.ok('fetch', '-q', 'origin', `refs/pull/${number}/head`)
  expect(await bench.git.ok('rev-parse', 'FETCH_HEAD')).toBe(head)
  const next = await bench.commit(branch, { 'a.txt': '2\n' })
  expect((await bench.read(number)).sourceSha).toBe(next) // who asks by REST waits for the ref as well
  expect(await bench.remote(`refs/pull/${number}/head`)).toBe(next)
  await push(`:${branch}`)
  expect(await bench.remote(`refs/pull/${number}/head`)).toBe(next)
  expect(await bench.read(number)).toMatchObject({ status: 'open', sourceSha: next })
})

test('nobody pushes to refs/pull, makes one there, or deletes one', async () => {
  const { number, head } = await bench.pull({ 'b.txt': '1\n' })
  const ref = `refs/pull/${number}/head`
  for (const refspec of [`+${bench.base}:${ref}`, `${head}:refs/pull/99/head`, `${head}:refs/pull/x`]) {
    const refused = await bench.git.git('push', 'origin', refspec)
    expect(refused.output).toContain('(reserved ref)')
  }
  const deletion = { ref, old: head, new: '0'.repeat(40) }
  const url = await bench.git.ok('remote', 'get-url', 'origin')
  const body = pushBody({ updates: [deletion] })
  const answer = await raw(bench.git, `${url}/git-receive-pack`, { body }) // stock git is not even shown it
  expect(readBands(answer.body).report).toContain(`ng ${ref} reserved ref`)
  expect(await bench.remote(ref)).toBe(head)
})

test('git push --mirror does not stumble over refs that it may not delete', async () => {
  const own = await pullBench(w)
  await own.pull({ 'a.txt': '1\n' })
  const pushed = await own.git.git('push', '--mirror', 'origin')
  expect(pushed.code, pushed.output).toBe(0)
  expect(await own.remote('refs/pull/1/head')).not.toBeNull()
})

test('a push to the source, forced or not, is seen by the next request and told by one event', async () => {
  const { id, number, branch } = await bench.pull({ 'c.txt': '1\n' })
  const second = await bench.commit(branch, { 'c.txt': '2\n' })
  expect((await bench.read(number)).sourceSha).toBe(second)
  const forced = await bench.commit(branch, { 'c.txt': '3\n' }, { from: bench.base })
  expect((await bench.read(number)).sourceSha).toBe(forced)
  expect(await bench.remote(`refs/pull/${number}/head`)).toBe(forced)
  expect(await eventTypes(id)).toEqual(['pr.opened', 'pr.updated', 'pr.updated'])
})

test('what the server keeps for itself is no event, and no push to the repository', async () => {
  const { branch } = await bench.pull({ 'd.txt': '1\n' })
  await bench.commit(branch, { 'd.txt': '2\n' })
  await bench.ask('owner', 'GET', '')
  const refs = (await w.pushes()).flatMap((event) => event.data.refs.map(({ ref }) => ref))
  expect(refs.filter((ref) => ref.startsWith('refs/pull/'))).toEqual([])
})

test('a push that lands the source marks it merged, for whoever pushed', async () => {
  const { id, number, branch, head } = await bench.pull({ 'e.txt': '1\n' })
  const target = await bench.remote('refs/heads/main')
  await bench.git.ok('checkout', '-q', '-B', 'landing', 'origin/main')
  await bench.git.ok('merge', '-q', '--no-ff', '-m', 'by hand', branch)
  await push('landing:main')
  const landed = await bench.git.ok('rev-parse', 'landing')
  expect(await bench.read(number)).toMatchObject({
    status: 'merged',
    mergedBy: bench.git.accountId,
    mergeCommitSha: landed,
    sourceSha: head,
    targetSha: target,
  })
  expect(await eventTypes(id)).toEqual(['pr.opened', 'pr.merged'])
  const commits = await bench.ask('owner', 'GET', `/${number}/commits`)
  expect(commits.json.map(({ sha }: { sha: string }) => sha)).toEqual([head])
})

test('source and target moved by one push, with more commits than an event lists', async () => {
  const { number, branch } = await bench.pull({ 'f.txt': '0\n' })
  await bench.git.ok('checkout', '-q', branch)
  for (let i = 0; i < 25; i++) await bench.git.ok('commit', '-q', '--allow-empty', '-m', `${i}`)
  const tip = await bench.git.ok('rev-parse', 'HEAD')
  await bench.git.ok('checkout', '-q', '-B', 'landing', 'origin/main')
  await bench.git.ok('merge', '-q', '--no-ff', '-m', 'by hand', tip)
  for (let i = 0; i < 25; i++) await bench.git.ok('commit', '-q', '--allow-empty', '-m', `on top ${i}`)
  await push('landing:main', `${tip}:${branch}`)
  expect(await bench.read(number)).toMatchObject({ status: 'merged', sourceSha: tip })
  expect(await bench.remote(`refs/pull/${number}/head`)).toBe(tip)
})

test('what a long push has landed of many that wait for its branch is found by one git, not by one for each', async () => {
  const { branch: target, head: before } = await bench.branch({ 'n.txt': '0\n' })
  const heads: string[] = []
  for (let i = 0; i < 12; i++) {
    await bench.git.ok('checkout', '-q', '-B', `many/${i}`, before)
    await bench.git.ok('commit', '-q', '--allow-empty', '-m', `many ${i}`)
    heads.push(await bench.git.ok('rev-parse', 'HEAD'))
  }
  await push(...heads.map((head, i) => `${head}:refs/heads/many/${i}`))
  const numbers: number[] = []
  for (let i = 0; i < 12; i++) numbers.push((await bench.open(`many/${i}`, { targetBranch: target })).number)
  await bench.git.ok('checkout', '-q', '-B', 'landing', before)
  await bench.git.ok('merge', '-q', '--no-ff', '-m', 'by hand', 'many/3', 'many/7')
  for (let i = 0; i < 25; i++) await bench.git.ok('commit', '-q', '--allow-empty', '-m', `on top ${i}`)
  const started = w.sluice.processesStarted()
  await push(`landing:${target}`)
  const read = await Promise.all(numbers.map((number) => bench.read(number)))
  expect(read.flatMap(({ status }, i) => (status === 'merged' ? [i] : []))).toEqual([3, 7])
  expect(w.sluice.processesStarted() - started).toBeLessThan(10)
})

test('landed and deleted by one push is merged', async () => {
  const { branch: target } = await bench.branch({ 'g.txt': '1\n' })
  const { branch, head } = await bench.branch({ 'g.txt': '2\n' }, { from: target })
  const { number } = await bench.open(branch, { targetBranch: target })
  await push(`${head}:${target}`, `:${branch}`)
  expect(await bench.read(number)).toMatchObject({ status: 'merged', mergeCommitSha: head, sourceSha: head })
})

test('a new target that holds the source has landed it; one that only moves has not', async () => {
  const { branch: target, head: before } = await bench.branch({ 'h.txt': '1\n' })
  const { number, head } = await bench.pull({ 'i.txt': '1\n' }, { targetBranch: target })
  const moved = await bench.commit(target, { 'h.txt': '2\n' })
  expect(await bench.read(number)).toMatchObject({ status: 'open', targetSha: moved })
  await push(`:${target}`)
  expect(await bench.read(number)).toMatchObject({ status: 'open', targetSha: moved })
  await push(`${before}:refs/heads/${target}`)
  expect(await bench.read(number)).toMatchObject({ status: 'open', targetSha: before })
  await push(`:${target}`)
  await push(`${head}:refs/heads/${target}`)
  expect(await bench.read(number)).toMatchObject({ status: 'merged', mergeCommitSha: head })
})

test('a closed one stays closed, whatever lands', async () => {
  const { branch: target } = await bench.branch({ 'j.txt': '1\n' })
  const { number, head } = await bench.pull({ 'k.txt': '1\n' }, { targetBranch: target })
  await bench.ask('owner', 'POST', `/${number}/close`)
  await push('--force', `${head}:${target}`)
  expect((await bench.read(number)).status).toBe('closed')
})

test('one push lands several, each into its own target or the same', async () => {
  const { branch: target } = await bench.branch({ 'l.txt': '1\n' })
  const first = await bench.branch({ 'm.txt': '1\n' }, { from: target })
  const second = await bench.branch({ 'm.txt': '2\n' }, { from: first.branch })
  const pulls = [first, second].map(({ branch }) => bench.open(branch, { targetBranch: target }))
  const numbers = (await Promise.all(pulls)).map((pull) => pull.number)
  await push(`${second.head}:${target}`)
  for (const number of numbers) {
    expect(await bench.read(number)).toMatchObject({ status: 'merged', mergeCommitSha: second.head })
  }
})
