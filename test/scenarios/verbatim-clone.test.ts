/** Full clones that are one pack on disk: what a client gets is that file, and only when it is exactly what it asked for. */
import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Actor } from '../support/actor.ts'
import { ForeignClient } from '../support/foreign-client.ts'
import { maintainNow, nextWhole } from '../support/maintained.ts'
import { world, type World } from '../support/world.ts'

let w: World
/** A work tree of two commits and an annotated tag. */
let template: string
let names = 0
beforeAll(async () => {
  w = await world()
  await w.owner.start('nowhere')
  await w.owner.commit('a.txt', 'a\n'.repeat(1_000))
  await w.owner.ok('tag', '-m', 'first', 'v1')
  await w.owner.commit('b.txt', 'b\n')
  template = w.owner.dir
})
afterAll(() => w[Symbol.asyncDispose]())

const AS_STORED = /in one pack that is stored so/

/** A new repository takes the place of the last one; the owner has pushed all there is to it. */
beforeEach(async () => {
  w.repo = await w.createRepo(`r${++names}`)
  w.owner = await w.actor(`owner-${names}`, { accountId: w.owner.accountId })
  await cp(template, w.owner.dir, { recursive: true })
  await w.owner.ok('remote', 'set-url', 'origin', w.repo.url)
  await w.owner.ok('push', '-q', 'origin', 'main', 'v1')
})

async function maintainWhole(): Promise<void> {
  await nextWhole(w)
  await maintainNow(w)
}

/** @returns what git showed of it, whether the server started a git for it, and where it lies */
async function clone(by: Actor, ...options: string[]) {
  const before = w.sluice.processesStarted()
  const directory = `clone-${++names}`
  const run = await by.git('clone', '--progress', '--bare', ...options, w.repo.url, directory)
  return { ...run, gits: w.sluice.processesStarted() - before, path: join(by.dir, directory) }
}

async function packsOf(path: string): Promise<string[]> {
  const all = await readdir(join(path, 'objects/pack'))
  return all.filter((name) => name.endsWith('.pack') && !all.includes(name.replace('.pack', '.mtimes')))
}

/** A full clone as a stock client asks for it. */
async function rawFetch(): Promise<(who: Actor, url: string) => Promise<Response>> {
  const want = await w.owner.ok('rev-parse', 'main')
  const lines = ['command=fetch', null, 'ofs-delta', 'include-tag', 'done', `want ${want}`]
  const packets = lines.map((line) =>
    line === null ? '0001' : `${(line.length + 4).toString(16).padStart(4, '0')}${line}`,
  )
  return (who, url) =>
    who.fetch(`${url}/git-upload-pack`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-git-upload-pack-request', 'git-protocol': 'version=2' },
      body: `${packets.join('')}0000`,
    })
}

test('after a maintenance of the whole a clone is the pack of the server, byte for byte, and starts no git', async () => {
  await maintainWhole()
  const cloned = await clone(w.owner)
  expect([cloned.code, cloned.gits]).toEqual([0, 0])
  expect(cloned.stderr).toMatch(AS_STORED)
  const [theirs] = await packsOf(cloned.path)
  const [ours] = await packsOf(w.repo.path)
  expect(theirs).toBe(ours)
  const read = (path: string) => readFile(join(path, 'objects/pack', ours ?? ''))
  expect((await read(cloned.path)).equals(await read(w.repo.path))).toBe(true)
  expect(await w.owner.ok('-C', cloned.path, 'fsck', '--strict')).toBe('')
  const refs = ['for-each-ref', 'refs/heads', 'refs/tags']
  expect(await w.owner.ok('-C', cloned.path, ...refs)).toBe((await w.onServer(...refs)).stdout.trim())
})

test('a clone that is quiet is told nothing', async () => {
  await maintainWhole()
  const cloned = await w.owner.git('clone', '-q', w.repo.url, 'quiet')
  expect([cloned.code, cloned.output]).toEqual([0, ''])
})

test('a single branch that leads to all there is comes as it is stored, with its tags', async () => {
  await maintainWhole()
  const cloned = await clone(w.owner, '--single-branch')
  expect([cloned.code, cloned.gits]).toEqual([0, 0])
  expect(await w.owner.ok('-C', cloned.path, 'rev-parse', 'v1^{commit}')).toMatch(/^[0-9a-f]{40}$/)
})

test.each([
  ['without tags', '--no-tags'],
  ['of a part of the history', '--depth=1'],
  ['without files', '--filter=blob:none'],
])('a clone %s gets less than the pack', async (_what, option) => {
  await maintainWhole()
  const cloned = await clone(w.owner, option)
  expect(cloned.code).toBe(0)
  expect(cloned.stderr).not.toMatch(AS_STORED)
  expect(await packsOf(cloned.path)).not.toEqual(await packsOf(w.repo.path))
})

test('a single branch that does not lead to all there is gets less than the pack', async () => {
  await w.owner.ok('checkout', '-q', '-b', 'topic')
  const topic = await w.owner.commit('c.txt', 'c\n')
  await w.owner.ok('push', '-q', 'origin', 'topic')
  await maintainWhole()
  expect((await clone(w.owner)).stderr).toMatch(AS_STORED)
  const cloned = await clone(w.owner, '--single-branch', '--branch=main')
  expect(cloned.stderr).not.toMatch(AS_STORED)
  expect((await w.owner.git('-C', cloned.path, 'cat-file', '-e', topic)).code).not.toBe(0)
})

