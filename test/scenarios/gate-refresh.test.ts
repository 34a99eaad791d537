/** gate.md, section 2: what is read through a gate is what its upstream has now. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runGit } from '../support/actor.ts'
import { gateWorld, type Gate, type GateWorld } from '../support/gate.ts'

let g: GateWorld
beforeAll(async () => {
  g = await gateWorld({ settings: { SLUICE_GATE_REFRESH_SECONDS: '60' } })
})
afterAll(() => g[Symbol.asyncDispose]())

/** Branches and tags of the agent's clone, without those of its own. */
async function seen(gate: Gate): Promise<string[]> {
  const refs = await gate.agent.ok('ls-remote', 'origin', 'refs/heads/*', 'refs/tags/*')
  return refs
    .split('\n')
    .filter((line) => line !== '' && !line.endsWith('^{}'))
    .map((line) => line.split('\t').reverse().join(' '))
}

async function cloned(opts: Parameters<GateWorld['gate']>[0] = {}): Promise<Gate> {
  const gate = await g.gate(opts)
  await gate.agent.ok('clone', '-q', gate.url, '.')
  return gate
}

const rest = (gate: Gate, path: string, init?: RequestInit) =>
  g.world.owner.fetch(g.world.url + gate.at + path, init)

/** Through the API, as `name oid`. */
async function branches(gate: Gate): Promise<string[]> {
  const list = (await (await rest(gate, '/branches')).json()) as { name: string; headCommit: string }[]
  return list.map(({ name, headCommit }) => `${name} ${headCommit}`)
}

async function told(gate: Gate) {
  const pushes = await g.world.pushes()
  return pushes.filter(({ repoId }) => repoId === gate.id)
}

describe.each(['https', 'ssh'] as const)('over %s', (transport) => {
  test('an upstream that moves between two fetches is seen as it is then', async () => {
    const gate = await cloned({ transport })
    const tip = await gate.upstream.commit('a', 'new\n')
    await gate.agent.ok('fetch', '-q')
    expect(await gate.agent.ok('rev-parse', 'origin/main')).toBe(tip)
  })

  test('branches and tags come, move, are forced and go, and nothing of ours is in the way', async () => {
    const { upstream, ...gate } = await cloned({ transport })
    const { colleague } = upstream
    await colleague.ok('tag', '-m', 'first', 'v1')
    await colleague.ok('push', '-q', 'origin', 'main:side', 'main:other', 'v1')
    expect(await seen({ upstream, ...gate })).toEqual(await upstream.refs())
    await colleague.ok('commit', '-q', '--amend', '-m', 'another')
    await colleague.ok('push', '-q', 'origin', '+main', ':side', ':v1', 'main:new')
    expect(await seen({ upstream, ...gate })).toEqual(await upstream.refs())
    expect(await gate.refs()).toEqual(await upstream.refs())
  })

  test('a branch that is set back to what the gate has already is seen as it is then, regression', async () => {
    const gate = await cloned({ transport })
    const before = await gate.upstream.refs()
    await gate.upstream.commit('a', 'too soon\n')
    expect(await seen(gate)).toEqual(await gate.upstream.refs())
    await gate.upstream.git('update-ref', 'refs/heads/main', 'main~')
    expect(await seen(gate)).toEqual(before)
  })

  test('an empty upstream is an empty repository, until it has a branch', async () => {
    const gate = await g.gate({ transport, commits: 0 })
    const clone = await gate.agent.git('clone', gate.url, '.')
    expect(clone.output).toContain('empty repository')
    expect(clone.code).toBe(0)
    const tip = await gate.upstream.commit('a', 'first\n')
    await gate.agent.ok('fetch', '-q')
    expect(await gate.agent.ok('rev-parse', 'origin/main')).toBe(tip)
  })
})

test('protocol v0 shows what the upstream has now, and so does the list that a push begins with', async () => {
  const gate = await cloned()
  const tip = await gate.upstream.commit('a', 'v0\n')
  expect(await gate.agent.ok('-c', 'protocol.version=0', 'ls-remote', 'origin', 'main')).toContain(tip)
  const next = await gate.upstream.commit('a', 'pushed\n')
  const answer = await g.world.owner.fetch(`${gate.url}/info/refs?service=git-receive-pack`)
  expect(await answer.text()).toContain(`${next} refs/heads/main`)
})

