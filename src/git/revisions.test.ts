import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testStore, type Client, type TestStore } from '../../test/support/store.ts'
import type { Oid } from '../kernel/ids.ts'
import type { RepoHandle } from '../kernel/repository.ts'
import { CatFile } from './objects/cat-file.ts'
import { StoredObjects } from './objects/stored-objects.ts'
import { RefSnapshots } from './refs/ref-snapshots.ts'
import { Revisions } from './revisions.ts'

let world: TestStore
let client: Client
let repo: RepoHandle
let catFile: CatFile
let revisions: Revisions
/** Three commits in a row, and a merge of a fourth. */
let ids: { first: string; second: string; third: string; side: string; merge: string; tag: string }
beforeAll(async () => {
  world = await testStore()
  client = await world.newClient()
  repo = { id: 'x' as RepoHandle['id'], path: `${client.path}/.git`, objectFormat: 'sha1' }
  catFile = new CatFile(world.launcher)
  revisions = new Revisions({
    snapshots: new RefSnapshots({ maxBytes: 1 << 20 }),
    objects: new StoredObjects(catFile),
    hidden: ['refs/internal/', 'refs/quarantine/'],
  })
  const first = client.commit('1')
  const second = client.commit('2', { parents: [first] })
  const third = client.commit('3', { parents: [second] })
  client.git(['update-ref', 'HEAD', third])
  const tree = client.git(['rev-parse', 'HEAD^{tree}'])
  const side = client.git(['commit-tree', tree, '-p', first, '-m', 'side'])
  const merge = client.git(['commit-tree', tree, '-p', third, '-p', side, '-m', 'merge'])
  const set = (ref: string, oid: string) => client.git(['update-ref', ref, oid])
  set('refs/heads/feature/x', merge)
  set('refs/heads/both', first)
  set('refs/tags/both', second)
  set('refs/tags/feature/x/y', first)
  set('refs/internal/secret', first)
  set('refs/pull/7/head', side)
  client.git(['tag', '-a', 'v1', '-m', 'v1', third])
  client.git(['tag', '-a', 'v1-tag', '-m', 'tag of a tag', 'v1'])
  client.git(['tag', '-a', 'of-tree', '-m', 'tree', tree])
  ids = { first, second, third, side, merge, tag: client.git(['rev-parse', 'refs/tags/v1']) }
})
afterAll(async () => {
  await catFile[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

describe('a revision', () => {
  test.each([
    ['feature/x', 'merge'],
    ['heads/feature/x', 'merge'],
    ['refs/heads/feature/x', 'merge'],
    ['v1', 'third'],
    ['v1-tag', 'third'],
    ['tags/v1', 'third'],
    ['refs/tags/both', 'second'],
    ['both', 'first'],
    ['tags/both', 'second'],
    ['HEAD', 'third'],
    ['@', 'third'],
    ['HEAD~2', 'first'],
    ['feature/x^2', 'side'],
    ['feature/x^2~1', 'first'],
    ['feature/x^', 'third'],
    ['v1~', 'second'],
    ['refs/pull/7/head', 'side'],
  ] as const)('%s is the %s commit, as git has it', async (revision, which) => {
    expect(await revisions.commit(repo, revision)).toBe(ids[which])
  })

  test('is an id of a commit, whole or cut, in either case, also of a tag, and steps from it', async () => {
    const { second, first, third, tag } = ids
    expect(await revisions.commit(repo, second)).toBe(second)
    expect(await revisions.commit(repo, second.toUpperCase())).toBe(second)
    expect(await revisions.commit(repo, second.slice(0, 10))).toBe(second)
    expect(await revisions.commit(repo, `${second.slice(0, 10)}~1`)).toBe(first)
    expect(await revisions.commit(repo, `${second}^`)).toBe(first)
    expect(await revisions.commit(repo, tag)).toBe(third)
  })

  test('that a branch or tag carries as its name is no abbreviation', async () => {
    const name = ids.second.slice(0, 8)
    client.git(['update-ref', `refs/heads/${name}`, ids.first])
    client.git(['update-ref', `refs/remotes/${ids.side.slice(0, 9)}`, ids.first])
    expect(await revisions.commit(repo, name)).toBe(ids.first)
    await expect(revisions.commit(repo, ids.side.slice(0, 9))).rejects.toMatchObject({ code: 'NOT_FOUND' })
    client.git(['update-ref', '-d', `refs/heads/${name}`])
    client.git(['update-ref', '-d', `refs/remotes/${ids.side.slice(0, 9)}`])
    expect(await revisions.commit(repo, name)).toBe(ids.second)
  })

  test.each([
    ['nothing'],
    ['HEAD~9'],
    ['HEAD^2'],
    ['f'.repeat(40)],
    ['f'.repeat(64)],
    ['abc'],
    ['refs/internal/secret'],
    ['internal/secret'],
    ['pull/7/head'],
    ['of-tree'],
    ['HEAD:file.txt'],
    ['HEAD@{1}'],
    [':/1'],
    ['HEAD..v1'],
    ['^HEAD'],
    ['HEAD~99999'],
    ['a b'],
    [`x${'y'.repeat(1_024)}`],
  ])('%s is none: NOT_FOUND', async (revision) => {
    await expect(revisions.commit(repo, revision)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      details: { reason: 'no such revision', ref: revision },
    })
  })

  test('of a tree or a blob is none', async () => {
    for (const object of ['HEAD^{tree}', 'HEAD:file.txt']) {
      const oid = client.git(['rev-parse', object])
      await expect(revisions.commit(repo, oid)).rejects.toMatchObject({ code: 'NOT_FOUND' })
      await expect(revisions.commit(repo, oid.slice(0, 12))).rejects.toMatchObject({ code: 'NOT_FOUND' })
    }
  })

  test.each([[''], ['-x'], ['--all'], ['a\nb'], ['a\0'], ['\x7f']])('%j can be none', async (revision) => {
    await expect(revisions.commit(repo, revision)).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
      details: [{ path: 'ref', message: expect.any(String) }],
    })
  })

  test('that has just moved is read anew', async () => {
    client.git(['update-ref', 'refs/heads/moving', ids.first])
    expect(await revisions.commit(repo, 'moving')).toBe(ids.first)
    client.git(['update-ref', 'refs/heads/moving', ids.second])
    await expect.poll(() => revisions.commit(repo, 'moving')).toBe(ids.second)
  })
})

