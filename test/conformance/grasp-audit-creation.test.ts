/** The tests of the public compliance tool, by its names: what an announcement makes. @see GRASP-01 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownerStatePushed, validRepoSent } from '../support/audit.ts'
import { graspWorld, type GraspWorld } from '../support/grasp.ts'

let w: GraspWorld
beforeAll(async () => {
  w = await graspWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

describe('creation', () => {
  test('bare_repo_created_on_announcement', async () => {
    const { url } = await validRepoSent(w)
    const answer = await fetch(`${url}/info/refs?service=git-upload-pack`)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('application/x-git-upload-pack-advertisement')
  })

  test('webpage_served_for_existing_repo', async () => {
    const { url } = await ownerStatePushed(w)
    for (const accept of ['*/*', 'text/html,application/xhtml+xml,*/*;q=0.8']) {
      const answer = await fetch(url, { headers: { accept } })
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    }
  })

  test('404_for_nonexistent_repo', async () => {
    const answer = await fetch(w.cloneUrl(w.owner, 'no-such-repository'))
    expect(answer.status).toBe(404)
  })
})
