import { expect, test } from 'vitest'
import { forEachEngine, newRepository, storeOn } from '../../../test/support/databases.ts'
import { DELETE_REPO_STORAGE } from '../../kernel/background.ts'
import type { RepoId } from '../../kernel/ids.ts'
import { PURGE_AFTER_MS } from '../../store/restore-window.ts'
import { deleteRepoStorage } from './delete-repo-storage.ts'

const BY = { actorId: 'actor', agentId: null }

forEachEngine('the storage of a deleted repository', (on) => {
  function open(remove: (repo: { id: string }) => Promise<void> = async () => {}) {
    const store = storeOn(on.database)
    const { repositories, clock, jobs } = store
    const { run } = deleteRepoStorage({ repositories, storage: { remove }, clock })
    const queued = async (repoId: RepoId) =>
      (await jobs.list({ type: DELETE_REPO_STORAGE, repoId }, { limit: 9 })).items
    return { ...store, queued, run: (repoId: RepoId) => run({ repoId }, new AbortController().signal) }
  }

  test('whoever deletes a repository queues its end, for when nobody can restore it', async () => {
    const { repositories, clock, queued } = open()
    const { id } = await repositories.insert(newRepository('end/queued'), BY)
    const expiring = newRepository('end/expired', { expiresAt: clock.now() })
    await repositories.insert(expiring, BY)
    await repositories.softDelete(id, BY)
    await repositories.expire(expiring.id)
    const runAt = clock.now() + PURGE_AFTER_MS
    for (const repoId of [id, expiring.id])
      expect(await queued(repoId)).toMatchObject([
        { key: repoId, status: 'queued', runAt, payload: { repoId } },
      ])
  })

  test('the row goes only after the directory, and stays when that cannot be removed', async () => {
    const seen: unknown[] = []
    let broken = true
    const { repositories, clock, run } = open(async ({ id }) => {
      seen.push(await repositories.byId(id as RepoId))
      if (broken) throw new Error('EBUSY')
    })
    const { id } = await repositories.insert(newRepository('end/order'), BY)
    await repositories.softDelete(id, BY)
    clock.advance(PURGE_AFTER_MS)
    await expect(run(id)).rejects.toThrow('EBUSY')
    expect(await repositories.byId(id)).toMatchObject({ state: 'deleted' })
    broken = false
    await run(id)
    expect(seen).toMatchObject([{ state: 'deleted' }, { state: 'deleted' }])
    expect(await repositories.byId(id)).toBeNull()
    await run(id) // once more changes nothing
    expect(seen).toHaveLength(2)
  })

  test('one that was restored is left alone, and one that was deleted again waits its whole time', async () => {
    const removed: string[] = []
    const { repositories, clock, run } = open(async ({ id }) => void removed.push(id))
    const { id } = await repositories.insert(newRepository('end/restored'), BY)
    await repositories.softDelete(id, BY)
    await repositories.restore(id, BY)
    clock.advance(PURGE_AFTER_MS)
    expect(await run(id)).toBeUndefined()
    await repositories.softDelete(id, BY)
    expect(await run(id)).toEqual({ again: clock.now() + PURGE_AFTER_MS })
    expect(removed).toEqual([])
    expect(await repositories.byId(id)).toMatchObject({ state: 'deleted' })
  })
})