describe('a revision and a path', () => {
  test.each([
    ['feature/x', 'merge', 'feature/x', ''],
    ['feature/x/src/a.ts', 'merge', 'feature/x', 'src/a.ts'],
    ['feature/x/y/z', 'first', 'feature/x/y', 'z'],
    ['feature/x~1/src/', 'third', 'feature/x~1', 'src'],
    ['v1//src//a', 'third', 'v1', 'src/a'],
    ['v1/-rf/\n/~1', 'third', 'v1', '-rf/\n/~1'],
    ['refs/heads/both/README', 'first', 'refs/heads/both', 'README'],
    ['HEAD/x', 'third', 'HEAD', 'x'],
  ] as const)('%j parts after the longest revision there is', async (text, which, ref, path) => {
    expect(await revisions.withPath(repo, text)).toEqual({ oid: ids[which], ref, path })
  })

  test('an id ends at the first slash', async () => {
    const { second } = ids
    expect(await revisions.withPath(repo, `${second}/a/b`)).toEqual({ oid: second, ref: second, path: 'a/b' })
    const cut = second.slice(0, 7)
    expect(await revisions.withPath(repo, `${cut}/a`)).toEqual({ oid: second, ref: cut, path: 'a' })
    const upper = await revisions.withPath(repo, second.toUpperCase())
    expect(upper).toEqual({ oid: second, ref: second, path: '' })
  })

  test('what names none is NOT_FOUND, what can name none VALIDATION_ERROR', async () => {
    for (const text of ['feature/none/src', 'refs/internal/secret/a', `${'f'.repeat(40)}/a`])
      await expect(revisions.withPath(repo, text)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    for (const text of ['', '/', '-x/a', '\x01/a'])
      await expect(revisions.withPath(repo, text)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
  })
})

test('in a repository without commits nothing is a revision', async () => {
  const empty = await world.newClient()
  const none: RepoHandle = { ...repo, id: 'y' as RepoHandle['id'], path: `${empty.path}/.git` }
  await expect(revisions.commit(none, 'HEAD')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(revisions.commit(none, 'main' satisfies string as Oid)).rejects.toMatchObject({
    code: 'NOT_FOUND',
  })
})
