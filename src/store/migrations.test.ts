import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { forEachEngine } from '../../test/support/databases.ts'
import { openDatabase } from './database.ts'
import { checkMigrated, MIGRATIONS, migrate } from './migrations.ts'
import type { Migration } from './migrations/column-types.ts'

const known = MIGRATIONS.length

forEachEngine('migrations', (on) => {
  const versions = async () => {
    const rows = await on.database.kysely
      .selectFrom('schema_migrations')
      .select('version')
      .orderBy('version')
      .execute()
    return rows.map((r) => r.version)
  }

  test('a second start finds nothing to do', async () => {
    const before = await versions()
    await using _second = await openDatabase(on.address)
    expect(await versions()).toEqual(before)
  })

  test('servers that start at once migrate once', async () => {
    const second: Migration = {
      version: known + 1,
      name: 'second',
      up: ({ text }) => [`create table second (id ${text})`],
    }
    await using other = await openDatabase(on.address)
    await Promise.all(
      [on.database, other, on.database].map((d) => migrate(d.kysely, on.engine, [...MIGRATIONS, second])),
    )
    expect(await versions()).toEqual([...MIGRATIONS.map((m) => m.version), known + 1])
    await sql`drop table second`.execute(on.database.kysely)
    await sql`delete from schema_migrations where version = ${known + 1}`.execute(on.database.kysely)
  })

  test('who works beside a server changes no schema, and refuses an earlier one', async () => {
    const { kysely } = on.database
    await (await openDatabase(on.address, checkMigrated)).close()
    const last = kysely.deleteFrom('schema_migrations').where('version', '=', known)
    const [row] = await last.returningAll().execute()
    await expect(openDatabase(on.address, checkMigrated)).rejects.toMatchObject({ code: 'SCHEMA_TOO_OLD' })
    expect(await versions()).toHaveLength(known - 1)
    await kysely.insertInto('schema_migrations').values(row!).execute()
  })

  test('a step that fails leaves the schema as it was', async () => {
    const broken: Migration = {
      version: known + 1,
      name: 'broken',
      up: () => ['create table half (id text)', 'create nonsense'],
    }
    await expect(migrate(on.database.kysely, on.engine, [...MIGRATIONS, broken])).rejects.toThrow()
    expect(await versions()).toEqual(MIGRATIONS.map((m) => m.version))
    await expect(sql`select * from half`.execute(on.database.kysely)).rejects.toThrow()
  })

  test('a schema newer than this version refuses the start and says so', async () => {
    const { kysely } = on.database
    await kysely
      .insertInto('schema_migrations')
      .values({ version: 99, name: 'of the future', applied_at: 1 })
      .execute()
    await expect(openDatabase(on.address)).rejects.toMatchObject({
      code: 'SCHEMA_TOO_NEW',
      message: expect.stringContaining('newer version'),
      details: { found: 99, known },
    })
    await kysely.deleteFrom('schema_migrations').where('version', '=', 99).execute()
    await (await openDatabase(on.address)).close()
  })
})
