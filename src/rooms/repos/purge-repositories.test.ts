import { expect, test } from 'vitest'
import { forEachEngine, newRepository, storeOn } from '../../../test/support/databases.ts'
import { PURGE_AFTER_MS } from '../../store/restore-window.ts'
import { purgeRepositories } from './purge-repositories.ts'

const BY = { actorId: 'actor', agentId: null }

forEachEngine('purge', (on) => {
  test('a directory that cannot be removed keeps its row and no other repository', async () => {
    const { repositories, clock } = storeOn(on.database)
    const stuck = await repositories.insert(newRepository('purge/stuck'), BY)
    const other = await repositories.insert(newRepository('purge/other'), BY)
    for (const { id } of [stuck, other]) await repositories.softDelete(id, BY)
    clock.advance(PURGE_AFTER_MS)
    const failed: string[] = []
    const remove = async ({ id }: { id: string }) => {
      if (id === stuck.id) throw new Error('EBUSY')
    }
    const onFailed = (id: string) => void failed.push(id)
    expect(await purgeRepositories({ repositories, storage: { remove }, onFailed })).toBe(1)
    expect(failed).toEqual([stuck.id])
    expect(await repositories.byId(stuck.id)).toMatchObject({ state: 'deleted' })
    expect(await repositories.byId(other.id)).toBeNull()
  })

  test('the row goes only after the directory', async () => {
    const { repositories, clock } = storeOn(on.database)
    const { id } = await repositories.insert(newRepository('purge/order'), BY)
    await repositories.softDelete(id, BY)
    clock.advance(PURGE_AFTER_MS)
    const seen: unknown[] = []
    const remove = async (repo: { id: string }) => {
      if (repo.id === id) seen.push(await repositories.byId(id))
    }
    await purgeRepositories({ repositories, storage: { remove }, onFailed: () => {} })
    expect(seen).toMatchObject([{ id, state: 'deleted' }])
    expect(await repositories.byId(id)).toBeNull()
  })
})
