/** Has a repository of a world looked after by the server, as an administrator would. */
import { vi } from 'vitest'
import type { RepoId } from '../../src/kernel/ids.ts'
import type { World } from './world.ts'

interface ShownJob {
  readonly id: string
  readonly status: string
  readonly lastError: string | null
}

const LONG_MS = 60_000

/** Resolves when a job that began after this call is done. @throws Error with what the job says, when it fails */
export async function maintainNow(w: World, id: RepoId = w.repo.id): Promise<void> {
  const headers = { authorization: `Bearer ${w.sluice.adminToken ?? ''}` }
  const asked = await fetch(`${w.url}/admin/repos/${id}/maintenance`, { method: 'POST', headers })
  if (asked.status !== 202) throw new Error(`maintenance: ${asked.status} ${await asked.text()}`)
  const job = (await asked.json()) as ShownJob
  await using database = await w.openDatabase()
  const look = async () => {
    const row = await database.kysely
      .selectFrom('jobs')
      .selectAll()
      .where('id', '=', job.id)
      .executeTakeFirst()
    if (row?.status === 'failed' || (row?.status === 'queued' && row.last_error !== null))
      return row.last_error
    if (row?.status === 'queued' || row?.status === 'running') throw new Error(`still ${row.status}`)
    return null // done, and perhaps forgotten for a newer one
  }
  const error = await vi.waitFor(look, { timeout: LONG_MS, interval: 50 })
  if (error !== null) throw new Error(error)
}

/** The next maintenance is to be one of the whole repository, as it is once a week. */
export function nextWhole(w: World): Promise<void> {
  return setUpkeep(w, w.repo.id, { repacked_at: 0, fetches: 5 })
}

/** The server has counted so many fetches of the repository. */
export function setFetches(w: World, fetches: number, id: RepoId = w.repo.id): Promise<void> {
  return setUpkeep(w, id, { fetches })
}

async function setUpkeep(
  w: World,
  id: RepoId,
  counts: { fetches: number; repacked_at?: number },
): Promise<void> {
  await using database = await w.openDatabase()
  const values = { wear: 0, dropped: 0, maintained_at: 0, repacked_at: null, ...counts }
  await database.kysely
    .insertInto('repository_upkeep')
    .values({ repo_id: id, ...values })
    .onConflict((conflict) => conflict.column('repo_id').doUpdateSet(counts))
    .execute()
}
