/** Settings of a GRASP host that are changed between two starts: what is not offered any more is not there. */
import { expect, test } from 'vitest'
import { compose, type Sluice } from '../../src/compose.ts'
import type { Config } from '../../src/config/config.ts'
import { graspWorld, type GraspWorld } from '../support/grasp.ts'
import { programs } from '../support/programs.ts'

/** Ends the server of this world, and starts another one on its data. */
async function restarted(g: GraspWorld, changed: Partial<Config>): Promise<Sluice & AsyncDisposable> {
  await g.world.sluice.close()
  const sluice = await compose({ config: { ...g.world.config, ...changed }, programs: await programs() })
  await sluice.listen()
  return { ...sluice, [Symbol.asyncDispose]: () => sluice.close() }
}

test('a server that hosts no announced repositories any more lets nobody push to them-regression', async () => {
  await using g = await graspWorld()
  const { actor, identifier } = await g.hosted()
  await using sluice = await restarted(g, { grasp: null })
  const url = new URL(new URL(g.cloneUrl(g.owner, identifier)).pathname, sluice.url).href
  const next = await actor.commit('readme', 'unsigned\n')
  const pushed = await actor.git('push', url, `${next}:refs/heads/main`)
  expect(pushed.code).not.toBe(0)
  expect(pushed.output).toMatch(/not found|could not read Username/)
  const byAdministrator = await fetch(`${sluice.url}/repos/${g.owner.npub}/${identifier}/branches`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-internal-token': internalToken(g) },
    body: JSON.stringify({ name: 'unsigned', startPoint: 'main' }),
  })
  expect(byAdministrator.status).toBeGreaterThanOrEqual(400)
  expect(await byAdministrator.text()).toContain('no signed state')
})

test('what was hosted in public is hidden once the service has become private, and shown when it is public again', async () => {
  await using g = await graspWorld()
  await g.hosted()
  expect(await reposOf(g, g.url)).toHaveLength(1)
  const grasp = g.world.config.grasp!
  {
    await using sluice = await restarted(g, { grasp: { ...grasp, members: [g.owner.pubkey] } })
    expect(await reposOf(g, sluice.url)).toEqual([])
  }
  await using sluice = await restarted(g, {})
  expect(await reposOf(g, sluice.url)).toHaveLength(1)
})

test('tips that were contributed before are not served once nobody can contribute any more', async () => {
  await using g = await graspWorld()
  const author = await g.git('author')
  const url = g.prsUrl(g.author, g.identifier())
  await author.start(url)
  const tip = await author.commit('change', 'a change\n')
  await author.ok('push', '-q', 'origin', `${tip}:refs/nostr/${'ab'.repeat(32)}`)
  expect(await g.gitStatus(url)).toBe(200)
  await using sluice = await restarted(g, { grasp: { ...g.world.config.grasp!, pullRequests: false } })
  expect(await g.gitStatus(new URL(new URL(url).pathname, sluice.url).href)).toBe(404)
})

/** Ids of all announced repositories that a stranger sees. */
async function reposOf({ world }: GraspWorld, url: string): Promise<readonly string[]> {
  const answer = await world.stranger.fetch(`${url}/repos`)
  const repos = (await answer.json()) as { id: string; kind: string }[]
  return repos.filter(({ kind }) => kind === 'grasp').map(({ id }) => id)
}

function internalToken(g: GraspWorld): string {
  return g.world.config.secrets.internalToken!.reveal()
}
