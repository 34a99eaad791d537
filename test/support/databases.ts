/**
 * Databases for tests. A suite runs on every engine: on SQLite always, on PostgreSQL when
 * `SLUICE_TEST_DATABASE_URL` names a server. With `SLUICE_TEST_REQUIRE_POSTGRES=1` a missing server fails instead of passing unseen.
 */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../src/kernel/uuid.ts'
import type { RepoId } from '../../src/kernel/ids.ts'
import { openDatabase, type Database, type DatabaseAddress, type Engine } from '../../src/store/database.ts'
import { Jobs } from '../../src/store/jobs/jobs.ts'
import { EventLog } from '../../src/store/log/events.ts'
import type { NewRepository } from '../../src/store/insert-repository.ts'
import { Repositories } from '../../src/store/repositories.ts'

/** An empty database of one suite; its members can be read inside tests and hooks only. */
export interface TestDatabase {
  readonly engine: Engine
  /** Where it is, to open it once more. */
  readonly address: DatabaseAddress
  /** Open and migrated. */
  readonly database: Database
}

/** Declares the suite `fn` once per engine. The tests of one suite share its database. */
export function forEachEngine(name: string, fn: (on: TestDatabase) => void): void {
  describe(`${name} on SQLite`, () => fn(databaseOfSuite('sqlite', sqliteFile)))
  const url = process.env['SLUICE_TEST_DATABASE_URL']
  if (url) describe(`${name} on PostgreSQL`, () => fn(databaseOfSuite('postgres', () => freshSchema(url))))
  else if (process.env['SLUICE_TEST_REQUIRE_POSTGRES'] === '1') {
    test(`${name} on PostgreSQL`, () => expect.fail('SLUICE_TEST_DATABASE_URL is not set'))
  }
}

export interface Place extends AsyncDisposable {
  readonly address: DatabaseAddress
}

function databaseOfSuite(engine: Engine, makePlace: () => Promise<Place>): TestDatabase {
  let opened: { place: Place; database: Database } | null = null
  const now = () => opened ?? expect.fail('the database is there inside tests and hooks only')
  beforeAll(async () => {
    const place = await makePlace()
    opened = { place, database: await openDatabase(place.address) }
  })
  afterAll(async () => {
    await opened?.database.close()
    await opened?.place[Symbol.asyncDispose]()
  })
  return {
    engine,
    get address() {
      return now().place.address
    },
    get database() {
      return now().database
    },
  }
}

/** An empty place on the engine that `SLUICE_TEST_ENGINE` names (default `sqlite`), for a server of a story. */
export function emptyDatabase(): Promise<Place> {
  if (process.env['SLUICE_TEST_ENGINE'] !== 'postgres') return sqliteFile()
  const url = process.env['SLUICE_TEST_DATABASE_URL']
  return url ? freshSchema(url) : expect.fail('SLUICE_TEST_DATABASE_URL is not set')
}

async function sqliteFile(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-db-'))
  return {
    address: { url: null, path: join(folder, 'sluice.db') },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

/** A schema of its own in the given database: suites run side by side and do not meet. */
async function freshSchema(server: string): Promise<Place> {
  const schema = `sluice_test_${randomUUID().replaceAll('-', '')}`
  const run = async (sql: string) => {
    const client = new pg.Client({ connectionString: server })
    await client.connect()
    await client.query(sql)
    await client.end()
  }
  await run(`create schema ${schema}`)
  const url = new URL(server)
  url.searchParams.set('options', `-c search_path=${schema}`)
  return {
    address: { url: url.href, path: '' },
    [Symbol.asyncDispose]: () => run(`drop schema ${schema} cascade`),
  }
}

/**
 * An empty database for a whole server, on the engine that `SLUICE_TEST_ENGINE` names: `sqlite`
 * (default; the server makes its own file) or `postgres`.
 */
export async function testDatabase(): Promise<{ url: string | null; release: () => Promise<void> }> {
  if (process.env['SLUICE_TEST_ENGINE'] !== 'postgres') return { url: null, release: async () => {} }
  const place = await freshSchema(
    process.env['SLUICE_TEST_DATABASE_URL'] ?? expect.fail('SLUICE_TEST_DATABASE_URL is not set'),
  )
  return { url: place.address.url, release: async () => place[Symbol.asyncDispose]() }
}

/** A clock that stands until it is moved. */
export class HandClock {
  #now = 1_700_000_000_000

  now(): number {
    return this.#now
  }

  advance(ms: number): void {
    this.#now += ms
  }
}

/** The log and the repositories of a test database. */
export function storeOn(database: Database, clock: HandClock = new HandClock()) {
  const events = new EventLog({ database, clock, newId })
  const pathOf = (id: RepoId) => `/repositories/${id}`
  const jobs = new Jobs({ database, events, clock, newId })
  const parts = { database, events, jobs, clock, newId, pathOf, surfaceOrg: 'surface' }
  return { database, clock, events, jobs, repositories: new Repositories(parts) }
}

/** A private repository `<org>/<slug>` of a new owner, unless told otherwise. */
export function newRepository(path: string, rest: Partial<NewRepository> = {}): NewRepository {
  const [org = '', slug = ''] = path.split('/')
  return {
    id: newId() as RepoId,
    ownerId: newId(),
    org,
    projectId: null,
    name: slug,
    slug,
    description: null,
    visibility: 'private',
    defaultBranch: 'main',
    objectFormat: 'sha1',
    kind: 'hosted',
    expiresAt: null,
    state: 'active',
    ...rest,
  }
}
