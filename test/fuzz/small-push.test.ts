/**
 * Packs that a dice has changed: what is taken without git, git takes, and finds the same objects in it.
 * `FUZZ_PACKS` and `FUZZ_SEED` from the environment; a failure prints the pack.
 */
import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SmallPushes, type SmallPush } from '../../src/git/small-push/small-pushes.ts'
import type { RepoHandle } from '../../src/kernel/repository.ts'
import { Dice } from '../support/dice.ts'
import { push, testStore, type Client, type TestStore } from '../support/store.ts'
import { made, mutatePack, type Draft } from './mutate-pack.ts'

const PACKS = Number(process.env['FUZZ_PACKS'] ?? 1_500)
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_390)
const STRICT = '--strict=badTimezone=ignore,missingSpaceBeforeDate=ignore,zeroPaddedFilemode=ignore'
const WHO = 'M <m@example.test> 1700000000 +0000'

const run = promisify(execFile)
let world: TestStore
beforeAll(async () => {
  world = await testStore()
})
afterAll(() => world[Symbol.asyncDispose]())

test.each(['sha1', 'sha256'] as const)('with %s, what is taken, git takes as well', async (format) => {
  const [repo, client] = [await world.newRepo(format), await world.newClient(format)]
  const draft = await draftUpon(repo, client)
  const dice = new Dice(SEED)
  using pushes = new SmallPushes()
  let taken = 0
  for (let i = 0; i < PACKS / 2; i++) {
    const pack = mutatePack(draft, dice)
    const found = await pushes.take(repo, Readable.from([pack]), {})
    if (found.push === null) continue
    taken++
    await expectTakenByGit(repo, pack, found.push)
    found.push.holding[Symbol.dispose]()
  }
  console.info(`${format}: ${PACKS / 2} packs, ${taken} taken`)
  expect(taken).toBeGreaterThan(PACKS / 100)
  expect(pushes.heldBytes).toBe(0)
})

/** Objects that all refer to each other, or to what the repository has. */
async function draftUpon(repo: RepoHandle, client: Client): Promise<Draft> {
  const format = repo.objectFormat
  const base = client.commit('base', { content: 'base\n' })
  await push(world.store, repo, client.pack([base]), [client.create('refs/heads/main', base)])
  const known = client.git(['rev-parse', `${base}:file.txt`])
  const blob = made('blob', 'a file of a pack\n'.repeat(8), format)
  const entry = (mode: string, name: string, oid: string) =>
    Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(oid, 'hex')])
  const inner = made(
    'tree',
    Buffer.concat([entry('100644', 'a', blob.oid), entry('120000', 'l', known)]),
    format,
  )
  const root = made(
    'tree',
    Buffer.concat([entry('40000', 'd', inner.oid), entry('100755', 'x', blob.oid)]),
    format,
  )
  const head = `author ${WHO}\ncommitter ${WHO}\n\n`
  const first = made('commit', `tree ${root.oid}\nparent ${base}\n${head}first\n`, format)
  const second = made(
    'commit',
    `tree ${inner.oid}\nparent ${first.oid}\nparent ${base}\n${head}second\n`,
    format,
  )
  const tag = made('tag', `object ${second.oid}\ntype commit\ntag v1\ntagger ${WHO}\n\nv1\n`, format)
  return { format, objects: [blob, inner, root, first, second, tag] }
}

async function expectTakenByGit(
  repo: RepoHandle,
  pack: Buffer,
  { objects, pack: kept }: SmallPush,
): Promise<void> {
  const directory = join(world.root, 'probe')
  await mkdir(join(directory, 'pack'), { recursive: true })
  const env = { GIT_OBJECT_DIRECTORY: directory, GIT_ALTERNATE_OBJECT_DIRECTORIES: `${repo.path}/objects` }
  const input = join(directory, 'input.pack')
  await writeFile(input, pack)
  await writeFile(join(directory, 'kept.pack'), kept.pack)
  const why = `pack ${pack.toString('base64')}`
  const git = (...args: string[]) =>
    gitOn(repo, env, args, input).catch((err: unknown) => expect.unreachable(`${why}: ${String(err)}`))
  await git('unpack-objects', '-q', STRICT)
  await git('index-pack', STRICT, '-o', join(directory, 'kept.idx'), join(directory, 'kept.pack'))
  expect((await readFile(join(directory, 'kept.idx'))).equals(kept.index), why).toBe(true)
  await git('index-pack', '--stdin', '--fix-thin', STRICT)
  const there = await git('cat-file', '--batch-check', '--batch-all-objects')
  for (const { oid, type, content } of objects)
    expect(there, why).toContain(`${oid} ${type} ${content.length}\n`)
  await rm(directory, { recursive: true })
}

async function gitOn(
  repo: RepoHandle,
  env: Record<string, string>,
  args: readonly string[],
  stdin: string,
): Promise<string> {
  const script = 'exec git "$@" < "$0"'
  const { stdout } = await run('sh', ['-c', script, stdin, ...args], {
    cwd: repo.path,
    env: { ...process.env, ...env, GIT_DIR: repo.path },
  })
  return stdout
}
