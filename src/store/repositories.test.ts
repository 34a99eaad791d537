import { expect, test } from 'vitest'
import { forEachEngine, newRepository, storeOn } from '../../test/support/databases.ts'
import type { RepositoryAddress } from '../kernel/repository.ts'
import { newId } from '../kernel/uuid.ts'
import type { Role } from '../kernel/grants.ts'

const BY = { actorId: 'actor', agentId: null }

function at(path: string): RepositoryAddress {
  const [org = '', slug = ''] = path.split('/')
  return { kind: 'path', org, slug }
}

forEachEngine('repositories', (on) => {
  const typesOf = async (repoId: Parameters<ReturnType<typeof storeOn>['repositories']['byId']>[0]) => {
    const { items } = await storeOn(on.database).events.list({ repoId }, { limit: 50 })
    return items.map((e) => e.type).reverse()
  }
  const addMember = (org_id: string, account_id: string, role: Role) =>
    on.database.kysely.insertInto('org_members').values({ org_id, account_id, role }).execute()

  test('what was inserted is found by path, by id and, whatever its case, by name', async () => {
    const { repositories } = storeOn(on.database)
    const wanted = newRepository('found/tool', { description: 'it works', projectId: newId(), expiresAt: 5 })
    const made = await repositories.insert(wanted, BY)
    expect(made).toMatchObject({
      orgSlug: 'found',
      slug: 'tool',
      state: 'active',
      path: `/repositories/${wanted.id}`,
    })
    const addresses = [
      at('found/tool'),
      at('FOUND/Tool'),
      at(`${made.orgId}/tool`),
      { kind: 'id', id: made.id } as const,
    ]
    for (const address of addresses) {
      const found = await repositories.find(address, wanted.ownerId)
      expect(found).toEqual({
        repo: made,
        resource: expect.objectContaining({ role: 'owner', surface: false }),
      })
    }
    expect(await repositories.byId(made.id)).toEqual(made)
  })

  test('nothing is found under names that nobody gave', async () => {
    const { repositories } = storeOn(on.database)
    await repositories.insert(newRepository('known/known'), BY)
    for (const path of ['known/other', 'other/known', `${newId()}/known`])
      expect(await repositories.find(at(path), null)).toBeNull()
    expect(await repositories.find({ kind: 'id', id: newId() }, null)).toBeNull()
  })

  test('an organisation named by a UUID has it as id and slug; one named by a slug gets a new id', async () => {
    const { repositories } = storeOn(on.database)
    const org = newId()
    expect(await repositories.insert(newRepository(`${org}/a`), BY)).toMatchObject({
      orgId: org,
      orgSlug: org,
    })
    const named = await repositories.insert(newRepository('by-slug/a'), BY)
    expect(await repositories.insert(newRepository(`${named.orgId}/b`), BY)).toMatchObject({
      orgSlug: 'by-slug',
    })
  })

  test('the role is the strongest of owner, collaborator and member, read at each call', async () => {
    const { repositories } = storeOn(on.database)
    const repo = await repositories.insert(newRepository('roles/repo'), BY)
    const roleOf = async (account: string | null) =>
      (await repositories.find(at('roles/repo'), account))?.resource.role
    const account = newId()
    expect(await roleOf(account)).toBeNull()
    expect(await roleOf(null)).toBeNull()
    await addMember(repo.orgId, account, 'reader')
    expect(await roleOf(account)).toBe('reader')
    const row = { repo_id: repo.id, account_id: account, role: 'writer' as const, created_at: 1 }
    await on.database.kysely.insertInto('collaborators').values(row).execute()
    expect(await roleOf(account)).toBe('writer')
    await on.database.kysely
      .updateTable('org_members')
      .set({ role: 'owner' })
      .where('account_id', '=', account)
      .execute()
    expect(await roleOf(account)).toBe('owner')
    await on.database.kysely.deleteFrom('org_members').where('account_id', '=', account).execute()
    expect(await roleOf(account)).toBe('writer')
  })

  test('of many who insert the same name at once one succeeds, the others get ALREADY_EXISTS', async () => {
    const { repositories } = storeOn(on.database)
    const tries = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        repositories.insert(newRepository(i % 2 ? 'race/One' : 'race/one'), BY),
      ),
    )
    expect(tries.filter((t) => t.status === 'fulfilled')).toHaveLength(1)
    for (const t of tries)
      if (t.status === 'rejected') expect(t.reason).toMatchObject({ code: 'ALREADY_EXISTS' })
    const orgs = await on.database.kysely
      .selectFrom('organizations')
      .select('id')
      .where('slug', '=', 'race')
      .execute()
    expect(orgs).toHaveLength(1)
  })

  test('a refused insert leaves no organisation and no event', async () => {
    const { repositories } = storeOn(on.database)
    const first = await repositories.insert(newRepository('once/repo'), BY)
    await expect(
      repositories.insert(newRepository('never/repo', { id: first.id }), BY),
    ).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
    })
    expect(await repositories.find(at('never/repo'), null)).toBeNull()
    expect(await repositories.mayCreateIn('never', newId())).toBe(true)
    expect(await typesOf(first.id)).toEqual(['repo.created'])
  })

  test('an unknown organisation is open to all and then belongs to its maker', async () => {
    const { repositories } = storeOn(on.database)
    const [maker, stranger] = [newId(), newId()]
    expect(await repositories.mayCreateIn('mine', stranger)).toBe(true)
    const { orgId } = await repositories.insert(newRepository('mine/a', { ownerId: maker }), BY)
    expect(await repositories.mayCreateIn('mine', maker)).toBe(true)
    expect(await repositories.mayCreateIn('mine', stranger)).toBe(false)
    expect(await repositories.mayCreateIn(orgId, stranger)).toBe(false)
    await addMember(orgId, stranger, 'writer')
    expect(await repositories.mayCreateIn('mine', stranger)).toBe(true)
  })

  test('the surface organisation belongs to nobody, and its repositories answer to their name alone', async () => {
    const { repositories } = storeOn(on.database)
    const wanted = newRepository('surface/notes')
    await repositories.insert(wanted, BY)
    expect(await repositories.mayCreateIn('surface', newId())).toBe(true)
    const found = await repositories.find({ kind: 'surface', name: 'Notes' }, wanted.ownerId)
    expect(found?.resource).toMatchObject({ surface: true, role: 'owner', slug: 'notes' })
    const other = await repositories.insert(newRepository('surface/others'), BY)
    expect((await repositories.find({ kind: 'id', id: other.id }, wanted.ownerId))?.resource.role).toBeNull()
  })

  test('a rename leaves a redirect, until the old name is given to another', async () => {
    const { repositories } = storeOn(on.database)
    const repo = await repositories.insert(newRepository('moving/old'), BY)
    await repositories.update(repo.id, { name: 'New', slug: 'New' }, BY)
    expect(await repositories.find(at('moving/old'), null)).toMatchObject({
      repo: { id: repo.id },
      movedTo: 'moving/new',
    })
    expect(await repositories.find(at('moving/new'), null)).not.toHaveProperty('movedTo')
    await repositories.update(repo.id, { slug: 'newest' }, BY)
    expect(await repositories.find(at('moving/old'), null)).toMatchObject({ movedTo: 'moving/newest' })
    const heir = await repositories.insert(newRepository('moving/old'), BY)
    expect((await repositories.find(at('moving/old'), null))?.repo.id).toBe(heir.id)
    await repositories.softDelete(heir.id, BY)
    expect(await repositories.find(at('moving/old'), null)).toBeNull()
  })

  test('a rename back and forth leaves the repository under both names', async () => {
    const { repositories } = storeOn(on.database)
    const { id } = await repositories.insert(newRepository('swing/a'), BY)
    for (const slug of ['b', 'a', 'b']) await repositories.update(id, { slug }, BY)
    expect(await repositories.find(at('swing/b'), null)).not.toHaveProperty('movedTo')
    expect(await repositories.find(at('swing/a'), null)).toMatchObject({ movedTo: 'swing/b' })
  })

  test('a rename to a taken name is ALREADY_EXISTS and changes nothing', async () => {
    const { repositories } = storeOn(on.database)
    await repositories.insert(newRepository('full/taken'), BY)
    const repo = await repositories.insert(newRepository('full/free'), BY)
    const renamed = repositories.update(repo.id, { slug: 'taken', archived: true }, BY)
    await expect(renamed).rejects.toMatchObject({ code: 'ALREADY_EXISTS' })
    expect(await repositories.byId(repo.id)).toEqual(repo)
    expect(await typesOf(repo.id)).toEqual(['repo.created'])
  })

  test('each change writes its event, and no change writes none', async () => {
    const { repositories, clock } = storeOn(on.database)
    const repo = await repositories.insert(newRepository('told/repo'), BY)
    clock.advance(1_000)
    await repositories.update(repo.id, { name: 'repo', archived: false }, BY)
    await repositories.update(repo.id, { sizeBytes: 42 }, BY)
    expect(await repositories.byId(repo.id)).toMatchObject({ sizeBytes: 42, updatedAt: repo.updatedAt })
    await repositories.update(repo.id, { archived: true }, BY)
    await repositories.update(repo.id, { archived: false, description: 'x', slug: 'Repo2' }, BY)
    await repositories.update(
      repo.id,
      { description: null, defaultBranch: 'trunk', visibility: 'public' },
      BY,
    )
    await repositories.softDelete(repo.id, BY)
    await repositories.restore(repo.id, BY)
    expect(await typesOf(repo.id)).toEqual([
      'repo.created',
      'repo.archived',
      'repo.renamed',
      'repo.unarchived',
      'repo.updated',
      'repo.updated',
      'repo.deleted',
      'repo.restored',
    ])
    const { items } = await storeOn(on.database).events.list(
      { repoId: repo.id, types: ['repo.updated'] },
      { limit: 1 },
    )
    expect(items[0]).toMatchObject({
      ...BY,
      data: { changed: ['description', 'visibility', 'defaultBranch'] },
    })
    expect(await repositories.byId(repo.id)).toMatchObject({
      description: null,
      updatedAt: repo.updatedAt + 1_000,
    })
  })

  test('a deleted repository is hidden, its name is free, and it comes back only to a free name', async () => {
    const { repositories } = storeOn(on.database)
    const repo = await repositories.insert(newRepository('gone/repo'), BY)
    await repositories.softDelete(repo.id, BY)
    expect(await repositories.find(at('gone/repo'), repo.ownerId)).toBeNull()
    expect(await repositories.find({ kind: 'id', id: repo.id }, repo.ownerId)).toBeNull()
    expect(await repositories.byId(repo.id)).toMatchObject({ state: 'deleted' })
    await expect(repositories.softDelete(repo.id, BY)).rejects.toMatchObject({ code: 'REPO_NOT_FOUND' })
    await expect(repositories.update(repo.id, { name: 'x' }, BY)).rejects.toMatchObject({
      code: 'REPO_NOT_FOUND',
    })

    const heir = await repositories.insert(newRepository('gone/repo'), BY)
    await expect(repositories.restore(repo.id, BY)).rejects.toMatchObject({ code: 'ALREADY_EXISTS' })
    await repositories.softDelete(heir.id, BY)
    expect(await repositories.restore(repo.id, BY)).toEqual(repo)
    expect((await repositories.find(at('gone/repo'), null))?.repo.id).toBe(repo.id)
  })

  test('a provisional repository is seen by nobody until it is activated, once', async () => {
    const { repositories } = storeOn(on.database)
    const wanted = newRepository('draft/repo', { state: 'provisional' })
    await repositories.insert(wanted, BY)
    expect(await repositories.find(at('draft/repo'), wanted.ownerId)).toBeNull()
    expect(await typesOf(wanted.id)).toEqual([])
    await expect(repositories.insert(newRepository('draft/repo'), BY)).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
    })
    await Promise.all([repositories.activate(wanted.id, BY), repositories.activate(wanted.id, BY)])
    expect((await repositories.find(at('draft/repo'), wanted.ownerId))?.resource.role).toBe('owner')
    expect(await typesOf(wanted.id)).toEqual(['repo.created'])
    expect(await repositories.discard(wanted.id)).toBe(false)
  })

  test('an organisation that came with a first push is told of with the repository that is seen first', async () => {
    const { repositories, events } = storeOn(on.database)
    const [unseen, later] = ['unseen', 'later'].map((slug) =>
      newRepository(`shared/${slug}`, { state: 'provisional' }),
    )
    await repositories.insert(unseen!, BY)
    await repositories.insert(later!, BY)
    await repositories.activate(later!.id, BY)
    const seen = await repositories.insert(newRepository('shared/seen'), BY)
    await repositories.discard(unseen!.id)
    const { items } = await events.list({ types: ['org.*', 'repo.*'] }, { limit: 100 })
    const told = items.filter(({ orgId }) => orgId === seen.orgId).map(({ type }) => type)
    expect(told).toEqual(['repo.created', 'repo.created', 'org.created'])
    expect((await repositories.find(at('shared/seen'), null))?.repo.id).toBe(seen.id)
  })

  test('a discarded repository takes the organisation that came with it along, but no other', async () => {
    const { repositories } = storeOn(on.database)
    const stranger = newId()
    const squatted = newRepository('squatted/repo', { state: 'provisional' })
    await repositories.insert(squatted, BY)
    expect(await repositories.mayCreateIn('squatted', stranger)).toBe(false)
    expect(await repositories.discard(squatted.id)).toBe(true)
    expect(await repositories.byId(squatted.id)).toBeNull()
    expect(await repositories.mayCreateIn('squatted', stranger)).toBe(true)

    await repositories.insert(newRepository('settled/first'), BY)
    const second = newRepository('settled/second', { state: 'provisional' })
    await repositories.insert(second, BY)
    await repositories.discard(second.id)
    expect(await repositories.mayCreateIn('settled', stranger)).toBe(false)
  })
})
