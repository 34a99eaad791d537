import { expect, test } from 'vitest'
import { forEachEngine, storeOn } from '../../test/support/databases.ts'
import { isUuid } from '../kernel/ids.ts'
import { newId } from '../kernel/uuid.ts'
import { Accounts } from './accounts.ts'

const ADA = { kind: 'user', displayName: 'Ada', email: 'ada@example.org' } as const

forEachEngine('accounts', (on) => {
  const accounts = () => new Accounts({ ...storeOn(on.database), newId })

  test('an identity gets its account at first sight and keeps it', async () => {
    const identity = { issuer: 'https://a.example', subject: 'auth0|1' }
    const first = await accounts().atFirstSight(identity, ADA)
    expect(first).toMatchObject(ADA)
    expect(isUuid(first.id)).toBe(true)
    expect(await accounts().atFirstSight(identity, { ...ADA, displayName: 'Eve' })).toEqual(first)
    expect(await accounts().byId(first.id)).toEqual(first)
  })

  test('the same subject of another issuer is somebody else', async () => {
    const one = await accounts().atFirstSight({ issuer: 'https://one.example', subject: 'x' }, ADA)
    const two = await accounts().atFirstSight({ issuer: 'https://two.example', subject: 'x' }, ADA)
    expect(one.id).not.toBe(two.id)
  })

  test('a subject that is a UUID is the id of its account', async () => {
    const subject = newId().toUpperCase()
    const account = await accounts().atFirstSight({ issuer: 'https://a.example', subject }, ADA)
    expect(account.id).toBe(subject.toLowerCase())
    expect(await accounts().atFirstSight({ issuer: 'https://b.example', subject }, ADA)).toEqual(account)
  })

  test('twenty first sights at once make one account', async () => {
    const identity = { issuer: 'https://a.example', subject: 'busy' }
    const made = await Promise.all(Array.from({ length: 20 }, () => accounts().atFirstSight(identity, ADA)))
    expect(new Set(made.map((a) => a.id)).size).toBe(1)
    const busy = { kind: 'service', displayName: 'only once', email: null } as const
    await accounts().create(busy)
    const rows = on.database.kysely.selectFrom('accounts').selectAll().where('display_name', '=', 'only once')
    expect(await rows.execute()).toHaveLength(1)
  })

  test('the log tells who came, from where, and who got another identity; it tells once', async () => {
    const { events } = storeOn(on.database)
    const subject = newId()
    const [one, two] = [
      { issuer: 'https://one.example', subject },
      { issuer: 'https://two.example', subject },
    ]
    for (const identity of [one, one, two, two]) await accounts().atFirstSight(identity, ADA)
    const { items } = await events.list({ actorId: subject }, { limit: 10 })
    expect(items.map(({ type, targetId, data }) => ({ type, targetId, data }))).toEqual([
      { type: 'account.identity_added', targetId: subject, data: { issuer: two.issuer } },
      {
        type: 'account.created',
        targetId: subject,
        data: { kind: 'user', displayName: 'Ada', ownerId: null, issuer: one.issuer },
      },
    ])
  })

  test('an id that nobody has is null', async () => {
    expect(await accounts().byId(newId())).toBeNull()
  })
})
