/** Upkeep and purges over a real database and real repositories, by a clock that is moved by hand. */
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, stat, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { emptyDatabase, HandClock, newRepository } from '../../test/support/databases.ts'
import { launcherScript } from '../../test/support/launcher.ts'
import { loadConfig } from '../config/load.ts'
import { incomingDirectory } from '../git/quarantine/incoming.ts'
import { newInstanceName } from '../git/quarantine/instance.ts'
import { sweepQuarantines } from '../git/quarantine/sweep.ts'
import { createRepository, repoPath } from '../git/storage.ts'
import { branchRef, type Oid, type RefName, type RepoId } from '../kernel/ids.ts'
import type { NewRepository } from '../store/insert-repository.ts'
import { PURGE_AFTER_MS, RESTORE_WINDOW_MS } from '../store/restore-window.ts'
import { openGit } from './git.ts'
import { Opened } from './opened.ts'
import { openRecords } from './records.ts'
import { purgeKinds } from './purges.ts'
import { startUpkeep } from './upkeep.ts'

const BY = { actorId: 'actor', agentId: null }
const LONG_MS = 7 * 3600_000

test('an expired repository is deleted in the next round, and one that has time left is not', async () => {
  await using h = await house()
  const { repositories } = h.records
  const brief = await h.make({ expiresAt: h.clock.now() + 1_000 })
  const lasting = await h.make({ expiresAt: h.clock.now() + 1_001 })
  h.clock.advance(1_000)
  await h.purge()
  expect(await repositories.byId(brief)).toMatchObject({ state: 'deleted' })
  expect(await repositories.byId(lasting)).toMatchObject({ state: 'active' })
  expect(await h.directories()).toContain(`${brief}.git`)
})

test('a deleted repository keeps its data while it can be restored; then directory and row go', async () => {
  await using h = await house()
  const { repositories } = h.records
  const id = await h.make({})
  await repositories.softDelete(id, BY)
  h.clock.advance(RESTORE_WINDOW_MS)
  expect(await h.run('delete_repo_storage', { repoId: id })).toEqual({
    again: h.clock.now() + PURGE_AFTER_MS - RESTORE_WINDOW_MS,
  })
  expect(await h.directories()).toEqual([`${id}.git`])
  h.clock.advance(PURGE_AFTER_MS - RESTORE_WINDOW_MS)
  await h.run('delete_repo_storage', { repoId: id })
  expect(await repositories.byId(id)).toBeNull()
  expect(await h.directories()).toEqual([])
})

test('a purge that was cut off between directory and row is finished', async () => {
  await using h = await house()
  const id = await h.make({})
  await h.records.repositories.softDelete(id, BY)
  await rm(h.pathOf(id), { recursive: true })
  h.clock.advance(PURGE_AFTER_MS)
  await h.run('delete_repo_storage', { repoId: id })
  expect(await h.records.repositories.byId(id)).toBeNull()
})

test('what a crash left of a creation is discarded, row, directory and draft; its name is free', async () => {
  await using h = await house()
  const id = await h.make({ state: 'provisional', slug: 'wanted' })
  await h.leaveDraftOf(id, LONG_MS)
  const active = await h.make({})
  h.clock.advance(LONG_MS)
  await h.start()
  expect(await h.records.repositories.byId(id)).toBeNull()
  expect(await h.directories()).toEqual([`${active}.git`])
  await h.make({ slug: 'wanted' })
})

test('revocations that nobody needs any more go, and keys that verify nothing', async () => {
  await using h = await house()
  const { database, revocations, signingKeys } = h.records
  await database.transaction((trx) => revocations.revoke(trx, ['ended'], h.clock.now() + 1_000))
  const key = { algorithm: 'ES256', publicJwk: {}, privateEncrypted: 'sealed' }
  for (const kid of ['retired', 'signs']) await signingKeys.rotate({ kid, ...key }, 1_000, BY)
  const left = async () => [
    ...(await database.kysely.selectFrom('revoked_tokens').select('id').execute()),
    ...(await database.kysely.selectFrom('signing_keys').select('kid as id').orderBy('kid').execute()),
  ]
  await h.purge()
  expect((await left()).map(({ id }) => id)).toEqual(['ended', 'retired', 'signs'])
  h.clock.advance(1_001)
  await h.purge()
  expect((await left()).map(({ id }) => id)).toEqual(['signs'])
})

test('one purge that fails says so, and does not keep the others from running', async () => {
  await using h = await house()
  const id = await h.make({ expiresAt: h.clock.now() })
  h.records.repositories.provisional = () => Promise.reject(new Error('no'))
  await expect(h.purge()).rejects.toMatchObject({
    details: { reason: 'not purged: provisional repositories' },
  })
  expect(h.logged).toMatchObject([{ purge: 'provisional repositories' }])
  expect(await h.records.repositories.byId(id)).toMatchObject({ state: 'deleted' })
})

test('a round is asked for again a minute later', async () => {
  await using h = await house()
  expect(await h.purge()).toEqual({ again: h.clock.now() + 60_000 })
})

