/** Which packs go out as they are, to whom, and what happens when their files change meanwhile. Real git on both sides. */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { Writable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { git, push, testStore, type Client, type TestStore } from '../../../test/support/store.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { SlabPool } from '../launcher/slab-pool.ts'
import type { ReadyAnswer } from '../ready-answer.ts'
import { RefSnapshots } from '../refs/ref-snapshots.ts'
import { parseFetchArguments, writeFetchRequest, type FetchArguments } from '../wire/fetch-arguments.ts'
import { takePacket } from '../wire/pkt-line.ts'
import { proveClonePack } from './prove-clone-pack.ts'
import { VerbatimClones } from './verbatim-clones.ts'

let s: TestStore
let client: Client
/** Proven; nobody changes it. */
let stored: Awaited<ReturnType<typeof tagged>>
const snapshots = new RefSnapshots({ maxBytes: 1 << 20 })
const clones = new VerbatimClones({ snapshots, slabs: new SlabPool() })
const never = new AbortController().signal
const MIB = 1024 * 1024
beforeAll(async () => {
  s = await testStore()
  client = await s.newClient()
  stored = await tagged()
  expect(await repackAndProve(stored.repo)).toBe(true)
})
afterAll(() => s[Symbol.asyncDispose]())

/** `main` of two commits, the first of which has the tag `v1`. */
async function tagged(content: string | Buffer = ''): Promise<{ repo: RepoHandle; tip: Oid; tag: Oid }> {
  const repo = await s.newRepo()
  const first = client.commit(`${repo.id} 1`)
  const tip = client.commit(`${repo.id} 2`, { parents: [first], content })
  const text = `object ${first}\ntype commit\ntag v1\ntagger A <a@example.org> 1 +0000\n\nv1\n`
  const tag = client.git(['mktag'], text) as Oid
  const updates = [client.create('refs/heads/main', tip), client.create('refs/tags/v1', tag)]
  expect(await push(s.store, repo, client.pack([tip, tag]), updates)).toEqual([])
  return { repo, tip, tag }
}

function repackAndProve(repo: RepoHandle): Promise<boolean> {
  git(repo.path, ['repack', '-a', '-d', '-q'])
  return prove(repo)
}

function prove(repo: RepoHandle): Promise<boolean> {
  const parts = {
    git: { launcher: s.launcher, memoryBytes: 1024 * MIB },
    snapshots,
    hidden: ['refs/internal/'],
  }
  return proveClonePack(parts, repo, never)
}

function question(repo: RepoHandle, lines: readonly string[]): FetchArguments {
  const args = parseFetchArguments(lines, repo)
  if (args === null) throw new Error('unusual')
  return args
}

function ask(repo: RepoHandle, ...lines: string[]): Promise<ReadyAnswer | null> {
  return clones.find(repo, question(repo, lines))
}

function askWhole(repo: RepoHandle, ...wants: Oid[]): Promise<ReadyAnswer | null> {
  return ask(repo, 'ofs-delta', 'done', 'no-progress', ...wants.map((oid) => `want ${oid}`))
}

/** What the answer holds on band 1. @throws what `writeInto` throws */
async function packIn(answer: ReadyAnswer | null): Promise<Buffer> {
  return bandOne(await bytesOf(answer))
}

async function bytesOf(answer: ReadyAnswer | null): Promise<Buffer> {
  if (answer === null) throw new Error('no answer')
  await using ready = answer
  const chunks: Buffer[] = []
  const into = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(Buffer.from(chunk)) // it is reused once this is called back
      done()
    },
  })
  await ready.writeInto(into)
  return Buffer.concat(chunks)
}

function bandOne(answer: Buffer): Buffer {
  const pieces: Buffer[] = []
  for (let packet = takePacket(answer), n = 0; packet !== null; packet = takePacket(packet.rest), n++) {
    if (packet.kind === 'flush') return packet.rest.length === 0 ? Buffer.concat(pieces) : Buffer.alloc(0)
    if (packet.kind !== 'data') break
    if (n === 0) expect(packet.payload.toString()).toMatch(/^\x01?packfile\n$/)
    else if (packet.payload[0] === 1) pieces.push(packet.payload.subarray(1))
  }
  throw new Error('no flush at the end')
}

async function packPath(repo: RepoHandle): Promise<string> {
  const names = await readdir(`${repo.path}/objects/pack`)
  const name = names.find((each) => each.endsWith('.pack') && !names.includes(each.replace('pack', 'mtimes')))
  return `${repo.path}/objects/pack/${name}`
}

