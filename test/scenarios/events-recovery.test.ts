/** What recovery tells of pushes that a crash has cut off between their refs and their events. */
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import type { NewEvent, PushData } from '../../src/kernel/events.ts'
import type { Oid, RefName, RepoId } from '../../src/kernel/ids.ts'
import type { GitStore, Intent, IntentLog } from '../../src/kernel/ports.ts'
import { recoverIntents } from '../../src/kernel/recover.ts'
import type { RefUpdate } from '../../src/kernel/ref-update.ts'
import { newId } from '../../src/kernel/uuid.ts'
import { Intents } from '../../src/store/intents.ts'
import { overlay } from '../support/between.ts'
import { forEachEngine, newRepository, storeOn } from '../support/databases.ts'
import { push, testStore, type Client } from '../support/store.ts'

forEachEngine('recovery', (on) => {
  /** A repository whose pushes move refs and then end, as if the server had been killed. */
  async function open() {
    const git = await testStore()
    const handle = await git.newRepo()
    const records = storeOn(on.database)
    const repoId = handle.id
    await records.repositories.insert(newRepository(`${newId()}/app`, { id: repoId }), NOBODY)
    const instance = newId()
    const dying = new Intents({ ...records, instance, run: newId() })
    const client = await git.newClient()
    const pack = async (tips: readonly Oid[]) => push(git.store, handle, client.pack(tips), [])
    return {
      client,
      pack,
      /** Moves the first `done` of the refs. */
      cutOff: async (
        updates: readonly RefUpdate[],
        done = updates.length,
        quarantine: string | null = null,
      ) => {
        await dying.open({ ...intentOf(repoId, updates), quarantine })
        records.clock.advance(1)
        for (const update of updates.slice(0, done)) await push(git.store, handle, null, [update])
      },
      /**
       * @param opts.isUnreadable the directory of the repository cannot be read for a while
       * @param opts.listed what was unfinished when this round began
       */
      recover: async ({ isUnreadable = false, listed = null as readonly Intent[] | null } = {}) => {
        const own = new Intents({ ...records, instance, run: newId() })
        const abandoned = async () => listed ?? (await own.abandoned())
        const intents = overlay<IntentLog>(own, { abandoned })
        const failed = (_intent: unknown, err: unknown) => {
          if (!isUnreadable) throw err
        }
        const store = isUnreadable ? overlay<GitStore>(git.store, { readRefs }) : git.store
        await recoverIntents({ store, intents, repoOf: async () => handle, onFailed: failed })
        const { items } = await records.events.list({ repoId, types: ['push'] }, { limit: 50 })
        return items.toReversed().map(({ data }) => data as PushData)
      },
      /** Stores, and then ends without a word. @returns the name of the quarantine */
      leaveBehind: async (tip: Oid) => {
        const quarantine = git.store.openQuarantine(handle)
        await quarantine.receive(Readable.from([client.pack([tip])]), {})
        await quarantine.sync()
        return quarantine.name
      },
      move: (update: RefUpdate) => push(git.store, handle, null, [update]),
      unfinished: () => new Intents({ ...records, instance, run: newId() }).abandoned(),
      refs: () => git.store.readRefs(handle, ['refs/heads/a', 'refs/heads/b'] as RefName[]),
      [Symbol.asyncDispose]: () => git[Symbol.asyncDispose](),
    }
  }

  test('pushes that followed one another on a branch are all told, in their order', async () => {
    await using r = await open()
    const [one, two, three] = chain(r.client, 3)
    await r.pack([three])
    await r.cutOff([r.client.create('refs/heads/a', one), r.client.create('refs/heads/b', one)])
    await r.cutOff([move('refs/heads/a', one, two)])
    await r.cutOff([move('refs/heads/a', two, three)])
    const told = await r.recover()
    expect(told.every((data) => data.recovered)).toBe(true)
    expect(told.map(({ refs }) => refs.map(({ ref, newOid }) => [ref, newOid]))).toEqual([
      [
        ['refs/heads/a', one],
        ['refs/heads/b', one],
      ],
      [['refs/heads/a', two]],
      [['refs/heads/a', three]],
    ])
    expect(Object.fromEntries(await r.refs())).toEqual({ 'refs/heads/a': three, 'refs/heads/b': one })
  })

  test('a branch that was deleted behind an untold push is told of twice, and stays deleted', async () => {
    await using r = await open()
    const [one] = chain(r.client, 1)
    await r.pack([one])
    await r.cutOff([r.client.create('refs/heads/a', one)])
    await r.cutOff([r.client.delete('refs/heads/a', one)])
    expect((await r.recover()).map(({ refs }) => refs.map(({ newOid }) => newOid))).toEqual([
      [one],
      ['0'.repeat(40)],
    ])
    expect([...(await r.refs())]).toEqual([])
  })

  test('the last of several was decided and not begun: it is finished behind the others', async () => {
    await using r = await open()
    const [one, two] = chain(r.client, 2)
    await r.pack([two])
    await r.cutOff([r.client.create('refs/heads/a', one)])
    await r.cutOff([move('refs/heads/a', one, two)], 0)
    const told = await r.recover()
    expect(told.map(({ refs }) => refs.map(({ oldOid, newOid }) => [oldOid, newOid]))).toEqual([
      [['0'.repeat(40), one]],
      [[one, two]],
    ])
    expect((await r.refs()).get('refs/heads/a' as RefName)).toBe(two)
  })

  test('what could not be finished at first is finished by the next round, with its objects', async () => {
    await using r = await open()
    const [one] = chain(r.client, 1)
    await r.cutOff([r.client.create('refs/heads/a', one)], 0, await r.leaveBehind(one))
    expect(await r.recover({ isUnreadable: true })).toEqual([])
    const told = await r.recover()
    expect(told.map(({ refs }) => refs.map(({ newOid }) => newOid))).toEqual([[one]])
    expect((await r.refs()).get('refs/heads/a' as RefName)).toBe(one)
  })

  test('what another server finishes while it stands on the list of this one is not done again', async () => {
    await using r = await open()
    const [one] = chain(r.client, 1)
    const created = r.client.create('refs/heads/a', one)
    await r.cutOff([created], 0, await r.leaveBehind(one))
    const listed = await r.unfinished()
    expect(await r.recover()).toHaveLength(1)
    await r.move(r.client.delete('refs/heads/a', one))
    expect(await r.recover({ listed })).toHaveLength(1)
    expect([...(await r.refs())]).toEqual([])
  })

  test('what was decided and whose objects are gone did not happen, and is not tried for ever', async () => {
    await using r = await open()
    const [one] = chain(r.client, 1)
    await r.cutOff([r.client.create('refs/heads/a', one)], 0, 'gone-1-abcdef/1')
    expect(await r.recover()).toEqual([])
    expect([...(await r.refs())]).toEqual([])
    expect(await r.unfinished()).toEqual([])
  })
})

const readRefs = () => Promise.reject(new Error('EIO'))
const NOBODY = { actorId: null, agentId: null }

function chain(client: Client, length: number): Oid[] & [Oid, Oid, Oid] {
  const commits: Oid[] = []
  for (let n = 0; n < length; n++) commits.push(client.commit(`${n}`, { parents: commits.slice(-1) }))
  return commits as Oid[] & [Oid, Oid, Oid]
}

function move(ref: string, oldOid: Oid, newOid: Oid): RefUpdate {
  return { ref: ref as RefName, oldOid, newOid }
}

function intentOf(repoId: RepoId, updates: readonly RefUpdate[]) {
  const id = newId()
  const refs = updates.map((update) => ({ ...update, kind: 'update', commits: [], total: 0 }) as const)
  const event: NewEvent<PushData> = {
    type: 'push',
    repoId,
    orgId: null,
    projectId: null,
    ...NOBODY,
    data: { pushId: id, via: 'git', refs, pushOptions: [] },
  }
  return { id, repoId, state: 'decided', quarantine: null, event } as const
}