test('unfinished pushes are looked for every minute, and a round that fails turns the health', async () => {
  await using h = await house()
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  try {
    const upkeep = await h.start()
    let rounds = 0
    h.records.intents.abandoned = () => (rounds++ ? Promise.resolve([]) : Promise.reject(new Error('no')))
    for (const healthy of [false, true]) {
      vi.advanceTimersByTime(60_000)
      await vi.waitUntil(() => upkeep.healthy === healthy)
    }
    expect(rounds).toBe(2)
  } finally {
    vi.useRealTimers()
  }
})

test('a server that takes no pushes for days is not taken for dead by another one', async () => {
  const run = 'elsewhere-5-abcdef'
  await using h = await house(run)
  const own = join(incomingDirectory(h.root), run)
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  try {
    await h.start()
    await utimes(own, 0, 0)
    vi.advanceTimersByTime(60_000)
    await vi.waitUntil(async () => (await stat(own)).mtimeMs > 0)
    expect(await sweepQuarantines(h.root, newInstanceName(), [])).toEqual([])
    expect(await readdir(incomingDirectory(h.root))).toEqual([run])
  } finally {
    vi.useRealTimers()
  }
})

test.each([
  ['a gate', 'gate', 'prepared', ['queued']],
  ['a gate, which was decided', 'gate', 'decided', []],
  ['an ordinary repository', 'hosted', 'prepared', []],
] as const)(
  'a push to %s that was cut off leaves a refresh behind if its upstream may have taken it',
  async (_name, kind, state, jobs) => {
    await using h = await house()
    const repoId = await h.make({ kind })
    const ref = { ref: 'refs/heads/a' as RefName, kind: 'create', commits: [], total: 0 } as const
    const moved = { ...ref, oldOid: '0'.repeat(40) as Oid, newOid: '1'.repeat(40) as Oid }
    const data = { pushId: 'p', via: 'git', refs: [moved], pushOptions: [] } as const
    const event = { ...BY, type: 'push', repoId, orgId: null, projectId: null, data }
    const intent = { id: 'p', repoId, state, quarantine: null, event }
    await h.records.intents.open(intent)
    h.records.intents.abandoned = () => Promise.resolve([intent])
    await h.start()
    const { items } = await h.records.jobs.list({ type: 'gate_refresh', repoId }, { limit: 10 })
    expect(items.map(({ status }) => status)).toEqual(jobs)
  },
)

/** The parts of a server below its routes, in a directory of their own. */
async function house(run = newInstanceName()) {
  const opened = new Opened()
  const dir = await mkdtemp(join(tmpdir(), 'sluice-upkeep-'))
  opened.defer(() => rm(dir, { recursive: true }))
  const { address } = opened.use(await emptyDatabase())
  const config = loadConfig({
    SLUICE_DATA_DIR: join(dir, 'data'),
    ...(address.url === null ? {} : { DATABASE_URL: address.url }),
  })
  const root = config.gitStorageRoot
  const pathOf = (id: RepoId) => repoPath(root, id)
  const clock = new HandClock()
  const logged: object[] = []
  const note = (fields: object) => void logged.push(fields)
  const log = { error: note, warn: note }
  const records = opened.use(await openRecords(config, { clock, pathOf, run, log }))
  const script = await launcherScript()
  const git = opened.use(await openGit(config, { launcherScript: script, run, version: '0', log }))

  const sharedClock = { now: () => clock.now(), adjust: async () => {} }
  const runJob = (type: string, payload: object) => {
    const kind = purgeKinds({ records: { ...records, sharedClock }, git, log }).find(
      (each) => each.type === type,
    )
    return kind?.run(payload as never, new AbortController().signal)
  }

  return {
    root,
    clock,
    records,
    logged,
    start: async () => opened.use(await startUpkeep({ records, git, root, run, log })),
    /** One round of what recurs every minute. */
    purge: () => runJob('purge_expired', {}),
    run: runJob,
    /** A repository with its directory. */
    async make(fields: Partial<NewRepository>): Promise<RepoId> {
      const slug = `r${randomUUID()}`
      const repo = await records.repositories.insert({ ...newRepository(`acme/${slug}`), ...fields }, BY)
      await createRepository({ ...repo, head: branchRef(repo.defaultBranch) })
      return repo.id
    },
    pathOf,
    /** As a creation that died long ago leaves it. */
    async leaveDraftOf(id: RepoId, ageMs: number): Promise<void> {
      const draft = join(dirname(pathOf(id)), `.${id}.git-0123456789ab`)
      await mkdir(join(draft, 'objects'), { recursive: true })
      const then = new Date(Date.now() - ageMs)
      await utimes(draft, then, then)
    },
    /** Names of everything where repositories lie. */
    async directories(): Promise<string[]> {
      const shards = (await readdir(root)).filter((name) => !name.startsWith('.'))
      return (await Promise.all(shards.map((shard) => readdir(join(root, shard))))).flat()
    },
    [Symbol.asyncDispose]: () => opened.close(),
  }
}
