/** Somebody who hangs, fails or dies delays nobody else, loses nothing of his own, and costs no memory. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { NewEvent } from '../../src/kernel/events.ts'
import type { RepoId } from '../../src/kernel/ids.ts'
import { newId } from '../../src/kernel/uuid.ts'
import { EventCursors } from '../../src/store/log/event-cursors.ts'
import { EventTail } from '../../src/store/log/event-tail.ts'
import { LogFollower } from '../../src/store/log/log-follower.ts'
import { happening } from '../support/between.ts'
import { forEachEngine, storeOn } from '../support/databases.ts'
import { openReceiver, type Received, type Receiver } from '../support/receiver.ts'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

const EVENTS = 12_000
const DATA_CHARS = 5_000
const MAX_GROWTH_MIB = 40

forEachEngine('a subscriber that hangs', (on) => {
  test('holds a page of the log and no more, and those beside it hear everything', async () => {
    const { events: log } = storeOn(on.database)
    const onFailed = (err: unknown) => expect.fail(String(err))
    using tail = await EventTail.open({ database: on.database, log, onFailed })
    const cursors = new EventCursors(on.database)
    const goOn = happening()
    const heard = { stuck: 0, other: 0 }
    const follow = (name: keyof typeof heard, before: () => Promise<void>) =>
      new LogFollower({
        name: newId(),
        tail,
        cursors,
        from: 'end',
        concerns: () => true,
        take: async (events) => {
          await before()
          heard[name] += events.length
        },
        onFailed,
      })
    await using stuck = follow('stuck', () => goOn.happened)
    await using other = follow('other', async () => {})
    log.onAppended((events) => [stuck, other].forEach((follower) => follower.wake(events)))
    await Promise.all([stuck.caughtUp(REPO), other.caughtUp(REPO)])

    const before = heapMib()
    for (let n = 0; n < EVENTS; n += 100) {
      const list = Array.from({ length: 100 }, () => newsOf(newId() as RepoId))
      await on.database.transaction((trx) => log.append(trx, list))
      if (n % 2_000 === 0) await other.caughtUp(REPO)
    }
    await on.database.transaction((trx) => log.append(trx, [newsOf(REPO)]))
    await other.caughtUp(REPO)
    expect(heard).toEqual({ stuck: 0, other: EVENTS + 1 })
    expect(heapMib() - before).toBeLessThan(MAX_GROWTH_MIB)
    goOn.happen()
    await stuck.caughtUp(REPO)
    expect(heard.stuck).toBe(EVENTS + 1)
  }, 120_000)
})

describe('a webhook', () => {
  let w: World
  let slow: Receiver
  let quick: Receiver
  beforeAll(async () => {
    w = await restWorld({ SLUICE_OUTBOUND_ALLOW: '127.0.0.1' })
    slow = await openReceiver()
    quick = await openReceiver()
  })
  afterAll(async () => {
    slow.release()
    await w[Symbol.asyncDispose]()
    await slow[Symbol.asyncDispose]()
    await quick[Symbol.asyncDispose]()
  })

  test('that hangs delays no other one of the same repository', async () => {
    const stage = new Stage(w)
    const { slug } = await stage.create('owner', { name: 'hangs' })
    const at = `/repos/${stage.org}/${slug}`
    slow.behave('hang')
    for (const { url } of [slow, quick])
      await stage.ask('owner', 'POST', `${at}/hooks`, { url, eventTypes: ['push'] })
    await commit(stage, at, 'first')
    await slow.next()
    for (const message of ['second', 'third']) await commit(stage, at, message)
    expect((await quick.take(3)).map(messageIn)).toEqual(['first', 'second', 'third'])
    expect(slow.received).toHaveLength(1)
    slow.behave({ status: 204 })
    slow.release()
    expect((await slow.take(2)).map(messageIn)).toEqual(['second', 'third'])
  })

  test('whose answer has no end has answered, and is told the next', async () => {
    const stage = new Stage(w)
    const { slug } = await stage.create('owner', { name: 'endless' })
    const at = `/repos/${stage.org}/${slug}`
    await using endless = await openReceiver()
    endless.behave('endless')
    await stage.ask('owner', 'POST', `${at}/hooks`, { url: endless.url, eventTypes: ['push'] })
    for (const message of ['first', 'second']) await commit(stage, at, message)
    expect((await endless.take(2)).map(messageIn)).toEqual(['first', 'second'])
  })
})

const REPO = newId() as RepoId

function newsOf(repoId: RepoId): NewEvent {
  const nobody = { orgId: null, projectId: null, actorId: null, agentId: null }
  return { type: 'push', repoId, ...nobody, data: { text: 'x'.repeat(DATA_CHARS) } }
}

async function commit(stage: Stage, at: string, message: string): Promise<void> {
  const changes = [{ action: 'put', path: 'a.txt', content: message }]
  const answer = await stage.ask('owner', 'POST', `${at}/commits`, { branch: 'main', message, changes })
  expect(answer.status).toBe(201)
}

function messageIn({ body }: Received): string | undefined {
  const { data } = JSON.parse(body) as { data: { refs: { commits: { message: string }[] }[] } }
  return data.refs[0]?.commits[0]?.message
}

/** What is still needed. */
function heapMib(): number {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
  return process.memoryUsage().heapUsed / 1024 ** 2
}
