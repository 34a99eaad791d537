/** rest-api.md, section 6: an administrator has a repository looked after. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { newId } from '../../src/kernel/uuid.ts'
import { restWorld, Stage } from '../support/rest.ts'
import { runGit } from '../support/actor.ts'
import type { World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await restWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

async function commit(server: Stage, path: string): Promise<void> {
  const changes = [{ path, action: 'put', content: 'one\n', encoding: 'utf-8' }]
  const body = { branch: 'main', message: path, changes }
  expect((await server.ask('owner', 'POST', `/repos/${server.org}/r/commits`, body)).status).toBe(201)
}

describe('POST /admin/repos/{id}/maintenance', () => {
  test('answers with a job, and when that is done the repository is packed and says so', async () => {
    const server = new Stage(w)
    const { id } = await server.create('owner', { name: 'r' })
    for (const path of ['a', 'b', 'c']) await commit(server, path)
    const asked = await server.ask('admin', 'POST', `/admin/repos/${id}/maintenance`)
    expect([asked.status, asked.json]).toMatchObject([202, { jobType: 'repo_maintenance', repoId: id }])

    const read = async () => (await server.ask('admin', 'GET', `/admin/repos/${id}`)).json
    await vi.waitFor(async () => expect((await read()).lastMaintenanceAt).not.toBeNull(), { timeout: 10_000 })
    const counted = await runGit(['count-objects', '-v'], { cwd: w.sluice.pathOf(id) })
    expect(counted.stdout).toMatch(/^count: 0$[^]*^packs: 1$/m)
    const shown = await server.ask('owner', 'GET', `/repos/${server.org}/r`)
    expect(shown.json.sizeBytes).toBeGreaterThan(0)
  })

  test('asked for twice at once it is done one after the other, or together', async () => {
    const server = new Stage(w)
    const { id } = await server.create('owner', { name: 'r' })
    await commit(server, 'a')
    const asked = await Promise.all(
      [1, 2, 3].map(() => server.ask('admin', 'POST', `/admin/repos/${id}/maintenance`)),
    )
    expect(asked.map(({ status }) => status)).toEqual([202, 202, 202])
    const jobs = async () => (await server.ask('admin', 'GET', '/admin/jobs?jobType=repo_maintenance')).json
    await vi.waitFor(
      async () => {
        const mine = ((await jobs()) as { repoId: string; status: string }[]).filter(
          (job) => job.repoId === id,
        )
        expect(mine.map(({ status }) => status)).toEqual(['done'])
      },
      { timeout: 10_000 },
    )
  })

  test('is not for a repository that is deleted, or that was never there', async () => {
    const server = new Stage(w)
    const { id } = await server.create('owner', { name: 'r' })
    await server.ask('owner', 'DELETE', `/repos/${server.org}/r`)
    for (const which of [id, newId()]) {
      const refused = await server.ask('admin', 'POST', `/admin/repos/${which}/maintenance`)
      expect(refused.json.error.code).toBe('NOT_FOUND')
    }
  })

  test('is for administrators only', async () => {
    const server = new Stage(w)
    const { id } = await server.create('owner', { name: 'r' })
    expect((await server.ask('owner', 'POST', `/admin/repos/${id}/maintenance`)).status).toBe(403)
    expect((await server.ask(null, 'POST', `/admin/repos/${id}/maintenance`)).status).toBe(401)
  })
})
