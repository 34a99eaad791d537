import { expect, test } from 'vitest'
import { forEachEngine, newRepository, storeOn } from '../../test/support/databases.ts'
import type { Oid, RefName, RepoId } from '../kernel/ids.ts'
import { newId } from '../kernel/uuid.ts'
import { DeletedBranches } from './deleted-branches.ts'
import { toProtectionRow, type ProtectionRule } from './protection-rules.ts'
import { isProtected, Protections } from './protections.ts'

const BY = { actorId: 'actor', agentId: null }
const rule = (pattern: string, rest: Partial<ProtectionRule> = {}): ProtectionRule => ({
  pattern,
  push: 'writer',
  force: false,
  delete: false,
  requirePullRequest: false,
  allow: [],
  ...rest,
})

forEachEngine('protections', (on) => {
  async function open() {
    const store = storeOn(on.database)
    const { id } = await store.repositories.insert(newRepository(`${newId()}/repo`), BY)
    return { ...store, id, protections: new Protections(store) }
  }

  test('a rule that is set, changed and removed holds at once, and the log tells it', async () => {
    const { id, protections, events, clock } = await open()
    const strict = rule('main', { push: 'none', requirePullRequest: true, allow: [newId()] })
    const madeAt = clock.now()
    expect(await protections.of(id)).toEqual([])
    expect((await protections.put(id, rule('main'), BY)).result).toBe('added')
    clock.advance(5)
    expect((await protections.put(id, strict, BY)).result).toBe('changed')
    expect((await protections.put(id, strict, BY)).result).toBe('same')
    expect(await protections.of(id)).toEqual([{ ...strict, createdAt: madeAt, updatedAt: madeAt + 5 }])
    expect(await protections.remove(id, 'main', BY)).toBe(true)
    expect(await protections.remove(id, 'main', BY)).toBe(false)
    expect(await protections.of(id)).toEqual([])
    const { items } = await events.list({ repoId: id, types: ['protection.*'] }, { limit: 10 })
    expect(items.map((e) => [e.type, e.actorId, e.data])).toEqual([
      ['protection.removed', 'actor', { pattern: 'main' }],
      ['protection.changed', 'actor', strict],
      ['protection.changed', 'actor', rule('main')],
    ])
  })

  test('rules belong to one repository, and stand in the order of their patterns', async () => {
    const [one, other] = [await open(), await open()]
    for (const pattern of ['release/*', 'main']) await one.protections.put(one.id, rule(pattern), BY)
    expect((await one.protections.of(one.id)).map(({ pattern }) => pattern)).toEqual(['main', 'release/*'])
    expect(await one.protections.of(other.id)).toEqual([])
  })

  test('another server sees a new rule with its next question', async () => {
    const { id, protections, ...store } = await open()
    const other = new Protections(store)
    expect(await other.of(id)).toEqual([])
    await protections.put(id, rule('main'), BY)
    expect(await other.of(id)).toHaveLength(1)
  })

  test('the hundred-and-first rule is refused, and a change of one that is there is not', async () => {
    const { id, protections } = await open()
    const rules = Array.from({ length: 100 }, (_, n) => ({ ...rule(`b${n}`), createdAt: 1, updatedAt: 1 }))
    const rows = rules.map((one) => toProtectionRow(id, one))
    await on.database.kysely.insertInto('branch_protections').values(rows).execute()
    await expect(protections.put(id, rule('b100'), BY)).rejects.toMatchObject({ code: 'UNPROCESSABLE' })
    expect((await protections.put(id, rule('b0', { force: true }), BY)).result).toBe('changed')
  })

  test('an archived repository keeps the rules that it has', async () => {
    const { id, protections, repositories } = await open()
    await repositories.update(id, { archived: true }, BY)
    await expect(protections.put(id, rule('main'), BY)).rejects.toMatchObject({ code: 'REPO_ARCHIVED' })
    await expect(protections.remove(id, 'main', BY)).rejects.toMatchObject({ code: 'REPO_ARCHIVED' })
  })

  test('a repository that is not there takes no rule', async () => {
    const { protections } = await open()
    const nowhere = newId() as RepoId
    await expect(protections.put(nowhere, rule('main'), BY)).rejects.toMatchObject({ code: 'REPO_NOT_FOUND' })
    await expect(protections.remove(nowhere, 'main', BY)).rejects.toMatchObject({ code: 'REPO_NOT_FOUND' })
  })

  test('of a branch that was deleted twice the last value is kept', async () => {
    const { id, ...store } = await open()
    const deleted = new DeletedBranches(store)
    const ref = 'refs/heads/main' as RefName
    expect(await deleted.lastValue(id, ref)).toBeNull()
    for (const digit of ['a', 'b']) await deleted.keep(id, ref, digit.repeat(40) as Oid)
    expect(await deleted.lastValue(id, ref)).toBe('b'.repeat(40))
  })
})

test.each([
  ['main', 'main', true],
  ['main', 'main2', false],
  ['release/*', 'release/1/rc', true],
  ['release/*', 'release', false],
  ['*', 'anything/at/all', true],
  ['*-stable', 'v1-stable', true],
])('pattern %s on branch %s: %s', (pattern, branch, expected) => {
  expect(isProtected([rule('other'), rule(pattern)], branch)).toBe(expected)
})
