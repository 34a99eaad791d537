import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { forEachEngine, storeOn } from '../../test/support/databases.ts'
import { newId } from '../kernel/uuid.ts'
import { Accounts } from './accounts.ts'
import { openDatabase, type Database, type Trx } from './database.ts'
import { Meta } from './meta.ts'

forEachEngine('the database', (on) => {
  test('concurrent transactions that take the same turn lose no update', async () => {
    await new Meta(on.database).set('counter', '0')
    await Promise.all(
      Array.from({ length: 50 }, () => on.database.transaction((trx) => increment(on.database, trx))),
    )
    expect(await new Meta(on.database).get('counter')).toBe('50')
  })

  test('a transaction that rejects leaves nothing behind and does not block the next', async () => {
    const failing = on.database.transaction(async (trx) => {
      await trx.insertInto('meta').values({ key: 'half', value: 'done' }).execute()
      throw new Error('changed my mind')
    })
    await expect(failing).rejects.toThrow('changed my mind')
    expect(await new Meta(on.database).get('half')).toBeNull()
    await new Meta(on.database).set('next', 'works')
  })

  test('a read beside an open transaction neither waits for it nor sees what it wrote', async () => {
    const meta = new Meta(on.database)
    await on.database.transaction(async (trx) => {
      await trx.insertInto('meta').values({ key: 'uncommitted', value: 'x' }).execute()
      expect(await meta.get('uncommitted')).toBeNull()
    })
    expect(await meta.get('uncommitted')).toBe('x')
  })

  test('a write outside a transaction waits for the open one and is not rolled back with it', async () => {
    const meta = new Meta(on.database)
    let beside = Promise.resolve()
    const failing = on.database.transaction(async (trx) => {
      await trx.insertInto('meta').values({ key: 'inside', value: 'x' }).execute()
      beside = meta.set('beside', 'kept')
      throw new Error('rolled back')
    })
    await expect(failing).rejects.toThrow('rolled back')
    await beside
    expect(await meta.get('beside')).toBe('kept')
    expect(await meta.get('inside')).toBeNull()
  })

  test('times and counts come back as numbers', async () => {
    const id = 'account-of-times'
    const created_at = 1_795_199_009_829
    const rest = { owner_id: null, owner_org_id: null, disabled_at: null, administrator: 0 as const }
    const row = { id, kind: 'user' as const, display_name: 'x', email: null, created_at, ...rest }
    await on.database.kysely.insertInto('accounts').values(row).execute()
    const { kysely } = on.database
    expect(await kysely.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirst()).toEqual(
      row,
    )
    const { count } = await kysely
      .selectFrom('accounts')
      .select((eb) => eb.fn.countAll().as('count'))
      .executeTakeFirstOrThrow()
    expect(count).toBe(1)
  })

  test('text sorts byte by byte on both engines', async () => {
    const meta = new Meta(on.database)
    for (const key of ['sort:b', 'sort:B', 'sort:a-', 'sort:aa', 'sort:é']) await meta.set(key, '')
    const rows = await on.database.kysely
      .selectFrom('meta')
      .select('key')
      .where('key', '>=', 'sort:')
      .where('key', '<', 'sort;')
      .orderBy('key')
      .execute()
    expect(rows.map((r) => r.key)).toEqual(['sort:B', 'sort:a-', 'sort:aa', 'sort:b', 'sort:é'])
  })

  test('a column that a newer server adds disturbs no query of this one', async () => {
    const accounts = new Accounts({ ...storeOn(on.database), newId })
    const account = await accounts.create({ kind: 'user', displayName: 'Ada', email: null })
    const read = () => Promise.all(Array.from({ length: 20 }, () => accounts.byId(account.id))) // every connection
    await read()
    await sql`alter table accounts add column shoe_size bigint`.execute(on.database.kysely)
    expect(new Set((await read()).map((a) => a?.displayName))).toEqual(new Set(['Ada']))
  })

  test('ping answers while open and rejects when closed', async () => {
    const second = await openDatabase(on.address)
    await second.ping()
    await second.close()
    await expect(second.ping()).rejects.toThrow()
  })

  test('what one server commits, another on the same database reads', async () => {
    await using second = await openDatabase(on.address)
    await new Meta(on.database).set('shared', 'seen')
    expect(await new Meta(second).get('shared')).toBe('seen')
  })

  test('getOrSet gives everybody the value of the first', async () => {
    const meta = new Meta(on.database)
    const values = await Promise.all(['a', 'b', 'c', 'd'].map((v) => meta.getOrSet('instance', v)))
    expect(new Set(values).size).toBe(1)
    expect(await meta.get('instance')).toBe(values[0])
  })

  test('a lock that another holds too long is UNAVAILABLE', async () => {
    await using second = await openDatabase(on.address)
    const failures = await locksAcross(on.database, second, on.engine === 'sqlite')
    expect(failures).toMatchObject([{ code: 'UNAVAILABLE' }])
  })

  if (on.engine === 'postgres') {
    test('a lost connection is UNAVAILABLE once, and the server lives on', async () => {
      const lost = on.database.transaction(async (trx) => {
        await sql`select pg_terminate_backend(pg_backend_pid())`.execute(trx)
      })
      await expect(lost).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      await on.database.ping()
    })
  }
})

async function increment(database: Database, trx: Trx): Promise<void> {
  await database.takeTurn(trx, 'counter')
  const { value } = await trx
    .selectFrom('meta')
    .select('value')
    .where('key', '=', 'counter')
    .executeTakeFirstOrThrow()
  await trx
    .updateTable('meta')
    .set({ value: String(Number(value) + 1) })
    .where('key', '=', 'counter')
    .execute()
}

/** SQLite: the second writer gives up. PostgreSQL: each waits for the other, and one is chosen to fail. */
async function locksAcross(one: Database, two: Database, isSqlite: boolean): Promise<unknown[]> {
  const failures: unknown[] = []
  const note = (err: unknown) => void failures.push(err)
  if (isSqlite) {
    await one.transaction(() => two.transaction(async () => {}).catch(note))
    return failures
  }
  const [firstHas, secondHas] = [signal(), signal()]
  const first = one.transaction(async (trx) => {
    await one.takeTurn(trx, 'left')
    firstHas.give()
    await secondHas.given
    await one.takeTurn(trx, 'right')
  })
  const second = two.transaction(async (trx) => {
    await two.takeTurn(trx, 'right')
    secondHas.give()
    await firstHas.given
    await two.takeTurn(trx, 'left')
  })
  await Promise.all([first.catch(note), second.catch(note)])
  return failures
}

function signal() {
  let give = () => {}
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  return { give, given }
}
