/** Commits made in this process hold against git: the same changes in a work tree give the same ids. */
import { chmod, lstat, mkdir, readdir, rename, rm, rmdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CatFile } from '../../src/git/objects/cat-file.ts'
import { StoredObjects } from '../../src/git/objects/stored-objects.ts'
import { hashObject } from '../../src/git/quarantine/hashed-object.ts'
import { changeConflicts } from '../../src/git/writing/change-conflicts.ts'
import { KnownTrees } from '../../src/git/writing/known-trees.ts'
import { makeCommit } from '../../src/git/writing/make-commit.ts'
import { AppError } from '../../src/kernel/errors.ts'
import type { Oid } from '../../src/kernel/ids.ts'
import type { RepoHandle } from '../../src/kernel/repository.ts'
import { git, testStore, type Client, type TestStore } from '../support/store.ts'

let world: TestStore
let catFile: CatFile
beforeAll(async () => {
  world = await testStore()
  catFile = new CatFile(world.launcher)
})
afterAll(async () => {
  await catFile[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

type Wish =
  | { readonly action: 'put'; readonly path: string; readonly content: string; readonly mode: Mode | null }
  | { readonly action: 'delete'; readonly path: string }
  | { readonly action: 'move'; readonly path: string; readonly from: string }
type Mode = '100644' | '100755' | '120000'

/** Names that sort otherwise as a file than as a directory, or that are not ASCII. */
const name = fc.constantFrom('a', 'a.b', 'a-b', 'a0', 'b', 'ä', '名', 'A', 'a b')
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'))
const content = fc.constantFrom('', 'one\n', 'two\n', 'three')
const mode = fc.constantFrom<(Mode | null)[]>(null, null, '100644', '100755', '120000')
const wish: fc.Arbitrary<Wish> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ action: fc.constant('put' as const), path, content, mode }) },
  { weight: 2, arbitrary: fc.record({ action: fc.constant('delete' as const), path }) },
  { weight: 2, arbitrary: fc.record({ action: fc.constant('move' as const), path, from: path }) },
)
const first: Wish[] = ['a/a/b', 'a/b', 'b', 'a.b/a'].map((path) => ({
  action: 'put',
  path,
  content: 'one\n',
  mode: null,
}))
const history = fc.array(fc.array(wish, { minLength: 1, maxLength: 6 }), { minLength: 2, maxLength: 8 })

const PERSON = { name: 'Ada', email: 'ada@example.org', seconds: 1_700_000_000, zone: '+0130' }

describe.each(['sha1', 'sha256'] as const)('in a %s repository', (format) => {
  test('any list of changes makes the commit that git makes of a work tree, or is refused where git has nothing to do', async () => {
    let [made, refused] = [0, 0]
    await fc.assert(
      fc.asyncProperty(history, async (wishes) => {
        const [repo, client] = [await world.newRepo(format), await world.newClient(format)]
        let head: Oid | null = null
        for (const list of [first, ...wishes]) {
          if (changeConflicts(list.map(named)).length > 0) continue
          const ours = await commitHere(repo, head, list)
          const theirs = await commitInWorkTree(client, head, list)
          expect(ours).toEqual(theirs)
          head = ours ?? head
          if (ours === null) refused++
          else made++
        }
        expect(git(repo.path, ['fsck', '--strict', '--full', '--no-dangling']).toString()).toBe('')
      }),
      { numRuns: 12 },
    )
    expect([made > 12, refused > 0]).toEqual([true, true])
  })

  test('a commit of many files, which is stored as a pack, is the one that git makes', async () => {
    const [repo, client] = [await world.newRepo(format), await world.newClient(format)]
    const list: Wish[] = Array.from({ length: 300 }, (_, i) => ({
      action: 'put',
      path: `d${i % 7}/e${i % 3}/file-${i}.txt`,
      content: `${'line '.repeat(i * 10)}${i}\n`,
      mode: i % 5 === 0 ? '100755' : null,
    }))
    const ours = await commitHere(repo, null, list)
    expect(ours).toBe(await commitInWorkTree(client, null, list))
    expect(await readdir(`${repo.path}/objects/pack`)).toHaveLength(2)
    const [index = ''] = (await readdir(`${repo.path}/objects/pack`)).filter((file) => file.endsWith('.idx'))
    git(`${repo.path}/objects/pack`, ['verify-pack', index])
    expect(git(repo.path, ['fsck', '--strict', '--full', '--no-dangling']).toString()).toBe('')
  })
})

test('an old tree with modes that git writes no more is written as git writes it now', async () => {
  const repo = await world.newRepo()
  const blob = git(repo.path, ['hash-object', '-w', '--stdin'], 'x').toString().trim()
  const odd = Buffer.concat(
    ['100664 a', '100775 b', '100600 c'].flatMap((entry) => [
      Buffer.from(`${entry}\0`),
      Buffer.from(blob, 'hex'),
    ]),
  )
  const tree = git(repo.path, ['hash-object', '-w', '-t', 'tree', '--literally', '--stdin'], odd).toString()
  const head = git(repo.path, ['commit-tree', '-m', 'odd', tree.trim()]).toString().trim() as Oid
  const ours = await commitHere(repo, head, [{ action: 'put', path: 'd', content: '', mode: null }])
  const listed = git(repo.path, ['ls-tree', '--format=%(objectmode) %(path)', ours ?? '']).toString()
  expect(listed).toBe('100644 a\n100755 b\n100644 c\n100644 d\n')
})

