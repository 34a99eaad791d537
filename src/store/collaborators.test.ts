import { expect, test } from 'vitest'
import { forEachEngine, newRepository, storeOn } from '../../test/support/databases.ts'
import type { RepoId } from '../kernel/ids.ts'
import { newId } from '../kernel/uuid.ts'
import { Accounts } from './accounts.ts'
import { Collaborators } from './collaborators.ts'

const BY = { actorId: 'actor', agentId: null }

forEachEngine('collaborators', (on) => {
  async function open() {
    const store = storeOn(on.database)
    const owner = newId()
    const org = newId()
    await store.repositories.insert(newRepository(`${org}/of-the-maker-of-the-organisation`), BY)
    const { id } = await store.repositories.insert(newRepository(`${org}/repo`, { ownerId: owner }), BY)
    const collaborators = new Collaborators(store)
    const roleOf = async (account: string) =>
      (await store.repositories.find({ kind: 'id', id }, account))?.resource.role
    return { ...store, id, owner, collaborators, roleOf }
  }

  test('one who is added, changed and removed has that role at once, and the log tells it', async () => {
    const { id, collaborators, roleOf, events } = await open()
    const ann = newId()
    expect(await collaborators.put(id, { accountId: ann, role: 'reader' }, BY)).toBe('added')
    expect(await roleOf(ann)).toBe('reader')
    expect(await collaborators.put(id, { accountId: ann, role: 'writer' }, BY)).toBe('changed')
    expect(await collaborators.put(id, { accountId: ann, role: 'writer' }, BY)).toBe('same')
    expect(await roleOf(ann)).toBe('writer')
    expect(await collaborators.remove(id, ann, BY)).toBe(true)
    expect(await collaborators.remove(id, ann, BY)).toBe(false)
    expect(await roleOf(ann)).toBeNull()
    const { items } = await events.list({ repoId: id, types: ['repo.*'] }, { limit: 10 })
    expect(items.map((e) => [e.type, e.targetId])).toEqual([
      ['repo.collaborator_removed', ann],
      ['repo.collaborator_changed', ann],
      ['repo.collaborator_added', ann],
      ['repo.created', id],
    ])
  })

  test('the list begins with the owner', async () => {
    const { id, owner, collaborators, clock } = await open()
    const [ann, bob] = [newId(), newId()]
    await collaborators.put(id, { accountId: bob, role: 'owner' }, BY)
    clock.advance(1)
    await collaborators.put(id, { accountId: ann, role: 'reader' }, BY)
    await new Accounts({ ...storeOn(on.database, clock), newId }).atFirstSight(
      { issuer: 'i', subject: ann },
      { kind: 'user', displayName: 'Ann', email: null },
    )
    expect(await collaborators.list(id)).toEqual([
      { accountId: owner, role: 'owner', displayName: null },
      { accountId: bob, role: 'owner', displayName: null },
      { accountId: ann, role: 'reader', displayName: 'Ann' },
    ])
  })

  test('the last owner can be neither demoted nor removed', async () => {
    const { id, owner, collaborators, roleOf } = await open()
    await collaborators.put(id, { accountId: newId(), role: 'writer' }, BY)
    const demoted = collaborators.put(id, { accountId: owner, role: 'writer' }, BY)
    await expect(demoted).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(collaborators.remove(id, owner, BY)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await roleOf(owner)).toBe('owner')
  })

  test('an owner who goes hands over to another owner', async () => {
    const { id, owner, collaborators, roleOf, repositories, events } = await open()
    const heir = newId()
    await collaborators.put(id, { accountId: heir, role: 'owner' }, BY)
    expect(await collaborators.put(id, { accountId: owner, role: 'reader' }, BY)).toBe('changed')
    expect([await roleOf(owner), await roleOf(heir)]).toEqual(['reader', 'owner'])
    expect((await repositories.byId(id))?.ownerId).toBe(heir)
    const { items } = await events.list({ repoId: id }, { limit: 1 })
    expect(items[0]?.data).toEqual({ role: 'reader', ownerId: heir })
    await expect(collaborators.remove(id, heir, BY)).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  test('two owners who leave at once do not leave the repository without one', async () => {
    const { id, owner, collaborators } = await open()
    const other = newId()
    await collaborators.put(id, { accountId: other, role: 'owner' }, BY)
    const left = await Promise.allSettled([owner, other].map((who) => collaborators.remove(id, who, BY)))
    expect(left.map((l) => l.status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(await collaborators.list(id)).toHaveLength(1)
  })

  test('an archived repository keeps those that it has', async () => {
    const { id, owner, collaborators, repositories } = await open()
    await repositories.update(id, { archived: true }, BY)
    const put = collaborators.put(id, { accountId: newId(), role: 'reader' }, BY)
    await expect(put).rejects.toMatchObject({ code: 'REPO_ARCHIVED' })
    await expect(collaborators.remove(id, owner, BY)).rejects.toMatchObject({ code: 'REPO_ARCHIVED' })
  })

  test('a repository that is not there has none', async () => {
    const { collaborators } = await open()
    const nowhere = newId() as RepoId
    expect(await collaborators.list(nowhere)).toEqual([])
    const put = collaborators.put(nowhere, { accountId: newId(), role: 'reader' }, BY)
    await expect(put).rejects.toMatchObject({ code: 'REPO_NOT_FOUND' })
  })
})