test('the API shows what the upstream has now', async () => {
  const gate = await g.gate()
  expect(await branches(gate)).toEqual([`main ${await gate.upstream.git('rev-parse', 'main')}`])
  const tip = await gate.upstream.commit('a', 'x\n', { branch: 'side' })
  expect(await branches(gate)).toContain(`side ${tip}`)
  expect((await rest(gate, `/commits/${tip}`)).status).toBe(200)
})

test('a repository with SHA-256 can be a gate', async () => {
  const gate = await cloned({ objectFormat: 'sha256' })
  const tip = await gate.upstream.commit('a', 'x\n')
  await gate.agent.ok('fetch', '-q')
  expect(await gate.agent.ok('rev-parse', 'origin/main')).toBe(tip)
})

test('refs that the server keeps for itself survive', async () => {
  const gate = await cloned()
  const tip = await gate.upstream.git('rev-parse', 'main')
  await runGit(['update-ref', 'refs/pull/1/head', tip], { cwd: gate.path })
  await gate.upstream.commit('a', 'x\n')
  await gate.agent.ok('fetch', '-q')
  expect(await gate.refs()).toContain(`refs/pull/1/head ${tip}`)
})

test('a branch may take the place of a directory of branches, and the other way round', async () => {
  const gate = await cloned()
  const { colleague } = gate.upstream
  for (const refspecs of [['main:a'], [':a', 'main:a/b'], [':a/b', 'main:a']]) {
    for (const refspec of refspecs) await colleague.ok('push', '-q', 'origin', refspec)
    expect(await seen(gate)).toEqual(await gate.upstream.refs())
  }
})

test('more refs than one event tells of are taken over, and taken away again', async () => {
  const gate = await g.gate()
  await gate.agent.start(gate.url)
  const tip = await gate.upstream.git('rev-parse', 'main')
  const lines = Array.from({ length: 1_200 }, (_, n) => `create refs/heads/many/${n} ${tip}\n`)
  await runGit(['update-ref', '--stdin'], { cwd: gate.upstream.gitDir, input: lines.join('') })
  expect(await seen(gate)).toHaveLength(1_201)
  expect((await told(gate)).map(({ data }) => data.refs.length)).toEqual([1_000, 201])
  const gone = lines.map((line) => line.replace('create', 'delete'))
  await runGit(['update-ref', '--stdin'], { cwd: gate.upstream.gitDir, input: gone.join('') })
  expect(await seen(gate)).toEqual([`refs/heads/main ${tip}`])
}, 30_000)

describe('HEAD', () => {
  const defaultBranch = async (gate: Gate) =>
    ((await (await rest(gate, '')).json()) as { defaultBranch: string }).defaultBranch
  const headOf = (gate: Gate) => gate.agent.ok('ls-remote', '--symref', 'origin', 'HEAD')

  test('follows that of the upstream at first contact, and whenever it changes', async () => {
    const gate = await g.gate()
    await gate.agent.start(gate.url)
    const { upstream } = gate
    await upstream.git('branch', 'trunk', 'main')
    await upstream.git('symbolic-ref', 'HEAD', 'refs/heads/trunk')
    expect(await headOf(gate)).toContain('ref: refs/heads/trunk\tHEAD')
    expect(await defaultBranch(gate)).toBe('trunk')
    await upstream.git('symbolic-ref', 'HEAD', 'refs/heads/main')
    expect(await headOf(gate)).toContain('ref: refs/heads/main\tHEAD')
    expect(await defaultBranch(gate)).toBe('main')
  })

  test('the answer that a change of it comes with knows it already', async () => {
    const gate = await g.gate()
    await gate.upstream.git('branch', 'trunk', 'main')
    await gate.upstream.git('symbolic-ref', 'HEAD', 'refs/heads/trunk')
    const list = (await (await rest(gate, '/branches')).json()) as { name: string; isDefault: boolean }[]
    expect(list.filter(({ isDefault }) => isDefault).map(({ name }) => name)).toEqual(['trunk'])
  })

  test('follows to a branch that was away for a while, regression', async () => {
    const gate = await g.gate()
    await gate.agent.start(gate.url)
    const { upstream } = gate
    expect(await headOf(gate)).toContain('ref: refs/heads/main\tHEAD')
    await upstream.git('branch', 'other', 'main')
    await upstream.git('update-ref', '-d', 'refs/heads/main')
    expect(await headOf(gate)).toContain('ref: refs/heads/other\tHEAD')
    await upstream.git('update-ref', 'refs/heads/main', 'other')
    expect(await headOf(gate)).toContain('ref: refs/heads/main\tHEAD')
    expect(await defaultBranch(gate)).toBe('main')
  })

  test('stays where an owner has set it, as long as the upstream leaves its own alone', async () => {
    const gate = await g.gate()
    await gate.agent.start(gate.url)
    await gate.upstream.git('branch', 'mine', 'main')
    await headOf(gate)
    const body = JSON.stringify({ defaultBranch: 'mine' })
    expect((await rest(gate, '', { method: 'PATCH', body })).status).toBe(200)
    await gate.upstream.commit('a', 'x\n')
    expect(await headOf(gate)).toContain('ref: refs/heads/mine\tHEAD')
  })

  test('is left alone where that of the upstream is detached, or of no branch', async () => {
    const gate = await g.gate()
    await gate.agent.start(gate.url)
    expect(await headOf(gate)).toContain('refs/heads/main')
    await gate.upstream.git('symbolic-ref', 'HEAD', 'refs/heads/nowhere')
    expect(await headOf(gate)).toContain('ref: refs/heads/main\tHEAD')
    await gate.upstream.git('update-ref', '--no-deref', 'HEAD', 'refs/heads/main')
    expect(await headOf(gate)).toContain('ref: refs/heads/main\tHEAD')
  })
})

