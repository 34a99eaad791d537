import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { git, testStore, type Client, type TestStore } from '../../../test/support/store.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { CatFileAnswers, type Answer } from './cat-file-answers.ts'
import { CatFile, CAT_FILE_LIMITS } from './cat-file.ts'

let world: TestStore
let client: Client
let repo: RepoHandle
let objects: CatFile
beforeAll(async () => {
  world = await testStore()
  client = await world.newClient()
  repo = { id: 'x' as RepoHandle['id'], path: `${client.path}/.git`, objectFormat: 'sha1' }
  objects = new CatFile(world.launcher)
})
afterAll(async () => {
  await objects[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

const MAX = { maxBytes: 1 << 20 }

async function children(): Promise<number[]> {
  const pid = world.launcher.pid
  return (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean).map(Number)
}

test('many objects are read by one process, each with its own answer', async () => {
  const before = world.launcher.started
  const texts = Array.from({ length: 200 }, (_, i) => `text ${i}\n`.repeat(i))
  const oids = texts.map((text) => client.git(['hash-object', '-w', '--stdin'], text) as Oid)
  const read = await Promise.all(oids.map((oid) => objects.read(repo, oid, MAX)))
  expect(read.map((object) => object?.content.toString())).toEqual(texts)
  const infos = await Promise.all(oids.map((oid) => objects.info(repo, oid)))
  expect(infos).toEqual(texts.map((text, i) => ({ oid: oids[i], type: 'blob', size: text.length })))
  expect(world.launcher.started - before).toBe(1)
})

test('an object that came after the process was started is found', async () => {
  expect(await objects.info(repo, 'f'.repeat(40))).toBeNull()
  const oid = client.commit('later')
  expect((await objects.read(repo, `${oid}:file.txt`, MAX))?.content.toString()).toBe('later')
  git(client.path, ['update-ref', 'refs/heads/main', oid])
  git(client.path, ['repack', '-a', '-d', '-q'])
  expect(await objects.info(repo, `${oid}^{tree}`)).toMatchObject({ type: 'tree' })
  expect(await objects.info(repo, `${oid}:nowhere`)).toBeNull()
})

test('an object above the bound is an error, and the next answer is right', async () => {
  const big = client.git(['hash-object', '-w', '--stdin'], Buffer.alloc(3 << 20, 'big\n')) as Oid
  const small = client.git(['hash-object', '-w', '--stdin'], 'small') as Oid
  const [tooBig, read] = await Promise.allSettled([
    objects.read(repo, big, MAX),
    objects.read(repo, small, MAX),
  ])
  expect(tooBig).toMatchObject({ reason: { code: 'PAYLOAD_TOO_LARGE', details: { size: 3 << 20 } } })
  expect(read).toMatchObject({ value: { oid: small, size: 5 } })
})

test.each(['HEAD', 'refs/heads/main', `${'a'.repeat(40)}\ncontents x`, '-x', ''])(
  'what is no object id never reaches git: %j',
  async (text) => {
    await expect(objects.info(repo, text)).rejects.toMatchObject({ code: 'INVALID_OID' })
  },
)

test('a process that was killed fails what it was asked, and is replaced', async () => {
  const oid = client.commit('again')
  await objects.info(repo, oid)
  for (const pid of await children()) process.kill(pid, 'SIGKILL')
  await expect.poll(() => children()).toEqual([])
  const asked = objects.info(repo, oid).catch(() => objects.info(repo, oid))
  expect(await asked).toMatchObject({ oid, type: 'commit' })
})

test('idle processes end, and no more than the bound run at once', async () => {
  await objects[Symbol.asyncDispose]()
  const oid = client.commit('idle')
  await using few = new CatFile(world.launcher, { ...CAT_FILE_LIMITS, total: 2 })
  for (let i = 0; i < 4; i++) expect(await few.info(await world.newRepo(), oid)).toBeNull()
  await expect.poll(async () => (await children()).length).toBe(2)
  await few[Symbol.asyncDispose]()
  await using brief = new CatFile(world.launcher, { ...CAT_FILE_LIMITS, idleMs: 1 })
  expect(await brief.info(repo, oid)).not.toBeNull()
  await expect.poll(() => children()).toEqual([])
})

test('answers are the same however the output is cut', () => {
  const oid = 'a'.repeat(40)
  const output = Buffer.from(
    `${oid} blob 5\nabcde\nzz missing\n${oid} tree 0\n\n${oid} blob 3\n\n\n\n\n${oid} commit 9\n`,
  )
  const maxima = [10, 10, 10, 2, null]
  const cut = (cuts: number[]) => {
    const answers: Answer[] = []
    const parser = new CatFileAnswers(
      () => maxima[answers.length] ?? null,
      (answer) => answers.push(answer),
    )
    let at = 0
    for (const end of [...cuts.sort((a, b) => a - b), output.length]) {
      parser.take(output.subarray(at, end))
      at = end
    }
    return answers
  }
  const whole = cut([])
  expect(whole.map((a) => [a.header?.type, a.content?.toString()])).toEqual([
    ['blob', 'abcde'],
    [undefined, undefined],
    ['tree', ''],
    ['blob', undefined],
    ['commit', undefined],
  ])
  fc.assert(
    fc.property(fc.array(fc.nat(output.length)), (cuts) => {
      expect(cut(cuts)).toEqual(whole)
    }),
  )
})

test('an answer that git never gives is an error, not a wait', () => {
  const parser = new CatFileAnswers(
    () => null,
    () => {},
  )
  expect(() => parser.take(Buffer.from('what is this\n'))).toThrow('unexpected answer')
})
