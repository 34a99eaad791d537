/** A host that has chosen whom it hosts, and what even its administrators cannot do there. @see GRASP-01 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { graspWorld, Signer, type GraspWorld } from '../support/grasp.ts'

const chosen = new Signer('chosen')
let g: GraspWorld
beforeAll(async () => {
  g = await graspWorld({ settings: { SLUICE_GRASP_OWNERS: chosen.npub } })
})
afterAll(() => g[Symbol.asyncDispose]())

test('who is not among the owners is refused, and no repository is made', async () => {
  const identifier = g.identifier()
  const refused = await g.announce(g.stranger, identifier)
  expect([refused.accepted, refused.message]).toEqual([
    false,
    expect.stringMatching(/^(restricted|blocked): /),
  ])
  expect(await g.gitStatus(g.cloneUrl(g.stranger, identifier))).toBe(404)
  expect((await g.announce(chosen, identifier)).accepted).toBe(true)
  expect(await g.gitStatus(g.cloneUrl(chosen, identifier))).toBe(200)
})

test('the document of the relay says so', async () => {
  const answer = await fetch(g.url, { headers: { accept: 'application/nostr+json' } })
  expect(await answer.json()).toMatchObject({
    repo_acceptance_criteria: expect.stringMatching(/chosen/) as string,
    curation: expect.stringMatching(/chosen/) as string,
  })
})

test('an administrator moves no branch that no maintainer has signed', async () => {
  const { identifier, actor, url } = await g.hosted(chosen)
  const repo = `${g.url}/repos/${chosen.npub}/${identifier}`
  const made = await fetch(`${repo}/branches`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-internal-token': g.world.config.secrets.internalToken!.reveal(),
    },
    body: JSON.stringify({ name: 'unsigned', startPoint: 'main' }),
  })
  expect(made.status).toBeGreaterThanOrEqual(400)
  expect(await made.text()).toContain('does not declare unsigned')
  expect(await actor.ok('ls-remote', url, 'refs/heads/unsigned')).toBe('')
})
