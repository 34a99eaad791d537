/** Stock git with tokens that were exchanged: a person's, an agent's, a sub-agent's. */
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { Actor } from '../support/actor.ts'
import { details, exchanged, machine, revokeToken, ACCESS_TOKEN } from '../support/token-endpoint.ts'
import { workbench, type Workbench } from '../support/workbench.ts'
import { world, type World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await world()
})
afterAll(() => w[Symbol.asyncDispose]())

/** A repository with one commit on `main`, and how clients name it. */
async function project(): Promise<{ b: Workbench; audience: string }> {
  const b = await workbench(w)
  await b.agent.commit('README.md', 'read me\n')
  await b.agent.ok('push', '-q', 'origin', 'main')
  return { b, audience: b.repo.url.replace(/\.git$/, '') }
}

/** Somebody who has this token and nothing else, with a clone. */
async function cloned(b: Workbench, token: string): Promise<Actor> {
  const dir = await mkdtemp(join(w.dir, 'holder-'))
  const actor = new Actor({ name: 'holder', accountId: w.owner.accountId, token, dir })
  await actor.ok('clone', '-q', b.repo.url, '.')
  return actor
}

test('a clone and a push with an exchanged token, named in the event for its subject', async () => {
  const { b, audience } = await project()
  const holder = await cloned(b, await exchanged(w, w.owner.token ?? '', { audience }))
  const commit = await holder.commit('a.txt', 'by an exchanged token\n')
  await holder.ok('push', '-q', 'origin', 'main')
  expect((await b.refs())['refs/heads/main']).toBe(commit)
  expect((await b.pushes()).at(-1)).toMatchObject({ actorId: w.owner.accountId, agentId: null })
})

test('a token to pull does not push, and git says why', async () => {
  const { b, audience } = await project()
  const holder = await cloned(b, await exchanged(w, w.owner.token ?? '', { audience, scope: 'repo:pull' }))
  await holder.commit('a.txt', 'x\n')
  const pushed = await holder.git('push', 'origin', 'main')
  expect([pushed.code === 0, /403|not allowed/.test(pushed.output)]).toEqual([false, true])
})

test('a token for one repository does not clone another one of the same owner', async () => {
  const [{ audience }, other] = [await project(), await project()]
  const token = await exchanged(w, w.owner.token ?? '', { audience })
  await expect(cloned(other.b, token)).rejects.toThrow(/not found|Authentication failed|403/i)
})

test('a sub-agent with a token for one branch pushes to it, and to another it is refused readably', async () => {
  const { b, audience } = await project()
  const agent = await machine(w, { ownerId: w.owner.accountId })
  const ofAgent = await exchanged(w, w.owner.token ?? '', {
    audience,
    actor_token: agent.secret,
    actor_token_type: ACCESS_TOKEN,
  })
  const authorization_details = details({
    identifier: b.repo.id,
    actions: ['write'],
    refs: ['refs/heads/agent-7/part'],
  })
  const sub = await cloned(b, await exchanged(w, ofAgent, { authorization_details }))
  const commit = await sub.commit('part.txt', 'mine\n')
  await sub.ok('push', '-q', 'origin', 'main:agent-7/part')
  expect((await b.refs())['refs/heads/agent-7/part']).toBe(commit)
  expect((await b.pushes()).at(-1)).toMatchObject({ actorId: w.owner.accountId, agentId: agent.account.id })
  const refused = await sub.git('push', 'origin', 'main')
  expect(refused.output).toContain('! [remote rejected] main -> main (token does not allow this)')
  expect(refused.output).toContain('use a token that may write to this ref')
})

test('a sub-agent cannot exchange its way out of its branch', async () => {
  const { b, audience } = await project()
  const narrow = details({ identifier: b.repo.id, actions: ['write'], refs: ['refs/heads/agent-7/*'] })
  const wide = details({ identifier: b.repo.id, actions: ['write'], refs: ['refs/heads/*'] })
  const ofAgent = await exchanged(w, w.owner.token ?? '', { authorization_details: narrow })
  for (const more of [
    { audience },
    { authorization_details: wide },
    { scope: `repo:${pathOf(audience)}:write` },
  ]) {
    const sub = await cloned(b, await exchanged(w, ofAgent, more))
    await sub.commit('a.txt', `${JSON.stringify(more)}\n`)
    expect((await sub.git('push', 'origin', 'main')).output).toContain('token does not allow this')
  }
})

test('when the token of the agent is revoked, the push of its sub-agent fails', async () => {
  const { b, audience } = await project()
  const agent = await machine(w, { ownerId: w.owner.accountId })
  const ofAgent = await exchanged(w, agent.secret, { audience })
  const sub = await cloned(b, await exchanged(w, ofAgent, { audience, expires_in: '60' }))
  await sub.commit('a.txt', 'in time\n')
  await sub.ok('push', '-q', 'origin', 'main')
  await revokeToken(w, agent.tokenId)
  await sub.commit('b.txt', 'too late\n')
  await vi.waitFor(async () => expect((await sub.git('ls-remote', 'origin')).code).not.toBe(0))
  const pushed = await sub.git('push', 'origin', 'main')
  expect(pushed.code).not.toBe(0)
  expect(pushed.output).toMatch(/Authentication failed|error: 401|could not read Username/)
  expect((await b.pushes()).length).toBe(2)
})

test('when its owner loses the repository, an exchanged token loses it with him', async () => {
  const { b, audience } = await project()
  const put = (role: string) =>
    w.owner.fetch(`${w.url}/repos/${pathOf(audience)}/collaborators/${w.stranger.accountId}`, {
      method: 'PUT',
      body: JSON.stringify({ role }),
    })
  expect((await put('writer')).status).toBe(201)
  const holder = await cloned(b, await exchanged(w, w.stranger.token ?? '', { audience }))
  await holder.commit('a.txt', 'x\n')
  await put('reader')
  const pushed = await holder.git('push', 'origin', 'main')
  expect([pushed.code === 0, (await holder.git('ls-remote', 'origin')).code]).toEqual([false, 0])
})

function pathOf(audience: string): string {
  return audience.replace(`${w.url}/`, '')
}
