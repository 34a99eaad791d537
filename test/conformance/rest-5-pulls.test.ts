/** rest-api.md, section 5: pull requests themselves; merging stands in rest-5-merges.test.ts. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../src/kernel/uuid.ts'
import { pullBench, type PullBench } from '../support/pulls.ts'
import { restWorld } from '../support/rest.ts'
import type { World } from '../support/world.ts'

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

let w: World
let bench: PullBench
beforeAll(async () => {
  w = await restWorld()
  bench = await pullBench(w)
})
afterAll(() => w[Symbol.asyncDispose]())

describe('POST …/pulls', () => {
  test('POST /repos/{org}/{repo}/pulls opens one: 201, its Location, its fields, its event', async () => {
    const { branch, head } = await bench.branch({ 'a.txt': 'a\n' })
    const opened = await bench.ask('owner', 'POST', '', {
      sourceBranch: branch,
      targetBranch: 'main',
      title: ' Burn longer ',
    })
    expect(opened.status).toBe(201)
    expect(opened.headers.get('location')).toBe(`${bench.path}/${opened.json.number}`)
    expect(opened.json).toEqual({
      id: expect.stringMatching(UUID_V7),
      repoId: bench.repo.id,
      number: expect.any(Number),
      authorId: bench.stage.accountOf('owner'),
      sourceBranch: branch,
      targetBranch: 'main',
      sourceSha: head,
      targetSha: bench.base,
      title: 'Burn longer',
      description: null,
      status: 'open',
      mergedAt: null,
      mergedBy: null,
      mergeCommitSha: null,
      createdAt: expect.stringMatching(TIME),
      updatedAt: expect.stringMatching(TIME),
    })
    expect(await bench.stage.lastEvent(bench.repo.id)).toMatchObject({
      type: 'pr.opened',
      actorId: bench.stage.accountOf('owner'),
      targetId: opened.json.id,
    })
    expect(newId()).toMatch(UUID_V7)
  })
})
