/** A push through a gate lands at the upstream, in every shape that git knows, and here only where it landed there. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Push } from '../../src/kernel/policy.ts'
import { UPSTREAM } from '../../src/kernel/principal.ts'
import type { Repository } from '../../src/kernel/repository.ts'
import type { GitRun } from '../support/actor.ts'
import { gateWorld, type Gate, type GateWorld } from '../support/gate.ts'

let g: GateWorld
/** Of the tests that run. */
let gate: Gate
beforeAll(async () => {
  g = await gateWorld()
})
afterAll(() => g[Symbol.asyncDispose]())

describe.each(['https', 'ssh'] as const)('over %s', (transport) => {
  beforeAll(() => openGate(transport))

  test('a commit, a new branch, both kinds of tag and a deletion land in one push and are told in one event', async () => {
    await branch('doomed')
    await ok('push', '-q', 'origin', 'doomed')
    await ok('checkout', '-q', 'main')
    await gate.agent.commit('a.txt', 'a\n')
    await ok('tag', 'light')
    await ok('tag', '-a', '-m', 'heavy', 'heavy')
    const { run, moves } = await movesOf(() =>
      git('push', 'origin', 'main', 'main:topic', 'light', 'heavy', ':doomed'),
    )
    expect(run.code).toBe(0)
    expect(moves).toEqual([
      [
        'create refs/heads/topic',
        'create refs/tags/heavy',
        'create refs/tags/light',
        'delete refs/heads/doomed',
        'update refs/heads/main',
      ],
    ])
    expect(await gate.upstream.git('cat-file', '-t', 'refs/tags/heavy')).toBe('tag')
  })

  test('a hook of the upstream that refuses one of two refs refuses that one, and is heard by a quiet client', async () => {
    await gate.upstream.setHook('update', 'case $1 in */no-*) echo "no such names here"; exit 1;; esac')
    await branch('no-good')
    await branch('good')
    const { run, moves } = await movesOf(() => git('push', '-q', 'origin', 'good', 'no-good'))
    const atomic = await movesOf(() => git('push', '--atomic', 'origin', 'main:better', 'no-good'))
    await gate.upstream.setHook('update', '')
    expect(run.output).toContain('no-good -> no-good (upstream refused: hook declined)')
    expect(run.output).toContain('remote: no such names here')
    expect(run.output).toContain('good -> good (atomic push failed)')
    expect(moves).toEqual([])
    expect(atomic.run.output).toContain('main -> better (atomic push failed)')
    expect(atomic.moves).toEqual([])
  })

  test('push options reach the upstream, except those that are meant for us', async () => {
    await gate.upstream.setHook('pre-receive', 'echo "told $GIT_PUSH_OPTION_COUNT $GIT_PUSH_OPTION_0"')
    await branch('optional')
    const { run } = await movesOf(() => git('push', '-o', 'ci.skip', '-o', 'json', 'origin', 'optional'))
    await gate.upstream.setHook('pre-receive', '')
    expect(run.code).toBe(0)
    expect(run.output).toContain('remote: told 1 ci.skip')
  })
})

