/** A repository that its first push makes. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Actor } from '../support/actor.ts'
import { aroundQuarantine, happening } from '../support/between.ts'
import { pushBody, raw, readBands, readLines } from '../support/raw-git.ts'
import { world, type World } from '../support/world.ts'

/** An agent whose token may write to `/git/<name>`. */
async function surfaceAgent(w: World, name: string): Promise<Actor> {
  const { accountId } = w.owner
  const agent = await w.actor('surface-agent', { accountId, scope: `surface:${name}:write` })
  await agent.start(`${w.url}/git/${name}.git`)
  return agent
}

/** Directories of repositories; the world has one. */
async function repositoriesOnDisk(w: World): Promise<string[]> {
  const root = join(w.repo.path, '../..')
  const shards = (await readdir(root)).filter((name) => /^[0-9a-f]{2}$/.test(name))
  return (await Promise.all(shards.map((shard) => readdir(join(root, shard))))).flat()
}

async function nothingWasMade(w: World): Promise<void> {
  expect(await repositoriesOnDisk(w)).toEqual([`${w.repo.id}.git`])
  const made = (await w.events()).map(({ type }) => type).filter((type) => /^(org|repo|push)\b/.test(type))
  expect(made).toEqual(['org.created', 'repo.created'])
}

test('the first push to /git/<name> makes the repository', async () => {
  await using w = await world()
  const agent = await surfaceAgent(w, 'notes')
  const head = await agent.commit('a.txt', 'one\n')
  const pushed = await agent.git('push', 'origin', 'main')
  expect(pushed.output).toContain('* [new branch]      main -> main')
  expect(await agent.ok('ls-remote', 'origin', 'main')).toContain(head)
  expect(await repositoriesOnDisk(w)).toHaveLength(2)
})

test('a large first push, which git announces by a probe, makes the repository once', async () => {
  await using w = await world()
  const agent = await surfaceAgent(w, 'notes')
  await agent.commit('a.txt', 'one\n'.repeat(5_000))
  await agent.ok('-c', 'http.postBuffer=100', 'push', '-q', 'origin', 'main')
  expect((await w.events()).filter((e) => e.type === 'repo.created' && e.repoId !== w.repo.id)).toHaveLength(
    1,
  )
})

test('when the first branch is not the default one, HEAD follows it', async () => {
  await using w = await world()
  const agent = await surfaceAgent(w, 'notes')
  await agent.commit('a.txt', 'one\n')
  await agent.ok('push', '-q', 'origin', 'main:refs/heads/trunk')
  expect(await agent.ok('ls-remote', '--symref', 'origin', 'HEAD')).toContain('ref: refs/heads/trunk\tHEAD')
})

test('a read makes nothing', async () => {
  await using w = await world()
  const agent = await surfaceAgent(w, 'notes')
  expect((await agent.git('fetch', 'origin')).output).toContain('not found')
  expect((await w.nobody.git('ls-remote', `${w.url}/git/notes.git`)).output).toContain(
    'could not read Username',
  )
  await nothingWasMade(w)
})

test('an advertisement, a dry run and a probe make nothing', async () => {
  await using w = await world()
  const agent = await surfaceAgent(w, 'notes')
  await agent.commit('a.txt', 'one\n')
  const tried = await agent.git('push', '--dry-run', 'origin', 'main')
  expect(tried.output).toContain('[new branch]')
  const probe = await raw(agent, `${w.url}/git/notes.git/git-receive-pack`, { body: '0000' })
  expect([probe.status, probe.body.length]).toEqual([200, 0])
  await nothingWasMade(w)
})

test.for([
  ['a stranger', {}],
  ['a token for another name', { scope: 'surface:other:write' }],
  ['a token that only reads', { scope: 'surface:notes:read' }],
] as const)('the probe of %s leaves nothing behind', async ([, token]) => {
  await using w = await world()
  const agent = await w.actor('agent', token)
  await agent.start(`${w.url}/git/notes.git`)
  await agent.commit('a.txt', 'one\n')
  expect((await agent.git('push', 'origin', 'main')).output).toContain('not found')
  await nothingWasMade(w)
})

