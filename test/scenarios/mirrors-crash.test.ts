/** events-and-jobs.md, section 2, mirror: the server is killed in the middle of a push; the next one finishes it. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Actor } from '../support/actor.ts'
import { openGitHost, type GitHost } from '../support/git-host.ts'
import { openHost, type Host } from '../support/host.ts'

const THERE = 'acme/copy'
const NO_OID = '0'.repeat(40)
const SOON = { timeout: 20_000, interval: 20 }

let remote: GitHost
let host: Host
let owner: Actor
beforeAll(async () => {
  remote = await openGitHost()
  host = await openHost({ program: 'main', settings: { SLUICE_OUTBOUND_ALLOW: '127.0.0.1' } })
  owner = host.owner
  await owner.start(host.repoUrl)
  await owner.commit('a', '0')
  const credential = { token: 'secret' }
  const body = JSON.stringify({ url: await remote.create(THERE), credential })
  expect((await owner.fetch(mirrorUrl(), { method: 'PUT', body })).status).toBe(201)
})
/** In step, with a branch that can be deleted. */
beforeEach(async () => {
  await push('main', 'main:gone')
  await becomesOurs()
})
afterAll(async () => {
  await host[Symbol.asyncDispose]()
  await remote[Symbol.asyncDispose]()
})

test('what the remote had not taken when the server was killed gets there after the next start', async () => {
  {
    using _held = remote.holdPushes()
    await moveRefs('1')
    await expect.poll(() => remote.pushing.now, SOON).toBe(1)
    await host.server.kill()
  }
  await startAgain()
  await becomesOurs()
  expect(await mirrorEvents()).toEqual(['mirror.set'])
})

test('what the remote took while the server was dead is no fault, and no ref moves twice', async () => {
  const [asked, go] = [join(host.dir, 'asked'), join(host.dir, 'go')]
  const wait = `cat >>'${asked}'; while [ ! -e '${go}' ]; do sleep 0.02; done`
  await remote.setHook(THERE, 'pre-receive', wait)
  await moveRefs('2')
  const updates = async () => (await readFile(asked, 'utf8').catch(() => '')).split('\n').filter(Boolean)
  await expect.poll(updates, SOON).toHaveLength(3)
  await host.server.kill()
  await writeFile(go, '')
  const ours = await ourRefs()
  await expect.poll(() => remote.refs(THERE), SOON).toEqual(ours)

  await startAgain()
  await becomesOurs()
  expect(await mirrorEvents()).toEqual(['mirror.set'])
  const again = (await updates()).slice(3)
  expect(again).toEqual([`${NO_OID} ${NO_OID} refs/heads/gone`]) // harmless: there is none
})

/** A branch moves back and elsewhere, one is made and one is deleted. */
async function moveRefs(text: string): Promise<void> {
  await owner.ok('commit', '-q', '--amend', '--allow-empty', '-m', text)
  await push('main', `main:new-${text}`, ':gone')
}

async function push(...refs: string[]): Promise<void> {
  await owner.ok('push', '-q', '-f', host.repoUrl, ...refs)
}

async function startAgain(): Promise<void> {
  await host.endLeases()
  await host.start()
}

/** The remote has our refs, and the server knows it. */
async function becomesOurs(): Promise<void> {
  const ours = await ourRefs()
  await expect.poll(() => remote.refs(THERE), SOON).toEqual(ours)
  const show = async () => await (await owner.fetch(mirrorUrl())).json()
  await expect.poll(show, SOON).toMatchObject({ state: 'ok', lastError: null, refusedRefs: [] })
}

async function ourRefs(): Promise<string[]> {
  return [...(await host.refs())].map(([ref, oid]) => `${ref} ${oid}`)
}

async function mirrorEvents(): Promise<string[]> {
  await using database = await host.openDatabase()
  const rows = await database.kysely.selectFrom('events').select('type').orderBy('sequence').execute()
  return rows.map(({ type }) => type).filter((type) => type.startsWith('mirror.'))
}

function mirrorUrl(): string {
  return `${host.server.url}/repos/acme/app/mirrors/copy`
}
