/** The tests of the public compliance tool, by its names: partial clones. @see GRASP-01, git-rev-list(1), "--filter" */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { capabilities, ownerStatePushed, validRepoSent, type StatePushed } from '../support/audit.ts'
import { graspWorld, type GraspWorld } from '../support/grasp.ts'

let w: GraspWorld
let pushed: StatePushed
beforeAll(async () => {
  w = await graspWorld()
  pushed = await ownerStatePushed(w)
})
afterAll(() => w[Symbol.asyncDispose]())

/** Objects that the clone of this name does not have. */
async function missing(git: Awaited<ReturnType<GraspWorld['git']>>, name: string): Promise<number> {
  const listed = await git.ok('-C', name, 'rev-list', '--objects', '--all', '--missing=print')
  return listed.split('\n').filter((line) => line.startsWith('?')).length
}

describe('filter', () => {
  test('filter_capability_advertised', async () => {
    expect(await capabilities(pushed.url)).toContain('filter')
    expect(await capabilities((await validRepoSent(w)).url)).toContain('filter')
  })

  test('filtered_clone_succeeds', async () => {
    const git = await w.git()
    const { output } = await git.git('clone', '--no-checkout', '--filter=blob:none', pushed.url, 'clone')
    expect(output).not.toContain('not recognized by server')
    expect(await missing(git, 'clone')).toBe(1)
  })

  test('filtered_fetch_succeeds', async () => {
    const git = await w.git()
    await git.ok('init', '-q', 'clone')
    await git.ok('-C', 'clone', 'remote', 'add', 'origin', pushed.url)
    const { code, output } = await git.git('-C', 'clone', 'fetch', '--filter=tree:0', 'origin')
    expect([code, output]).toEqual([0, expect.not.stringContaining('not recognized by server') as string])
    expect(await missing(git, 'clone')).toBe(1)
  })
})