describe('over https, as over ssh', () => {
  beforeAll(() => openGate('https'))

  test('no more than four pushes of a gate hold locks while they wait for its upstream, and others go on', async () => {
    await branch('fifth')
    const { door } = g.world.sluice
    const repo = { id: gate.id } as Repository
    const waiting = { repo, principal: UPSTREAM, signal: new AbortController().signal } as Push
    const places = await Promise.all([1, 2, 3, 4].map(() => door.admitLastVeto(waiting)))
    let hasEnded = false
    const fifth = git('push', '-q', 'origin', 'fifth').then(({ code }) => {
      hasEnded = true
      return code
    })
    const other = await g.gate()
    await other.agent.ok('clone', '-q', other.url, '.')
    await other.agent.commit('a.txt', 'a\n')
    await other.agent.ok('push', '-q', 'origin', 'main')
    expect(hasEnded).toBe(false)
    expect(await gate.upstream.refs()).not.toContainEqual(expect.stringContaining('refs/heads/fifth '))
    for (const place of places) place[Symbol.dispose]()
    expect(await fifth).toBe(0)
  })

  test('a forced update lands where the upstream allows it, and is refused in its words where not', async () => {
    await branch('forced')
    await ok('push', '-q', 'origin', 'forced')
    await ok('commit', '-q', '--amend', '-m', 'another')
    expect((await git('push', 'origin', 'forced')).output).toContain('non-fast-forward')
    const allowed = await movesOf(() => git('push', '--force-with-lease', 'origin', 'forced'))
    expect(allowed.moves).toEqual([['force refs/heads/forced']])

    await gate.upstream.git('config', 'receive.denyNonFastForwards', 'true')
    await ok('commit', '-q', '--amend', '-m', 'a third')
    const denied = await movesOf(() => git('push', '-f', 'origin', 'forced'))
    await gate.upstream.git('config', '--unset', 'receive.denyNonFastForwards')
    expect(denied.run.output).toContain(
      '[remote rejected] forced -> forced (upstream refused: non-fast-forward)',
    )
    expect(denied.moves).toEqual([])
  })

  test('an upstream without atomic pushes takes one ref after the other, and all that landed is said to have', async () => {
    await gate.upstream.git('config', 'receive.advertiseAtomic', 'false')
    await gate.upstream.setHook('update', 'case $1 in */no-*) exit 1;; esac')
    await branch('no-1')
    const tip = await branch('one')
    const { run, moves } = await movesOf(() => git('push', 'origin', 'one', 'no-1', 'main:two'))
    const atomic = await movesOf(() => git('push', '--atomic', 'origin', 'main:three', 'main:four'))
    await gate.upstream.setHook('update', '')
    await gate.upstream.git('config', '--unset', 'receive.advertiseAtomic')
    expect(run.output).toMatch(/\[new branch\]\s+one -> one/)
    expect(run.output).toContain('no-1 -> no-1 (upstream refused: hook declined)')
    expect(moves).toEqual([expect.arrayContaining(['create refs/heads/one'])])
    expect(await gate.refs()).toContain(`refs/heads/one ${tip}`)
    expect(atomic.run.code).not.toBe(0)
    expect(atomic.moves).toEqual([])
  })

  test('a push from a shallow clone lands', async () => {
    const { accountId, token } = gate.agent
    const shallow = await g.world.actor('shallow', { accountId })
    expect(token).not.toBeNull()
    await shallow.ok('clone', '-q', '--depth=1', gate.url, '.')
    await shallow.ok('checkout', '-q', '-b', 'shallow')
    const tip = await shallow.commit('shallow.txt', 'shallow\n')
    await shallow.ok('push', '-q', 'origin', 'shallow')
    expect(await gate.upstream.refs()).toContain(`refs/heads/shallow ${tip}`)
  })

  test('a ref that the upstream has moved meanwhile is not overwritten, and the pusher is told to fetch', async () => {
    const old = await g.gate({ maxAgeMs: 3600_000 })
    await old.agent.ok('clone', '-q', old.url, '.')
    const tip = await old.upstream.commit('theirs.txt', 'theirs\n')
    await old.agent.commit('mine.txt', 'mine\n')
    const { output } = await old.agent.git('push', 'origin', 'main')
    expect(output).toContain('main -> main (upstream refused: stale info)')
    expect(output).toContain('git fetch, then push again')
    expect(await old.upstream.refs()).toEqual([`refs/heads/main ${tip}`])
    expect((await pushesOf(old)).map(({ data }) => data.via)).toEqual(['upstream'])
  })

  test('only branches and tags go there; anything else is refused before it is looked at', async () => {
    const run = await git('push', 'origin', 'main:refs/notes/commits')
    expect(run.output).toContain('main -> refs/notes/commits (reserved ref)')
    expect(run.output).toContain('a gate passes on branches and tags only')
  })
})

function git(...args: string[]) {
  return gate.agent.git(...args)
}

function ok(...args: string[]) {
  return gate.agent.ok(...args)
}

/** With a commit of its own. */
async function branch(name: string) {
  await ok('checkout', '-q', '-b', name, 'origin/main')
  return await gate.agent.commit(`${name}.txt`, `${name}\n`)
}

async function openGate(transport: 'https' | 'ssh'): Promise<void> {
  gate = await g.gate({ transport })
  await gate.upstream.git('config', 'receive.advertisePushOptions', 'true')
  await ok('clone', '-q', gate.url, '.')
}

/** What moved, as the only event since tells it. */
async function movesOf(push: () => Promise<GitRun>): Promise<{ run: GitRun; moves: string[][] }> {
  const before = (await pushesOf(gate)).length
  const run = await push()
  const after = (await pushesOf(gate)).slice(before)
  expect(await gate.refs()).toEqual(await gate.upstream.refs())
  return { run, moves: after.map(({ data }) => data.refs.map(({ ref, kind }) => `${kind} ${ref}`).sort()) }
}

async function pushesOf({ id }: Gate) {
  return (await g.world.pushes()).filter(({ repoId }) => repoId === id)
}