test('once somebody has pushed, a clone gets what is new as well, and the stored pack again after a maintenance', async () => {
  await maintainWhole()
  const tip = await w.owner.commit('d.txt', 'd\n')
  await w.owner.ok('push', '-q', 'origin', 'main')
  const cloned = await clone(w.owner)
  expect(cloned.stderr).not.toMatch(AS_STORED)
  expect(await w.owner.ok('-C', cloned.path, 'rev-parse', 'main')).toBe(tip)
  await maintainWhole()
  expect((await clone(w.owner)).stderr).toMatch(AS_STORED)
})

test('a tag that was pushed since comes along with a clone', async () => {
  await maintainWhole()
  await w.owner.ok('tag', '-m', 'second', 'v2')
  await w.owner.ok('push', '-q', 'origin', 'v2')
  const cloned = await clone(w.owner, '--single-branch')
  expect(cloned.stderr).not.toMatch(AS_STORED)
  expect(await w.owner.ok('-C', cloned.path, 'cat-file', '-t', 'v2')).toBe('tag')
})

test('a tag that was deleted since does not come along', async () => {
  const tag = await w.owner.ok('rev-parse', 'v1')
  await maintainWhole()
  await w.owner.ok('push', '-q', 'origin', ':v1')
  for (const options of [[], ['--single-branch']]) {
    const cloned = await clone(w.owner, ...options)
    expect(cloned.stderr).not.toMatch(AS_STORED)
    expect((await w.owner.git('-C', cloned.path, 'cat-file', '-e', tag)).code).not.toBe(0)
  }
})

test('what only a hidden ref leads to is in no clone, however the repository was looked after', async () => {
  const tip = await w.owner.ok('rev-parse', 'main')
  const who = ['-c', 'user.name=A', '-c', 'user.email=a@example.test']
  const made = await w.onServer(...who, 'commit-tree', '-p', tip, '-m', 'hidden', `${tip}^{tree}`)
  const hidden = made.stdout.trim()
  await w.onServer('update-ref', 'refs/internal/kept', hidden)
  await maintainWhole()
  expect(await packsOf(w.repo.path)).toHaveLength(1)
  expect((await w.onServer('cat-file', '-e', hidden)).code).toBe(0)
  const cloned = await clone(w.owner)
  expect(cloned.code).toBe(0)
  expect(cloned.stderr).not.toMatch(AS_STORED)
  expect((await w.owner.git('-C', cloned.path, 'cat-file', '-e', hidden)).code).not.toBe(0)
})

test('what a branch led to that was deleted since is in no clone', async () => {
  await w.owner.ok('checkout', '-q', '-b', 'secret')
  const secret = await w.owner.commit('secret.txt', 'secret\n')
  await w.owner.ok('push', '-q', 'origin', 'secret')
  await maintainWhole()
  await w.owner.ok('push', '-q', 'origin', ':secret')
  const cloned = await clone(w.owner)
  expect(cloned.stderr).not.toMatch(AS_STORED)
  expect((await w.owner.git('-C', cloned.path, 'cat-file', '-e', secret)).code).not.toBe(0)
  await maintainWhole() // it lies in a pack of its own now
  const again = await clone(w.owner)
  expect(again.stderr).toMatch(AS_STORED)
  expect((await w.owner.git('-C', again.path, 'cat-file', '-e', secret)).code).not.toBe(0)
})

test('who may not read the repository is told the same as where there is none, and reads no pack', async () => {
  await maintainWhole()
  const { processesStarted } = w.sluice
  const before = processesStarted()
  const ask = await rawFetch()
  const [refused, absent] = [
    await ask(w.stranger, w.repo.url),
    await ask(w.stranger, `${w.url}/acme/none.git`),
  ]
  expect([refused.status, await refused.text()]).toEqual([absent.status, await absent.text()])
  expect(refused.status).toBe(404)
  expect((await ask(w.nobody, w.repo.url)).status).toBe(401)
  expect((await ask(w.owner, w.repo.url)).status).toBe(200)
  expect(processesStarted()).toBe(before)
})

test('a clone that is stored as a pack says how long it is, and is so long', async () => {
  await maintainWhole()
  const ask = await rawFetch()
  const answer = await ask(w.owner, w.repo.url)
  const body = Buffer.from(await answer.arrayBuffer())
  expect(answer.headers.get('content-length')).toBe(String(body.length))
  expect(answer.headers.get('transfer-encoding')).toBeNull()
  expect(body.toString('latin1').endsWith('0000')).toBe(true)
})

test('a damaged note about the pack is no reason for a wrong answer', async () => {
  await maintainWhole()
  const note = `${w.repo.path}/clone-pack`
  const text = await readFile(note, 'utf8')
  for (const damaged of [text.slice(0, -20), '', text.replace('"objects":', '"objects":1')]) {
    await writeFile(note, damaged)
    const cloned = await clone(w.owner)
    expect(cloned.code).toBe(0)
    expect(cloned.stderr).not.toMatch(AS_STORED)
  }
})

test('another implementation of git clones the repository after a maintenance', async () => {
  await maintainWhole()
  const command = [process.execPath, 'isomorphic-client.mjs']
  await using client = new ForeignClient(command, w.owner, w.repo.url)
  expect(await client.do('clone')).toBe(await w.owner.ok('rev-parse', 'main'))
})

test('a sha256 repository is cloned as it is stored', async () => {
  w.repo = await w.createRepo(`wide-${names}`, { objectFormat: 'sha256' })
  const owner = await w.actor('wide', { accountId: w.owner.accountId })
  await owner.start(w.repo.url, { objectFormat: 'sha256' })
  const tip = await owner.commit('a.txt', 'a\n')
  await owner.ok('push', '-q', 'origin', 'main')
  await maintainWhole()
  const cloned = await clone(owner)
  expect(cloned.stderr).toMatch(AS_STORED)
  expect(await owner.ok('-C', cloned.path, 'rev-parse', 'main')).toBe(tip)
})
