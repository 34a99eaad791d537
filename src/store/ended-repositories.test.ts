import { expect, test } from 'vitest'
import { forEachEngine, HandClock, newRepository, storeOn } from '../../test/support/databases.ts'
import { PURGE_AFTER_MS, RESTORE_WINDOW_MS } from './restore-window.ts'

const BY = { actorId: 'actor', agentId: null }

forEachEngine('repositories whose time is over', (on) => {
  const store = () => storeOn(on.database, new HandClock())
  const lastEvent = async (
    from: ReturnType<typeof store>,
    repoId: Parameters<typeof from.repositories.byId>[0],
  ) => (await from.events.list({ repoId }, { limit: 1 })).items[0]

  test('an ephemeral repository is deleted when its time is over, not before, and the log says why', async () => {
    const s = store()
    const { clock, repositories } = s
    const wanted = newRepository('brief/scratch', { expiresAt: clock.now() + 1_000 })
    const lasting = await repositories.insert(newRepository('brief/lasting'), BY)
    await repositories.insert(wanted, BY)
    clock.advance(999)
    expect(await repositories.expired(10)).not.toContain(wanted.id)
    expect(await repositories.expire(wanted.id)).toBe(false)
    clock.advance(1)
    expect(await repositories.expired(10)).toContain(wanted.id)
    expect(await repositories.expired(10)).not.toContain(lasting.id)
    expect(await repositories.expire(wanted.id)).toBe(true)
    expect(await repositories.byId(wanted.id)).toMatchObject({ state: 'deleted' })
    expect(await lastEvent(s, wanted.id)).toMatchObject({
      type: 'repo.deleted',
      actorId: null,
      data: { slug: 'scratch', orgSlug: 'brief', reason: 'expired' },
    })
    expect(await repositories.expire(wanted.id)).toBe(false)
  })

  test('one that was given more time meanwhile is not deleted', async () => {
    const { clock, repositories } = store()
    const { id } = await repositories.insert(newRepository('longer/repo', { expiresAt: clock.now() }), BY)
    expect(await repositories.expired(100)).toContain(id)
    await repositories.update(id, { expiresAt: clock.now() + 1 }, BY)
    expect(await repositories.expire(id)).toBe(false)
    expect(await repositories.byId(id)).toMatchObject({ state: 'active' })
  })

  test('whoever restores an expired repository keeps it; one deleted before its time still expires', async () => {
    const { clock, repositories } = store()
    const over = await repositories.insert(newRepository('back/over', { expiresAt: clock.now() }), BY)
    await repositories.expire(over.id)
    expect(await repositories.restore(over.id, BY)).toMatchObject({ state: 'active', expiresAt: null })
    const expiresAt = clock.now() + 1_000
    const early = await repositories.insert(newRepository('back/early', { expiresAt }), BY)
    await repositories.softDelete(early.id, BY)
    expect(await repositories.restore(early.id, BY)).toMatchObject({ expiresAt })
  })

  test('a deleted repository can be restored for 30 days, and is forgotten an hour later', async () => {
    const s = store()
    const { clock, repositories } = s
    const { id } = await repositories.insert(newRepository('past/repo'), BY)
    await repositories.update(id, { slug: 'renamed' }, BY)
    await repositories.softDelete(id, BY)
    clock.advance(RESTORE_WINDOW_MS - 1)
    await repositories.restore(id, BY)
    await repositories.softDelete(id, BY)

    clock.advance(RESTORE_WINDOW_MS)
    await expect(repositories.restore(id, BY)).rejects.toMatchObject({ code: 'REPO_NOT_FOUND' })
    clock.advance(PURGE_AFTER_MS - RESTORE_WINDOW_MS - 1)
    expect(await repositories.purgeableAt(id)).toBe(clock.now() + 1)
    expect(await repositories.purge(id)).toBe(false)
    clock.advance(1)
    expect(await repositories.purge(id)).toBe(true)
    expect(await repositories.byId(id)).toBeNull()
    expect(await lastEvent(s, id)).toMatchObject({
      type: 'repo.purged',
      data: { slug: 'renamed', orgSlug: 'past' },
    })
    expect(await repositories.purge(id)).toBe(false)
  })

  test('what is active or provisional is never purged, however old', async () => {
    const { clock, repositories } = store()
    const active = await repositories.insert(newRepository('old/active'), BY)
    const draft = await repositories.insert(newRepository('old/draft', { state: 'provisional' }), BY)
    clock.advance(10 * PURGE_AFTER_MS)
    for (const { id } of [active, draft]) {
      expect(await repositories.purge(id)).toBe(false)
      expect(await repositories.byId(id)).not.toBeNull()
    }
  })

  test('a name finds what has it now, provisional or active, in any case', async () => {
    const { repositories } = store()
    const draft = await repositories.insert(newRepository('named/one', { state: 'provisional' }), BY)
    expect(await repositories.byName('NAMED', 'One')).toEqual(draft)
    expect(await repositories.byName(draft.orgId, 'one')).toEqual(draft)
    await repositories.activate(draft.id, BY)
    await repositories.update(draft.id, { slug: 'two' }, BY)
    expect(await repositories.byName('named', 'one')).toBeNull()
    await repositories.softDelete(draft.id, BY)
    expect(await repositories.byName('named', 'two')).toBeNull()
  })
})