test('what goes out is the file, and git finds exactly the objects in it that it would have sent itself', async () => {
  const { repo, tip, tag } = stored
  const pack = await packIn(await askWhole(repo, tip, tag))
  expect(pack.equals(await readFile(await packPath(repo)))).toBe(true)
  const copy = await s.newClient()
  copy.git(['index-pack', '--stdin', '--strict'], pack)
  const listed = (cwd: string) => git(cwd, ['cat-file', '--batch-all-objects', '--batch-check']).toString()
  const asked = git(repo.path, ['rev-list', '--objects', '--no-object-names', tip, tag]).toString()
  expect(
    listed(copy.path)
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]),
  ).toEqual(asked.trim().split('\n').sort())
})

test('a client that wants everything multiplexed reads the start of the pack from band 1, as from git', async () => {
  const { repo, tip, tag } = stored
  const flags = ['ofs-delta', 'sideband-all', 'no-progress', 'done']
  const lines = [...flags, `want ${tip}`, `want ${tag}`]
  const pack = await packIn(await ask(repo, ...lines))
  expect(pack.equals(await readFile(await packPath(repo)))).toBe(true)
  const request = writeFetchRequest(question(repo, lines))
  const settings = ['-c', 'uploadpack.allowSidebandAll=true']
  const command = [...settings, 'upload-pack', '--stateless-rpc', '.']
  const env = { ...process.env, GIT_PROTOCOL: 'version=2' }
  const theirs = execFileSync('git', command, { cwd: repo.path, env, input: request })
  const ours = await bytesOf(await ask(repo, ...lines))
  expect(ours.subarray(0, 14)).toEqual(theirs.subarray(0, 14))
})

test.each([
  ['no ofs-delta', ['done']],
  ['a negotiation', ['ofs-delta']],
  ['something in hand', ['ofs-delta', 'done', 'have 1234567890123456789012345678901234567890']],
  ['a part of the history', ['ofs-delta', 'done', 'deepen 1']],
  ['a part of the history by date', ['ofs-delta', 'done', 'deepen-since 1']],
  ['a shallow history', ['ofs-delta', 'done', 'shallow 1234567890123456789012345678901234567890']],
  ['no files', ['ofs-delta', 'done', 'filter blob:none']],
])('a client with %s is left to others', async (_what, lines) => {
  const { repo, tip, tag } = stored
  const wants = [`want ${tip}`, `want ${tag}`]
  await using whole = await ask(repo, 'ofs-delta', 'done', ...wants)
  expect(whole).not.toBeNull()
  expect(await ask(repo, ...lines, ...wants)).toBeNull()
})

test('a client has to want every end of the history; a tag may come along instead, but nothing else may', async () => {
  const { repo, tip, tag } = await tagged()
  const topic = client.commit(`${repo.id} topic`)
  await push(s.store, repo, client.pack([topic]), [client.create('refs/heads/topic', topic)])
  await repackAndProve(repo)
  const first = git(repo.path, ['rev-parse', `${tip}^`])
    .toString()
    .trim()
  const cases: [lines: string[], found: boolean][] = [
    [[`want ${tip}`, `want ${tag}`, `want ${topic}`], true],
    [[`want ${tip}`, `want ${topic}`], false],
    [[`want ${tip}`, `want ${topic}`, 'include-tag'], true],
    [[`want ${tag}`, `want ${topic}`, 'include-tag'], false],
    [[`want ${tip}`, `want ${tag}`, 'include-tag'], false],
    [[`want ${tip}`, `want ${tag}`, `want ${topic}`, `want ${first}`], false], // no ref shows it
  ]
  for (const [lines, found] of cases) {
    await using answer = await ask(repo, 'ofs-delta', 'done', ...lines)
    expect(answer !== null, lines.join(' ')).toBe(found)
  }
})

test('an end of the history that only a tag shows has to be wanted', async () => {
  const { repo, tip } = await tagged()
  const side = client.commit(`${repo.id} side`)
  const text = `object ${side}\ntype commit\ntag v2\ntagger A <a@example.org> 1 +0000\n\nv2\n`
  const tag = client.git(['mktag'], text) as Oid
  await push(s.store, repo, client.pack([tag]), [client.create('refs/tags/v2', tag)])
  await repackAndProve(repo)
  expect(await ask(repo, 'ofs-delta', 'done', 'include-tag', `want ${tip}`)).toBeNull()
  await using answer = await ask(repo, 'ofs-delta', 'done', 'include-tag', `want ${tip}`, `want ${tag}`)
  expect(answer).not.toBeNull()
})

test.each(['refs/internal/kept', 'refs/heads/gone'])(
  'a pack with what only %s leads to is not proven',
  async (ref) => {
    const { repo, tip } = await tagged()
    const more = client.commit(`${repo.id} more`, { parents: [tip] })
    await push(s.store, repo, client.pack([more], [tip]), [client.create(ref, more)])
    git(repo.path, ['repack', '-a', '-d', '-q'])
    if (ref.startsWith('refs/heads/')) await push(s.store, repo, null, [client.delete(ref, more)])
    expect(await prove(repo)).toBe(false)
    expect(await readdir(repo.path)).not.toContain('clone-pack')
  },
)