test('a name that is not UTF-8 survives a commit beside it', async () => {
  const repo = await world.newRepo()
  const blob = git(repo.path, ['hash-object', '-w', '--stdin'], 'x').toString().trim()
  const odd = Buffer.concat([Buffer.from('100644 \xe4\xff\0', 'latin1'), Buffer.from(blob, 'hex')])
  const tree = git(repo.path, ['hash-object', '-w', '-t', 'tree', '--stdin'], odd).toString().trim()
  const head = git(repo.path, ['commit-tree', '-m', 'odd', tree]).toString().trim() as Oid
  const ours = await commitHere(repo, head, [{ action: 'put', path: 'a', content: '', mode: null }])
  const names = git(repo.path, ['ls-tree', '-z', '--name-only', ours ?? ''])
  expect(names.toString('latin1')).toBe('a\0\xe4\xff\0')
})

function named(wish: Wish) {
  return {
    path: wish.path,
    from: wish.action === 'move' ? wish.from : null,
    removes: wish.action === 'delete',
  }
}

/** @returns `null` when it is refused */
async function commitHere(repo: RepoHandle, parent: Oid | null, list: readonly Wish[]): Promise<Oid | null> {
  const blobs = list.flatMap((wish) =>
    wish.action === 'put'
      ? hashObject({ type: 'blob', content: Buffer.from(wish.content) }, repo.objectFormat)
      : [],
  )
  let next = 0
  const changes = list.map((wish) =>
    wish.action === 'put' ? { ...wish, oid: blobs[next++]?.oid as Oid } : wish,
  )
  const trees = new KnownTrees(new StoredObjects(catFile))
  const commit = { parent, changes, blobs, author: PERSON, committer: PERSON, message: 'a change\n' }
  await using quarantine = world.store.openQuarantine(repo)
  try {
    const oid = await makeCommit(trees, repo, quarantine, commit)
    await quarantine.sync()
    await quarantine.migrate()
    return oid
  } catch (err) {
    if (err instanceof AppError && err.code === 'UNPROCESSABLE') return null
    throw err
  }
}

/** With the file system, `git add` and `git commit-tree`. @returns `null` when it cannot be done, or changes nothing */
async function commitInWorkTree(
  client: Client,
  parent: Oid | null,
  list: readonly Wish[],
): Promise<Oid | null> {
  const possible = await changeFiles(client.path, list)
  if (possible) client.git(['add', '--all'])
  const tree = possible ? client.git(['write-tree']) : null
  const before = parent === null ? null : client.git(['rev-parse', `${parent}^{tree}`])
  if (tree === null || tree === before) {
    await checkOut(client, parent)
    return null
  }
  const date = `${PERSON.seconds} ${PERSON.zone}`
  const env = { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date }
  Object.assign(process.env, env)
  const oid = client.git(['commit-tree', tree, ...(parent ? ['-p', parent] : []), '-m', 'a change']) as Oid
  for (const key of Object.keys(env)) delete process.env[key]
  await checkOut(client, oid)
  return oid
}

async function checkOut(client: Client, oid: Oid | null): Promise<void> {
  client.git(['read-tree', '--reset', ...(oid === null ? ['--empty'] : ['-u', oid])])
  client.git(['clean', '-qfdx'])
}

/** @returns false when something is missing, or in the way */
async function changeFiles(root: string, list: readonly Wish[]): Promise<boolean> {
  const modes = new Map<string, Mode>()
  for (const { path } of list) modes.set(path, await modeOf(join(root, path)))
  const aside = `${root}.aside`
  await rm(aside, { recursive: true, force: true })
  await mkdir(aside)
  for (const [i, wish] of list.entries()) {
    if (wish.action === 'put') continue
    const from = join(root, wish.action === 'move' ? wish.from : wish.path)
    if (!(await exists(from))) return false
    await rename(from, join(aside, String(i)))
    await pruneEmpty(root, dirname(from))
  }
  for (const [i, wish] of list.entries()) {
    if (wish.action === 'delete') continue
    const to = join(root, wish.path)
    const made = await mkdir(dirname(to), { recursive: true }).catch(() => null)
    if (made === null || !(await exists(dirname(to)))) return false
    if (wish.action === 'move') {
      if (await exists(to)) return false
      await rename(join(aside, String(i)), to)
    } else if (!(await put(to, wish.content, wish.mode ?? modes.get(wish.path) ?? '100644'))) return false
  }
  return true
}

async function put(path: string, content: string, mode: Mode): Promise<boolean> {
  const there = await lstat(path).catch(() => null)
  if (there?.isDirectory()) return false
  await rm(path, { force: true })
  if (mode === '120000')
    return symlink(content, path).then(
      () => true,
      () => false,
    )
  await writeFile(path, content)
  await chmod(path, mode === '100755' ? 0o755 : 0o644)
  return true
}

async function modeOf(path: string): Promise<Mode> {
  const there = await lstat(path).catch(() => null)
  if (there?.isSymbolicLink()) return '120000'
  return there?.isFile() && there.mode & 0o100 ? '100755' : '100644'
}

async function pruneEmpty(root: string, directory: string): Promise<void> {
  for (let at = directory; at !== root; at = dirname(at))
    if (
      !(await rmdir(at).then(
        () => true,
        () => false,
      ))
    )
      return
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
