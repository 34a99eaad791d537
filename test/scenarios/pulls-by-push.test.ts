/** A push to a protected branch that opens a pull request, as stock git shows it and as REST goes on from it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runGit, type Actor, type GitRun } from '../support/actor.ts'
import { pullBench, type PullBench } from '../support/pulls.ts'
import { pushBody, raw, readBands } from '../support/raw-git.ts'
import { restWorld } from '../support/rest.ts'
import { fakeToken } from '../support/scanned.ts'
import type { World } from '../support/world.ts'
import { newerGit } from '../support/newer-git.ts'

const NEW_GIT = newerGit()

let w: World
/** Its `main` needs pull requests, and pushes to it open them. */
let bench: PullBench
let writer: Actor
beforeAll(async () => {
  w = await restWorld()
  bench = await openBench()
  writer = await clone('writer')
})
afterAll(() => w[Symbol.asyncDispose]())

async function openBench(rule: object = { requirePullRequest: true }): Promise<PullBench> {
  const made = await pullBench(w)
  await made.giveRole('writer', 'writer')
  await made.giveRole('reader', 'reader')
  await set(made, 'open-pull-request')
  await protect(made, 'main', rule)
  return made
}

async function set({ stage, repo }: PullBench, protectedPush: string): Promise<void> {
  const answer = await stage.ask('owner', 'PATCH', `/repos/${stage.org}/${repo.slug}`, { protectedPush })
  expect([answer.status, answer.json.protectedPush]).toEqual([200, protectedPush])
}

async function protect({ stage, repo }: PullBench, branch: string, rule: object): Promise<void> {
  const path = `/repos/${stage.org}/${repo.slug}/protections/${branch}`
  expect([200, 201]).toContain((await stage.ask('owner', 'PUT', path, rule)).status)
}

/** Somebody of the stage with a clone of his own. */
async function clone(who: string, of = bench): Promise<Actor> {
  const actor = await w.actor(who, { accountId: of.stage.accountOf(who) })
  await actor.start(`${w.url}/${of.stage.org}/${of.repo.slug}.git`)
  await actor.ok('pull', '-q', 'origin', 'main')
  await actor.ok('fetch', '-q', 'origin')
  return actor
}

/** Puts a clone back to what `main` is on the server. */
async function begin(actor: Actor): Promise<void> {
  await actor.ok('fetch', '-q', 'origin')
  await actor.ok('checkout', '-q', '-B', 'main', 'origin/main')
}

let files = 0
const commit = (actor: Actor, message?: string) => actor.commit(`f${++files}.txt`, 'x\n', message)

