import { copyFile, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } from 'kysely'
import { expect, test } from 'vitest'
import { openDatabase } from '../database.ts'
import { Meta } from '../meta.ts'
import { SqliteDriver } from './driver.ts'
import { openReader, openWriter } from './open-file.ts'
import { WalSync } from './wal-sync.ts'

async function folder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'sluice-sqlite-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

function over(driver: SqliteDriver): Kysely<unknown> & AsyncDisposable {
  const kysely = new Kysely<unknown>({
    dialect: {
      createDriver: () => driver,
      createQueryCompiler: () => new SqliteQueryCompiler(),
      createAdapter: () => new SqliteAdapter(),
      createIntrospector: (db) => new SqliteIntrospector(db),
    },
  })
  return Object.assign(kysely, { [Symbol.asyncDispose]: () => kysely.destroy() })
}

/** A disk that has done nothing before it is told to. */
function heldDisk() {
  const waiting: { readonly resolve: () => void; readonly reject: (err: Error) => void }[] = []
  return {
    fsync: () => new Promise<void>((resolve, reject) => waiting.push({ resolve, reject })),
    asked: () => expect.poll(() => waiting.length).toBe(1),
    done: () => waiting.shift()?.resolve(),
    fail: () => waiting.shift()?.reject(new Error('EIO')),
  }
}

test('after a close the file alone is a whole copy', async () => {
  await using dir = await folder()
  const [path, copy] = [join(dir.path, 'data/sluice.db'), join(dir.path, 'copy.db')]
  const database = await openDatabase({ url: null, path })
  await new Meta(database).set('key', 'value')
  await database.close()
  await copyFile(path, copy)
  await using second = await openDatabase({ url: null, path: copy })
  expect(await new Meta(second).get('key')).toBe('value')
})

test('the file and its log can be read by their owner only', async () => {
  await using dir = await folder()
  const path = join(dir.path, 'sluice.db')
  await using _database = await openDatabase({ url: null, path })
  for (const file of [path, `${path}-wal`, `${path}-shm`]) expect((await stat(file)).mode & 0o777).toBe(0o600)
})

test('a commit is whole and in order by itself, and the log is synced before it is reported', async () => {
  await using dir = await folder()
  const path = join(dir.path, 'sluice.db')
  const [writer, reader] = [await openWriter(path), await openReader(path)]
  expect(writer.prepare('pragma synchronous').get()).toEqual({ synchronous: 1 })
  expect(writer.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'wal' })
  const disk = heldDisk()
  const wal = new WalSync(`${path}-wal`, disk.fsync)
  await using kysely = over(new SqliteDriver({ writer, reader, wal, onCommit: () => {} }))
  const told: string[] = []
  const reported = (what: string) => () => void told.push(what)
  const made = sql`create table t (a)`.execute(kysely).then(reported('made'))
  await disk.asked()
  const written = kysely
    .transaction()
    .execute((trx) => sql`insert into t values (1)`.execute(trx))
    .then(reported('written'))
  await expect.poll(() => reader.prepare('select count(*) as n from t').get()).toEqual({ n: 1 })
  expect(told).toEqual([])
  disk.done()
  await made
  expect(told).toEqual(['made'])
  await disk.asked()
  disk.done()
  await written
})

test('when the disk fails, what was committed is not reported, and nothing is written any more', async () => {
  await using dir = await folder()
  const path = join(dir.path, 'sluice.db')
  const [writer, reader] = [await openWriter(path), await openReader(path)]
  let fails = false
  const wal = new WalSync(`${path}-wal`, () => (fails ? Promise.reject(new Error('EIO')) : Promise.resolve()))
  await using kysely = over(new SqliteDriver({ writer, reader, wal, onCommit: () => {} }))
  await sql`create table t (a)`.execute(kysely)
  fails = true
  const insert = (trx: Kysely<unknown>) => sql`insert into t values (1)`.execute(trx)
  await expect(kysely.transaction().execute(insert)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  fails = false
  await expect(insert(kysely)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await expect(kysely.transaction().execute(insert)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(reader.prepare('select count(*) as n from t').get()).toEqual({ n: 1 })
})

test('a transaction that ends badly takes back nothing of the next one, which writes already', async () => {
  await using dir = await folder()
  const path = join(dir.path, 'sluice.db')
  const [writer, reader] = [await openWriter(path), await openReader(path)]
  const disk = heldDisk()
  const wal = new WalSync(`${path}-wal`, disk.fsync)
  await using kysely = over(new SqliteDriver({ writer, reader, wal, onCommit: () => {} }))
  writer.exec('create table t (a)')
  const first = kysely.transaction().execute((trx) => sql`insert into t values (1)`.execute(trx))
  await disk.asked()
  const second = kysely.transaction().execute(async (trx) => {
    await sql`insert into t values (2)`.execute(trx)
    disk.fail()
    await expect(first).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await sql`insert into t values (3)`.execute(trx)
    expect((await sql`select a from t order by a`.execute(trx)).rows).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }])
  })
  await expect(second).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})