test('a first push that is refused leaves nothing behind', async () => {
  await using w = await world()
  const agent = await surfaceAgent(w, 'notes')
  const head = await agent.commit('a.txt', 'one\n')
  const url = `${w.url}/git/notes.git/git-receive-pack`
  const updates = [{ ref: 'refs/internal/x', new: head }]
  const refused = await raw(agent, url, { body: pushBody({ updates, pack: await agent.pack(head) }) })
  expect(readBands(refused.body).report).toEqual(['unpack ok', 'ng refs/internal/x reserved ref'])
  await nothingWasMade(w)
})

test('a first push whose pack is broken leaves nothing behind', async () => {
  await using w = await world()
  const agent = await surfaceAgent(w, 'notes')
  const head = await agent.commit('a.txt', 'one\n')
  const pack = await agent.pack(head)
  pack.writeUInt8(pack.readUInt8(20) ^ 0xff, 20)
  const answer = await raw(agent, `${w.url}/git/notes.git/git-receive-pack`, {
    body: pushBody({ updates: [{ ref: 'refs/heads/main', new: head }], pack, capabilities: 'report-status' }),
  })
  expect(readLines(answer.body)[1]).toMatch(/^ng refs\/heads\/main /)
  await nothingWasMade(w)
})

test('of two first pushes at once one makes the repository and the other may simply push again', async () => {
  const firstIsInside = happening()
  const goOn = happening()
  let receiving = 0
  await using w = await world({
    between: aroundQuarantine((real) => ({
      receive: async (pack, opts) => {
        await real.receive(pack, opts)
        if (++receiving > 1) return
        firstIsInside.happen()
        await goOn.happened
      },
    })),
  })
  const [one, two] = [await surfaceAgent(w, 'notes'), await surfaceAgent(w, 'notes')]
  await one.commit('a.txt', 'one\n')
  await two.commit('b.txt', 'two\n')
  const first = one.git('push', 'origin', 'main:one')
  await firstIsInside.happened
  const second = await two.git('push', 'origin', 'main:two')
  goOn.happen()
  expect(second.output).toContain(
    '! [remote rejected] main -> two (repository is being created by another push)',
  )
  expect((await first).code).toBe(0)
  expect((await two.git('push', 'origin', 'main:two')).code).toBe(0)
})

test('under an organisation a push makes a repository only for a token that says create', async () => {
  await using w = await world()
  const detail = { type: 'git_repository', identifier: 'acme/fresh' }
  const actor = (name: string, ...actions: string[]) =>
    w.actor(name, { accountId: w.owner.accountId, authorizationDetails: [{ ...detail, actions }] })
  const [writer, maker] = [await actor('writer', 'write'), await actor('maker', 'write', 'create')]
  for (const agent of [writer, maker, w.owner]) {
    await agent.start(`${w.url}/acme/fresh.git`)
    await agent.commit('a.txt', 'one\n')
  }
  expect((await writer.git('push', 'origin', 'main')).output).toContain('not found')
  expect((await w.owner.git('push', 'origin', 'main')).output).toContain('not found')
  await nothingWasMade(w)
  expect((await maker.git('push', 'origin', 'main')).output).toContain('[new branch]')
  expect((await writer.git('push', '-f', 'origin', 'main:more')).code).toBe(0)
})

test('provision of /git/<name> can be switched off', async () => {
  await using w = await world({ settings: { SLUICE_SURFACE_PROVISION: 'off' } })
  const agent = await surfaceAgent(w, 'notes')
  await agent.commit('a.txt', 'one\n')
  expect((await agent.git('push', 'origin', 'main')).output).toContain('not found')
  await nothingWasMade(w)
})
