/** The tests of the public compliance tool, by its names: repositories can be cloned. @see GRASP-01, gitprotocol-http(5) */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AUDIT_COMMITS, capabilities, ownerStatePushed, validRepoSent } from '../support/audit.ts'
import { graspWorld, type GraspWorld } from '../support/grasp.ts'

let w: GraspWorld
beforeAll(async () => {
  w = await graspWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

describe('clone', () => {
  test('test_basic_git_clone', async () => {
    const { url } = await ownerStatePushed(w)
    const git = await w.git()
    await git.ok('clone', '-q', url, 'clone')
    expect(await git.ok('-C', 'clone', 'rev-parse', 'main')).toBe(AUDIT_COMMITS['Initial commit'])
  })

  test('test_clone_url_format', async () => {
    const { url, identifier } = await ownerStatePushed(w)
    expect(url).toBe(`${w.url}/${w.owner.npub}/${identifier}.git`)
    const git = await w.git()
    expect((await git.git('clone', `${w.url}/invalid/path`, 'clone')).code).not.toBe(0)
  })

  test.each(['empty', 'pushed'] as const)('test_sha1_capabilities_advertised: %s', async (which) => {
    const { url } = which === 'empty' ? await validRepoSent(w) : await ownerStatePushed(w)
    const wanted = ['allow-reachable-sha1-in-want', 'allow-tip-sha1-in-want']
    expect(await capabilities(url)).toEqual(expect.arrayContaining(wanted))
  })
})
