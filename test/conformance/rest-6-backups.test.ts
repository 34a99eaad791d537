/** rest-api.md, section 6: an administrator has the server back itself up, and it does so on a schedule. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { restWorld, Stage } from '../support/rest.ts'
import { restored, toldRefs } from '../support/backup.ts'
import type { World } from '../support/world.ts'

let dir: string
let w: World
let stage: Stage
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-backups-'))
  w = await restWorld({ SLUICE_BACKUP_DIR: dir, SLUICE_BACKUP_KEEP: '2' })
  stage = new Stage(w)
})
afterAll(async () => {
  await w[Symbol.asyncDispose]()
  await rm(dir, { recursive: true, force: true })
})

/** Names of the whole backups, oldest first. */
async function backups(): Promise<string[]> {
  return (await readdir(dir)).filter((name) => !name.endsWith('.partial')).sort()
}

/** The backups when the newest of them is another one than before. */
async function nextAfter(before: string | undefined): Promise<string[]> {
  return vi.waitFor(
    async () => {
      const names = await backups()
      expect(names.at(-1)).toBeDefined()
      expect(names.at(-1)).not.toBe(before)
      const jobs = await stage.ask('admin', 'GET', '/admin/jobs?jobType=backup&status=running')
      expect(jobs.json).toEqual([])
      return names
    },
    { timeout: 20_000 },
  )
}

describe('POST /admin/backups', () => {
  test('the first backup of the schedule is made at the start, and the next one is queued for tomorrow', async () => {
    await nextAfter(undefined)
    const { json } = await stage.ask('admin', 'GET', '/admin/jobs?jobType=backup&status=queued')
    expect(json).toMatchObject([{ jobType: 'backup', attempts: 0, lastError: null }])
    const hours = (Date.parse(json[0].runAt) - Date.now()) / 3600_000
    expect(hours).toBeGreaterThan(23)
    expect(hours).toBeLessThanOrEqual(24)
  })

  test('makes one now that holds what was pushed, and no more are kept than wanted', async () => {
    await w.owner.start(w.repo.url)
    const head = await w.owner.commit('a', 'one')
    await w.owner.ok('push', '-q', 'origin', 'main')
    let names = await nextAfter(undefined)
    for (let n = 0; n < 2; n++) {
      const asked = await stage.ask('admin', 'POST', '/admin/backups')
      expect([asked.status, asked.json]).toMatchObject([202, { jobType: 'backup', repoId: null }])
      names = await nextAfter(names.at(-1))
    }
    expect(names).toHaveLength(2)
    await using copy = await restored(join(dir, names.at(-1) ?? ''))
    expect((await toldRefs(copy.database)).get(w.repo.id)?.get('refs/heads/main')).toBe(head)
    expect((await w.events()).map(({ type }) => type)).toContain('admin.backup_requested')
  })

  test('is for administrators only', async () => {
    expect((await stage.ask('somebody', 'POST', '/admin/backups')).status).toBe(403)
    expect((await stage.ask(null, 'POST', '/admin/backups')).status).toBe(401)
  })

  test('says which setting is missing where backups have no place', async () => {
    await using other = await restWorld()
    const asked = await new Stage(other).ask('admin', 'POST', '/admin/backups')
    expect([asked.status, asked.text]).toEqual([422, expect.stringContaining('SLUICE_BACKUP_DIR')])
  })
})
