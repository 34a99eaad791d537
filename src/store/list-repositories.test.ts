import { beforeAll, expect, test } from 'vitest'
import { forEachEngine, newRepository, storeOn } from '../../test/support/databases.ts'
import { newId } from '../kernel/uuid.ts'
import type { NewRepository } from './insert-repository.ts'
import type { RepositoryFilter } from './list-repositories.ts'

const BY = { actorId: null, agentId: null }

forEachEngine('the list of repositories', (on) => {
  const [owner, member, stranger] = [newId(), newId(), newId()]
  const projectId = newId()
  let store: ReturnType<typeof storeOn>

  const insert = (path: string, rest: Partial<NewRepository> = {}) => {
    store.clock.advance(1)
    return store.repositories.insert(newRepository(path, { ownerId: owner, ...rest }), BY)
  }
  const slugs = async (filter: Partial<RepositoryFilter>, page: { limit?: number; offset?: number } = {}) => {
    const whole: RepositoryFilter = { accountId: owner, which: 'readable', org: 'list', ...filter }
    const { items } = await store.repositories.list(whole, { limit: 100, ...page })
    return items.map((found) => found.repo.slug)
  }

  beforeAll(async () => {
    store = storeOn(on.database)
    const { orgId } = await insert('list/secret')
    await insert('list/open', { visibility: 'public', name: '100% Open_Source' })
    await insert('list/of-project', { projectId, kind: 'gate' })
    const shelved = await insert('list/shelved')
    await store.repositories.update(shelved.id, { archived: true }, BY)
    await insert('list/draft', { state: 'provisional' })
    await store.repositories.softDelete((await insert('list/deleted')).id, BY)
    const row = { org_id: orgId, account_id: member, role: 'reader' as const }
    await on.database.kysely.insertInto('org_members').values(row).execute()
  })

  test('shows what the account may read, newest first, and nobody what is not active', async () => {
    const all = ['shelved', 'of-project', 'open', 'secret']
    expect(await slugs({})).toEqual(all)
    expect(await slugs({ accountId: member })).toEqual(all)
    expect(await slugs({ accountId: stranger })).toEqual(['open'])
    expect(await slugs({ accountId: null })).toEqual(['open'])
    expect(await slugs({ accountId: null, which: 'all' })).toEqual(all)
  })

  test('tells the role of the account', async () => {
    const { items } = await store.repositories.list(
      { accountId: member, which: 'readable', org: 'list' },
      { limit: 9 },
    )
    expect(new Set(items.map((found) => found.resource.role))).toEqual(new Set(['reader']))
  })

  test('each filter narrows', async () => {
    expect(await slugs({ projectId })).toEqual(['of-project'])
    expect(await slugs({ kind: 'gate' })).toEqual(['of-project'])
    expect(await slugs({ visibility: 'public' })).toEqual(['open'])
    expect(await slugs({ archived: true })).toEqual(['shelved'])
    expect(await slugs({ archived: false })).not.toContain('shelved')
    expect(await slugs({ org: 'elsewhere' })).toEqual([])
  })

  test('q finds a part of the name or slug, in any case, and its wildcards are letters', async () => {
    expect(await slugs({ q: 'OPEN' })).toEqual(['open'])
    expect(await slugs({ q: 'of-proj' })).toEqual(['of-project'])
    expect(await slugs({ q: '100%' })).toEqual(['open'])
    expect(await slugs({ q: 'n_s' })).toEqual(['open'])
    expect(await slugs({ q: 's_c' })).toEqual([])
    expect(await slugs({ q: '%' })).toEqual(['open'])
    expect(await slugs({ q: '\\' })).toEqual([])
  })

  test('pages by offset, for clients that know no cursor', async () => {
    expect(await slugs({}, { limit: 2, offset: 1 })).toEqual(['of-project', 'open'])
  })

  test('pages by cursor show each row once while others are inserted', async () => {
    for (let n = 0; n < 7; n++) await insert(`paged/r${n}`)
    const filter: RepositoryFilter = { accountId: owner, which: 'readable', org: 'paged' }
    const seen: string[] = []
    let cursor: string | null | undefined
    while (cursor !== null) {
      const page = await store.repositories.list(filter, { limit: 2, cursor })
      seen.push(...page.items.map((found) => found.repo.slug))
      cursor = page.nextCursor
      await insert(`paged/late${seen.length}`)
    }
    expect(seen).toEqual(['r6', 'r5', 'r4', 'r3', 'r2', 'r1', 'r0'])
  })

  test('rows of one millisecond are paged without loss', async () => {
    await Promise.all(
      [0, 1, 2, 3, 4].map((n) =>
        store.repositories.insert(newRepository(`at-once/r${n}`, { ownerId: owner }), BY),
      ),
    )
    const filter: RepositoryFilter = { accountId: owner, which: 'readable', org: 'at-once' }
    const first = await store.repositories.list(filter, { limit: 3 })
    const second = await store.repositories.list(filter, { limit: 3, cursor: first.nextCursor ?? '' })
    const ids = [...first.items, ...second.items].map((found) => found.repo.id)
    expect(new Set(ids).size).toBe(5)
    expect(second.nextCursor).toBeNull()
  })

  test('a cursor of somebody else is a fault of the request', async () => {
    for (const cursor of ['', 'x', '12 34', Buffer.from('1 ../../etc').toString('base64url')]) {
      const listed = store.repositories.list({ accountId: owner, which: 'readable' }, { limit: 1, cursor })
      await expect(listed).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    }
  })
})