function numberIn({ output }: GitRun): number {
  return Number(/pull request #(\d+)/.exec(output)?.[1] ?? NaN)
}

/** Commits and pushes to main; the number of the pull request. */
async function pushNew(actor: Actor, ...options: string[]) {
  await begin(actor)
  const head = await commit(actor)
  const pushed = await actor.git('push', ...options, 'origin', 'main')
  expect(pushed.code, pushed.output).toBe(0)
  return { head, number: numberIn(pushed), output: pushed.output }
}

async function mains(of = bench): Promise<string | null> {
  return of.remote('refs/heads/main')
}

const GITS: readonly (readonly [string, Record<string, string>])[] = [
  ['git of this machine', {}],
  ...(NEW_GIT ? [['a newer git', { PATH: `${NEW_GIT}:${process.env['PATH'] ?? ''}` }] as const] : []),
]

test.each(GITS)('%s ends with 0, names the pull request, and moves no branch anywhere', async (_, env) => {
  await begin(writer)
  const before = await mains()
  const head = await commit(writer, 'Burn longer')
  const pushed = await writer.gitWith({ env }, 'push', 'origin', 'main')
  expect(pushed.code, pushed.output).toBe(0)
  const number = numberIn(pushed)
  expect(pushed.output).toContain(`remote: opened pull request #${number}: ${w.url}${bench.path}/${number}`)
  expect(pushed.output).toContain(`* [new reference]   main -> refs/pull/${number}/head`)
  expect(await mains()).toBe(before)
  expect(await writer.ok('rev-parse', 'origin/main')).toBe(before)
  expect(await bench.remote(`refs/pull/${number}/head`)).toBe(head)
  expect(await bench.read(number)).toMatchObject({
    number,
    authorId: bench.stage.accountOf('writer'),
    sourceBranch: null,
    targetBranch: 'main',
    sourceSha: head,
    targetSha: before,
    title: 'Burn longer',
    description: null,
    status: 'open',
  })
})

test('it is told as a push to the new ref that says where it was for, and as an opened pull request', async () => {
  const { head, number } = await pushNew(writer)
  const [push, opened] = (await w.events()).filter((e) => e.repoId === bench.repo.id).slice(-2)
  const { id } = await bench.read(number)
  expect(push).toMatchObject({
    type: 'push',
    actorId: bench.stage.accountOf('writer'),
    data: {
      via: 'git',
      refs: [
        {
          ref: `refs/pull/${number}/head`,
          kind: 'create',
          newOid: head,
          redirected: { from: 'refs/heads/main', pullRequest: { id, number, targetBranch: 'main' } },
        },
      ],
    },
  })
  const data = { number, sourceBranch: null, targetBranch: 'main', sourceSha: head }
  expect(opened).toMatchObject({ type: 'pr.opened', targetId: id, data })
})

test('it can be merged, and the branch has it then; nothing of it is left open', async () => {
  const { head, number } = await pushNew(writer)
  const { mergeability, strategies } = (await bench.ask('writer', 'GET', `/${number}/mergeability`)).json
  expect([mergeability, strategies.fast_forward]).toEqual(['clean', true])
  const body = { strategy: 'merge', deleteSourceBranch: true }
  const merged = await bench.ask('writer', 'POST', `/${number}/merge`, body)
  expect([merged.status, merged.json.sourceBranchDeleted]).toEqual([200, false])
  expect(await mains()).toBe(merged.json.mergeCommitSha)
  expect(await bench.read(number)).toMatchObject({ status: 'merged', sourceSha: head })
  await begin(writer)
  expect(await writer.ok('log', '-1', '--format=%s')).toBe(`Merge pull request #${number}`)
  expect(await writer.ok('rev-parse', 'HEAD^2')).toBe(head)
})

describe('a further push to the same branch', () => {
  test('of the same pusher that goes on from it moves it', async () => {
    const { head, number } = await pushNew(writer)
    const next = await commit(writer, 'more')
    const pushed = await writer.git('push', 'origin', 'main')
    expect([pushed.code, numberIn(pushed)]).toEqual([0, number])
    expect(pushed.output).toContain(`remote: updated pull request #${number}: `)
    expect(pushed.output).toMatch(
      new RegExp(`${head.slice(0, 7)}\\.\\.${next.slice(0, 7)} +main -> refs/pull/`),
    )
    expect(await bench.read(number)).toMatchObject({ status: 'open', sourceSha: next })
    const { json } = await bench.ask('owner', 'GET', `/${number}/commits`)
    expect(json.map(({ sha }: { sha: string }) => sha)).toEqual([next, head])
    const updated = await bench.stage.lastEvent(bench.repo.id)
    expect(updated).toMatchObject({
      type: 'pr.updated',
      data: { number, sourceSha: next, changed: ['sourceSha'], before: { sourceSha: head } },
    })
  })

  test('of the very same commit changes nothing', async () => {
    const { head, number } = await pushNew(writer)
    const again = await writer.git('push', 'origin', 'main')
    expect([again.code, numberIn(again)]).toEqual([0, number])
    expect(again.output).toContain(`remote: pull request #${number} has this already: `)
    expect(await bench.read(number)).toMatchObject({ status: 'open', sourceSha: head })
  })

  test('that does not go on from it opens another, and `-o pull=` replaces it', async () => {
    const first = await pushNew(writer)
    const second = await pushNew(writer)
    expect(second.number).toBeGreaterThan(first.number)
    await writer.ok('commit', '-q', '--amend', '-m', 'better')
    const better = await writer.ok('rev-parse', 'HEAD')
    const pushed = await writer.git('push', '-o', `pull=${second.number}`, 'origin', 'main')
    expect([pushed.code, numberIn(pushed)]).toEqual([0, second.number])
    expect(pushed.output).toMatch(/\+ \w+\.\.\.\w+ +main -> refs\/pull\/\d+\/head \(forced update\)/)
    expect(await bench.read(second.number)).toMatchObject({ sourceSha: better, title: expect.any(String) })
    expect(await bench.read(first.number)).toMatchObject({ sourceSha: first.head, status: 'open' })
  })

  test('opens another one with `-o pull=new`, with the title and the description that it says', async () => {
    const { number } = await pushNew(writer)
    await commit(writer)
    const options = ['-o', 'pull=new', '-o', 'title=Fly = higher', '-o', 'description=why not']
    const pushed = await writer.git('push', ...options, 'origin', 'main')
    expect(numberIn(pushed)).toBeGreaterThan(number)
    expect(await bench.read(numberIn(pushed))).toMatchObject({
      title: 'Fly = higher',
      description: 'why not',
    })
    await commit(writer)
    await writer.ok('push', '-q', '-o', 'title=Fly low', 'origin', 'main')
    expect(await bench.read(numberIn(pushed))).toMatchObject({ title: 'Fly low', description: 'why not' })
  })

  test('of somebody else, or of another agent, opens one of his own', async () => {
    const { head, number } = await pushNew(writer)
    const owner = await clone('owner')
    await owner.ok('fetch', '-q', 'origin', `refs/pull/${number}/head`)
    await owner.ok('reset', '-q', '--hard', 'FETCH_HEAD')
    await commit(owner)
    const others = [numberIn(await owner.git('push', 'origin', 'main'))]
    const agentId = '0199c0de-0000-7000-8000-00000000a9e7'
    await commit(writer)
    const asAgent = ['-c', `http.extraHeader=X-Agent-Id: ${agentId}`]
    others.push(numberIn(await writer.git(...asAgent, 'push', 'origin', 'main')))
    expect(new Set([number, ...others]).size).toBe(3)
    expect(await bench.read(number)).toMatchObject({ sourceSha: head })
  })

  test('opens another one when the first is closed, and a closed or foreign one cannot be named', async () => {
    const { number } = await pushNew(writer)
    await bench.ask('writer', 'POST', `/${number}/close`)
    await commit(writer)
    const named = await writer.git('push', '-o', `pull=${number}`, 'origin', 'main')
    expect(named.output).toContain(`pull request #${number} is no open one of pushes to it`)
    const ofBranch = await bench.pull({ 'x.txt': 'x' })
    const foreign = await writer.git('push', '-o', `pull=${ofBranch.number}`, 'origin', 'main')
    expect(foreign.output).toContain(`pull request #${ofBranch.number} is no open one of pushes to it`)
    const odd = await writer.git('push', '-o', 'pull=mine', 'origin', 'main')
    expect(odd.output).toContain('-o pull=… is a number or new')
    for (const { output } of [named, foreign, odd]) {
      expect(output).toMatch(/remote: refs\/heads\/main: say -o pull=<number .*-o pull=new/)
      expect(output).not.toContain('push to another branch')
    }
    expect(numberIn(await writer.git('push', 'origin', 'main'))).toBeGreaterThan(number)
  })

  test('may come after it was closed and opened again', async () => {
    const { head, number } = await pushNew(writer)
    await bench.ask('writer', 'POST', `/${number}/close`)
    const reopened = await bench.ask('writer', 'POST', `/${number}/reopen`)
    expect([reopened.status, reopened.json.sourceSha]).toEqual([200, head])
    await commit(writer)
    expect(numberIn(await writer.git('push', 'origin', 'main'))).toBe(number)
  })
})

test('of several refs each goes where it may: a branch moves, the protected one is redirected', async () => {
  await begin(writer)
  const head = await commit(writer)
  const pushed = await writer.git('push', '--atomic', 'origin', 'main', `main:mixed`)
  expect(pushed.code, pushed.output).toBe(0)
  expect(pushed.output).toContain('* [new branch]      main -> mixed')
  expect(pushed.output).toContain(`main -> refs/pull/${numberIn(pushed)}/head`)
  expect(await bench.remote('refs/heads/mixed')).toBe(head)
  expect(await bench.read(numberIn(pushed))).toMatchObject({ sourceSha: head, status: 'open' })
})

test('two at once of one account, from clones that know nothing of each other, get one each', async () => {
  const clones = [writer, await clone('writer')]
  const pushed = await Promise.all(clones.map((actor) => pushNew(actor)))
  expect(new Set(pushed.map(({ number }) => number)).size).toBe(2)
  for (const { head, number } of pushed) expect(await bench.read(number)).toMatchObject({ sourceSha: head })
})

test('a program that pushes with -o json reads it as objects of their own lines', async () => {
  await begin(writer)
  await commit(writer)
  const { output } = await writer.git('push', '-o', 'json', 'origin', 'main')
  const number = Number(/refs\/pull\/(\d+)\/head/.exec(output)?.[1])
  const lines = output.split('\n').flatMap((line) => /^remote: (\{.*\})/.exec(line)?.[1] ?? [])
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    { ref: 'refs/heads/main', ok: true, redirectedTo: `refs/pull/${number}/head` },
    {
      ref: 'refs/heads/main',
      pullRequest: { number, url: `${w.url}${bench.path}/${number}`, outcome: 'opened' },
    },
  ])
})