test('what arrived is told once, as pushes of the upstream', async () => {
  const gate = await cloned()
  const before = await gate.upstream.git('rev-parse', 'main')
  const after = await gate.upstream.commit('a', 'x\n')
  await seen(gate)
  await seen(gate)
  const [first, second, ...more] = await told(gate)
  expect(more).toEqual([])
  expect(first).toMatchObject({ actorId: null, data: { via: 'upstream', refs: [{ newOid: before }] } })
  const moved = { ref: 'refs/heads/main', kind: 'update', oldOid: before, newOid: after, total: 1 }
  expect(second).toMatchObject({ data: { via: 'upstream', refs: [moved] } })
})

test('an archived gate still follows its upstream', async () => {
  const gate = await cloned()
  expect((await rest(gate, '/archive', { method: 'POST' })).status).toBe(200)
  const tip = await gate.upstream.commit('a', 'x\n')
  await gate.agent.ok('fetch', '-q')
  expect(await gate.agent.ok('rev-parse', 'origin/main')).toBe(tip)
})

test('within the window that a gate allows its upstream is not asked again', async () => {
  const gate = await cloned({ maxAgeMs: 600_000 })
  const before = await seen(gate)
  await gate.upstream.commit('a', 'x\n')
  const calls = g.https.calls.length
  expect(await seen(gate)).toEqual(before)
  expect(g.https.calls.length).toBe(calls)
  expect((await rest(gate, '/upstream/refresh', { method: 'POST' })).status).toBe(200)
  expect(await seen(gate)).toEqual(await gate.upstream.refs())
})

test('a hundred readers at once share what one of them brings', async () => {
  const gate = await cloned()
  const tip = await gate.upstream.commit('a', 'x\n')
  const before = await told(gate)
  const answers = await Promise.all(Array.from({ length: 100 }, () => branches(gate)))
  expect(new Set(answers.flat())).toEqual(new Set([`main ${tip}`]))
  expect(await told(gate)).toHaveLength(before.length + 1)
  const asked = g.https.calls.filter(({ line }) =>
    line.startsWith(`GET /${gate.upstream.path}.git/info/refs`),
  )
  expect(asked.length).toBeLessThan(20)
})

test('while an agent pushes and others read, nothing is moved back and nothing told twice', async () => {
  const gate = await cloned()
  const { agent, upstream } = gate
  let pushing = true
  const reader = async () => {
    while (pushing) await branches(gate)
  }
  const readers = [reader(), reader(), reader()]
  const tips: string[] = []
  for (let n = 0; n < 6; n++) {
    tips.push(await agent.commit('mine', `${n}\n`))
    await agent.ok('push', '-q', 'origin', 'HEAD:refs/heads/work')
    expect(await branches(gate)).toContain(`work ${tips.at(-1)}`)
    if (n % 2 === 0) await upstream.commit('theirs', `${n}\n`, { branch: 'theirs' })
  }
  pushing = false
  await Promise.all(readers)
  await branches(gate)
  expect(await gate.refs()).toEqual(await upstream.refs())
  const moves = (await told(gate))
    .flatMap(({ data }) => data.refs)
    .filter(({ ref }) => ref === 'refs/heads/work')
  expect(moves.map(({ newOid }) => newOid)).toEqual(tips)
}, 30_000)
