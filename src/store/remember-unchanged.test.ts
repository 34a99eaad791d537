import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql, TableNode, type KyselyPlugin, type OperationNode } from 'kysely'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { RepoId } from '../kernel/ids.ts'
import { newId } from '../kernel/uuid.ts'
import { openDatabase, type Database } from './database.ts'
import { findRepository } from './find-repository.ts'
import { EventLog } from './log/events.ts'
import { Protections } from './protections.ts'
import { rememberUnchanged } from './remember-unchanged.ts'
import { SecretScans } from './scans/secret-scans.ts'
import { Upstreams } from './upstreams/upstreams.ts'

test('an answer is given again until something is committed, here or in another process', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-version-'))
  const path = join(folder, 'sluice.db')
  const database = await openDatabase({ url: null, path })
  const other = await openDatabase({ url: null, path })
  let asked = 0
  const ask = async (what: string) => `${what} ${++asked}`
  const remembered = rememberUnchanged(database.version!, ['meta'], ask, (what) => what)

  expect(await remembered('a')).toBe('a 1')
  expect(await remembered('a')).toBe('a 1')
  expect(await remembered('b')).toBe('b 2')
  await database.kysely.insertInto('meta').values({ key: 'k', value: 'here' }).execute()
  expect(await remembered('a')).toBe('a 3')
  await other.kysely.updateTable('meta').set({ value: 'there' }).execute()
  await vi.waitFor(async () => expect(await remembered('a')).toBe('a 4'), { interval: 1 })
  expect(await remembered('a')).toBe('a 4')

  await other.close()
  await database.close()
  await rm(folder, { recursive: true })
})

test('an answer that was on its way when something changed is used once and not remembered', async () => {
  let version = 1
  let asked = 0
  const remembered = rememberUnchanged(
    () => String(version),
    ['meta'],
    async () => {
      asked++
      version++ // committed while the query ran
      return asked
    },
    () => 'same',
  )
  expect(await remembered()).toBe(1)
  expect(await remembered()).toBe(2)
})

test('changes of other tables leave it, unless rows of any table may have gone with them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-version-'))
  const database = await openDatabase({ url: null, path: join(folder, 'sluice.db') })
  const { kysely } = database
  let asked = 0
  const remembered = rememberUnchanged(database.version!, ['collaborators'], async () => ++asked, String)
  const put = (key: string) => kysely.insertInto('meta').values({ key, value: '' })
  await remembered()
  await put('a').execute()
  await kysely.updateTable('meta').set({ value: 'b' }).execute()
  await database.transaction(async (trx) => {
    await trx.insertInto('meta').values({ key: 'c', value: '' }).execute()
    await trx.deleteFrom('intents').execute()
  })
  expect(await remembered()).toBe(1)
  await database.transaction(async (trx) => {
    await trx.insertInto('meta').values({ key: 'd', value: '' }).execute()
    await trx.updateTable('collaborators').set({ role: 'reader' }).execute()
  })
  expect(await remembered()).toBe(2)
  await kysely.deleteFrom('organizations').execute() // collaborators go with their repositories
  expect(await remembered()).toBe(3)
  await sql`update meta set value = ''`.execute(kysely)
  expect(await remembered()).toBe(4)
  await database.close()
  await rm(folder, { recursive: true })
})

describe('what is remembered names every table that it reads', () => {
  let folder = ''
  let database: Database
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-version-'))
    database = await openDatabase({ url: null, path: join(folder, 'sluice.db') })
  })
  afterAll(async () => {
    await database.close()
    await rm(folder, { recursive: true })
  })

  const repoId = newId() as RepoId
  const asked: [what: string, ask: (watched: Database) => Promise<unknown>][] = [
    ['a repository by its name', (watched) => findAll(watched)],
    ['rules of branches', (watched) => new Protections({ ...parts(watched) }).of(repoId)],
    ['an upstream', (watched) => new Upstreams({ ...parts(watched) }).of(repoId)],
    [
      'settings of the scan',
      (watched) => new SecretScans({ ...parts(watched) }).of({ id: repoId, kind: 'gate' }),
    ],
  ]
  test.each(asked)('%s', async (_what, ask) => {
    const [read, named] = [new Set<string>(), new Set<string>()]
    const recorder: KyselyPlugin = {
      transformQuery: ({ node }) => (collectTables(node, read), node),
      transformResult: async ({ result }) => result,
    }
    const version = (tables: readonly string[]) => {
      for (const table of tables) named.add(table)
      return '1'
    }
    await ask({ ...database, kysely: database.kysely.withPlugin(recorder), version })
    const tables = new Set((await database.kysely.introspection.getTables()).map(({ name }) => name))
    const real = [...read].filter((name) => tables.has(name)) // the others are aliases
    expect(real.sort()).toEqual([...named].sort())
    expect(real).not.toEqual([])
  })

  function parts(watched: Database) {
    const clock = { now: Date.now }
    return { database: watched, clock, events: new EventLog({ database, clock, newId }) }
  }

  async function findAll(watched: Database): Promise<void> {
    const find = findRepository(watched, { surfaceOrg: 'org', pathOf: String })
    await find({ kind: 'path', org: 'org', slug: 'slug' }, null)
    await find({ kind: 'path', org: repoId, slug: 'slug' }, null)
    await find({ kind: 'surface', name: 'name' }, null)
    await find({ kind: 'id', id: repoId }, null)
    await find({ kind: 'nostr', owner: 'a'.repeat(64), identifier: 'x', form: 'announced' }, null)
  }
})

function collectTables(node: OperationNode, into: Set<string>): void {
  if (TableNode.is(node)) into.add(node.table.identifier.name)
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value])
      if (typeof child === 'object' && child !== null && 'kind' in child) collectTables(child, into)
  }
}