test('who may push to it lands it, and the pull request is merged by that', async () => {
  const of = await openBench()
  await protect(of, 'main', { requirePullRequest: true, allow: [of.stage.accountOf('owner')] })
  const { head, number } = await pushNew(await clone('writer', of))
  await of.git.ok('fetch', '-q', 'origin', `refs/pull/${number}/head`)
  await of.git.ok('push', '-q', 'origin', 'FETCH_HEAD:refs/heads/main')
  expect(await mains(of)).toBe(head)
  expect(await of.read(number)).toMatchObject({ status: 'merged', mergeCommitSha: head })
})

describe('nothing is redirected', () => {
  const REFUSED = '! [remote rejected] main -> main (branch is protected: '

  test('where the repository does not say so: refused as ever, with what to do instead', async () => {
    const of = await openBench()
    await set(of, 'refuse')
    const actor = await clone('writer', of)
    await commit(actor)
    const pushed = await actor.git('push', 'origin', 'main')
    expect([pushed.code, pushed.output]).toEqual([
      1,
      expect.stringContaining(`${REFUSED}needs a pull request)`),
    ])
    expect(pushed.output).toContain('push to another branch and open a pull request')
    expect((await of.ask('owner', 'GET', '')).json).toEqual([])
  })

  test('for who may not write: 403, and no pull request', async () => {
    const reader = await clone('reader')
    await commit(reader)
    const pushed = await reader.git('push', 'origin', 'main')
    expect([pushed.code, pushed.output]).toEqual([128, expect.stringContaining('403')])
  })

  test('for a token that may not push to the branch: it may open no pull request by a push to it either', async () => {
    const { stage, repo } = bench
    const allowed = { type: 'git_repository', identifier: repo.id, actions: ['write'] }
    const authorizationDetails = [{ ...allowed, refs: ['refs/heads/topic/*'] }]
    const agent = await w.actor('agent', { accountId: stage.accountOf('writer'), authorizationDetails })
    await agent.start(`${w.url}/${stage.org}/${repo.slug}.git`)
    await agent.ok('pull', '-q', 'origin', 'main')
    await commit(agent)
    const pushed = await agent.git('push', 'origin', 'main')
    expect([pushed.code, pushed.output]).toEqual([1, expect.stringContaining('token does not allow this')])
  })

  test('for a token that may not force its branch: it replaces no pull request by `-o pull=` (pull-force-regression)', async () => {
    const { stage, repo } = bench
    const owner = await clone('owner')
    const { head, number } = await pushNew(owner)
    const allowed = { type: 'git_repository', identifier: repo.id, actions: ['write'] }
    const authorizationDetails = [{ ...allowed, refRules: [{ ref: 'refs/heads/*', deny: ['force'] }] }]
    const agent = await w.actor('agent', { accountId: stage.accountOf('writer'), authorizationDetails })
    await agent.start(`${w.url}/${stage.org}/${repo.slug}.git`)
    await agent.ok('pull', '-q', 'origin', 'main')
    await commit(agent)
    const forced = await agent.git('push', '-o', `pull=${number}`, 'origin', 'main')
    expect([forced.code, forced.output]).toEqual([1, expect.stringContaining('no forced update')])
    expect(await bench.remote(`refs/pull/${number}/head`)).toBe(head)
    await agent.ok('fetch', '-q', 'origin', `refs/pull/${number}/head`)
    await agent.ok('merge', '-q', '--no-edit', 'FETCH_HEAD')
    const goneOn = await agent.git('push', '-o', `pull=${number}`, 'origin', 'main')
    expect([goneOn.code, numberIn(goneOn)]).toEqual([0, number])
  })

  test('where a rule lets nobody push, nor for a branch that is to be made, deleted or held against force only', async () => {
    const of = await openBench({ push: 'none', requirePullRequest: true })
    const actor = await clone('writer', of)
    await commit(actor)
    expect((await actor.git('push', 'origin', 'main')).output).toContain(`${REFUSED}nobody may push)`)
    await protect(of, 'main', { requirePullRequest: true })
    await protect(of, 'release', { requirePullRequest: true })
    expect((await actor.git('push', 'origin', 'main:release')).output).toContain('needs a pull request')
    expect((await actor.git('push', 'origin', ':main')).output).toContain('no deletion')
    await protect(of, 'main', {})
    await actor.ok('commit', '-q', '--amend', '-m', 'other')
    await actor.ok('push', '-q', 'origin', 'main')
    await actor.ok('commit', '-q', '--amend', '-m', 'another')
    expect((await actor.git('push', '-f', 'origin', 'main')).output).toContain(`${REFUSED}no forced update)`)
    expect((await of.ask('owner', 'GET', '')).json).toEqual([])
  })

  test('for a client that could not be told: it would take the branch for moved', async () => {
    await begin(writer)
    const head = await commit(writer)
    const updates = [{ ref: 'refs/heads/main', old: (await mains()) ?? '', new: head }]
    const body = pushBody({ updates, pack: await writer.pack(head) })
    const url = `${w.url}/${bench.stage.org}/${bench.repo.slug}.git/git-receive-pack`
    const { report, progress } = readBands((await raw(writer, url, { body })).body)
    expect(report).toEqual(['unpack ok', 'ng refs/heads/main branch is protected: needs a pull request'])
    expect(progress).toContain('this client could not be told that a pull request was opened instead')
  })

  test('when a later check refuses it: neither is there a pull request, nor is anything of it kept', async () => {
    const of = await openBench()
    const { stage, repo } = of
    await stage.ask('owner', 'PUT', `/repos/${stage.org}/${repo.slug}/scan`, { enabled: true })
    const actor = await clone('writer', of)
    const head = await actor.commit('key.txt', fakeToken())
    const pushed = await actor.git('push', 'origin', 'main')
    expect([pushed.code, pushed.output]).toEqual([
      1,
      expect.stringMatching(/! \[remote rejected\] main -> main \(secret found/),
    ])
    expect((await of.ask('owner', 'GET', '')).json).toEqual([])
    expect((await of.git.git('fetch', 'origin', head)).code).not.toBe(0)
  })

  test('when it would hold nothing new, or is no commit', async () => {
    const of = await openBench()
    await protect(of, 'main', {})
    await of.git.ok('checkout', '-q', 'main')
    await commit(of.git)
    await of.git.ok('push', '-q', 'origin', 'main')
    await protect(of, 'main', { requirePullRequest: true })
    const back = await of.git.git('push', '-f', 'origin', 'HEAD~1:main')
    expect(back.output).toContain('a pull request of this would hold nothing new')
    await commit(of.git)
    await of.git.ok('tag', '-a', '-m', 'T', 'v1')
    const tag = await of.git.git('push', 'origin', 'v1:refs/heads/main')
    expect(tag.output).toContain('a branch must point at a commit')
    expect((await of.ask('owner', 'GET', '')).json).toEqual([])
  })

  test('by REST, which names the branch that it writes', async () => {
    const { stage, repo } = bench
    const changes = [{ path: 'r.txt', action: 'put', content: 'r', encoding: 'utf-8' }]
    const path = `/repos/${stage.org}/${repo.slug}/commits`
    const answer = await stage.ask('writer', 'POST', path, { branch: 'main', message: 'm', changes })
    expect([answer.status, answer.json.error.details.refusal]).toEqual([403, 'BRANCH_PROTECTED'])
  })
})

test('one whose commits the branch has by now, though nobody has closed it yet, is not gone on with-regression', async () => {
  const first = await pushNew(writer)
  expect(await bench.remote('refs/heads/main')).not.toBe(first.head)
  await runGit(['update-ref', 'refs/heads/main', first.head], { cwd: w.sluice.pathOf(bench.repo.id) }) // unseen by who closes it
  const second = await pushNew(writer)
  expect(second.number).toBeGreaterThan(first.number)
  expect(await bench.read(first.number)).toMatchObject({ sourceSha: first.head })
})