test('a pack beside which something lies loose that a ref leads to is not proven', async () => {
  const { repo, tip } = await tagged()
  expect(await repackAndProve(repo)).toBe(true)
  await rm(`${repo.path}/clone-pack`)
  const more = client.commit(`${repo.id} more`, { parents: [tip] })
  await push(s.store, repo, client.pack([more], [tip]), [client.create('refs/heads/more', more)])
  expect(await prove(repo)).toBe(false)
})

test('a pack that rests on objects of another repository is not proven', async () => {
  const { repo: lender } = await tagged()
  const tip = git(lender.path, ['rev-parse', 'main']).toString().trim() as Oid
  const repo = await s.newRepo()
  await writeFile(`${repo.path}/objects/info/alternates`, `${lender.path}/objects\n`)
  const more = client.commit(`${repo.id} more`, { parents: [tip] })
  await push(s.store, repo, client.pack([more], [tip]), [client.create('refs/heads/main', more)])
  git(repo.path, ['repack', '-a', '-d', '-l', '-q'])
  expect(await prove(repo)).toBe(false)
})

test('what a killed proof has left does not stop the next one', async () => {
  const { repo } = await tagged()
  git(repo.path, ['repack', '-a', '-d', '-q'])
  git(repo.path, ['init', '-q', '--bare', 'clone-pack.alone'])
  await writeFile(`${repo.path}/clone-pack.new`, 'half')
  expect(await prove(repo)).toBe(true)
  expect((await readdir(repo.path)).filter((name) => name.startsWith('clone-pack'))).toEqual(['clone-pack'])
})

test('a pack that was cut or grew since is not opened, and its bytes are not trusted to be others', async () => {
  const { repo, tip, tag } = await tagged()
  await repackAndProve(repo)
  const path = await packPath(repo)
  const whole = await readFile(path)
  const change = Buffer.from(whole)
  change[whole.length - 1]! ^= 1
  for (const damaged of [whole.subarray(0, -1), Buffer.concat([whole, Buffer.alloc(1)]), change]) {
    await rm(path)
    await writeFile(path, damaged)
    expect(await askWhole(repo, tip, tag)).toBeNull()
  }
  await rm(path)
  expect(await askWhole(repo, tip, tag)).toBeNull()
})

test('a pack that is cut while it is sent ends the answer without its last packet', async () => {
  const { repo, tip, tag } = await tagged(randomBytes(2 * MIB))
  await repackAndProve(repo)
  const answer = await askWhole(repo, tip, tag)
  await truncate(await packPath(repo), MIB)
  await expect(packIn(answer)).rejects.toThrow('shorter')
})

test('a pack that is replaced while it is sent goes out as it was', async () => {
  const { repo, tip, tag } = await tagged(randomBytes(MIB))
  await repackAndProve(repo)
  const before = await readFile(await packPath(repo))
  const answer = await askWhole(repo, tip, tag)
  const more = client.commit(`${repo.id} more`, { parents: [tip] })
  await push(s.store, repo, client.pack([more], [tip]), [client.create('refs/heads/more', more)])
  await repackAndProve(repo)
  expect((await readFile(await packPath(repo))).equals(before)).toBe(false)
  expect((await packIn(answer)).equals(before)).toBe(true)
})

test('a client that goes away gives back what its clone had taken', async () => {
  const { repo, tip, tag } = await tagged(randomBytes(2 * MIB))
  await repackAndProve(repo)
  const slabs = new SlabPool(1)
  const answer = await new VerbatimClones({ snapshots, slabs }).find(
    repo,
    question(repo, ['ofs-delta', 'done', `want ${tip}`, `want ${tag}`]),
  )
  const stuck: Writable = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      if (chunk.length < 1000) return done()
      stuck.destroy() // and never calls back
    },
  })
  await expect(answer?.writeInto(stuck)).rejects.toMatchObject({ code: 'REQUEST_ABORTED' })
  await answer?.[Symbol.asyncDispose]()
  expect(slabs.take().length).toBe(new SlabPool().take().length)
})

test('a note that was cut, changed or written by another version says nothing', async () => {
  const { repo, tip, tag } = await tagged()
  await repackAndProve(repo)
  const path = `${repo.path}/clone-pack`
  const text = await readFile(path, 'utf8')
  for (const damaged of ['', text.slice(0, 40), text.slice(0, -1), text.replace(/^1/, '2')]) {
    await writeFile(path, damaged)
    expect(await askWhole(repo, tip, tag)).toBeNull()
  }
  await writeFile(path, text)
  await using answer = await askWhole(repo, tip, tag)
  expect(answer).not.toBeNull()
})
