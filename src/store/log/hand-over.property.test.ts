import fc from 'fast-check'
import { expect, test } from 'vitest'
import { forEachEngine, storeOn } from '../../../test/support/databases.ts'
import { AppError } from '../../kernel/errors.ts'
import type { NewEvent, StoredEvent } from '../../kernel/events.ts'
import type { RepoId } from '../../kernel/ids.ts'
import { newId } from '../../kernel/uuid.ts'
import { EventCursors } from './event-cursors.ts'
import { EventTail } from './event-tail.ts'
import { handOver, type Subscriber } from './hand-over.ts'
import { LogFollower } from './log-follower.ts'

const REPO = newId() as RepoId
const SERVERS = 3

const serverArb = fc.nat({ max: SERVERS - 1 })
const stepArb: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      server: serverArb,
      events: fc.integer({ min: 1, max: 60 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('fail' as const),
      when: fc.constantFrom('before' as const, 'after' as const),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('restart' as const, 'caughtUp' as const),
      server: serverArb,
    }),
  },
)

type Step =
  | { readonly kind: 'append'; readonly server: number; readonly events: number }
  /** What is handed over fails so often, before or after it was written. */
  | { readonly kind: 'fail'; readonly when: 'before' | 'after'; readonly times: number }
  | { readonly kind: 'restart' | 'caughtUp'; readonly server: number }

const NEWS: NewEvent = {
  type: 'push',
  repoId: REPO,
  orgId: null,
  projectId: null,
  actorId: null,
  agentId: null,
  data: {},
}

forEachEngine('what is handed over', (on) => {
  /** Servers that share a subscriber and the database; what it writes counts when it is committed. */
  async function open() {
    const written: string[] = []
    const failing = { before: 0, after: 0 }
    const failIf = (when: keyof typeof failing) => {
      if (failing[when]-- > 0) throw new AppError('UNAVAILABLE')
    }
    const subscriber: Subscriber = {
      name: newId(),
      from: 'end',
      concerns: () => true,
      prepare: async (events: readonly StoredEvent[]) => {
        failIf('before')
        return async (trx) => {
          on.database.afterCommit(trx, () => written.push(...events.map(({ id }) => id)))
          failIf('after')
        }
      },
    }
    const servers = await Promise.all(Array.from({ length: SERVERS }, () => openServer(subscriber)))
    return {
      servers,
      written,
      failing,
      close: async () => {
        for (const server of servers) await server.close()
      },
    }
  }

  async function openServer(subscriber: Subscriber) {
    const { events: log } = storeOn(on.database)
    const onFailed = () => {}
    const tail = await EventTail.open({ database: on.database, log, onFailed })
    const cursors = new EventCursors(on.database)
    const onPassedOver = (_event: unknown, err: unknown) => expect.fail(String(err))
    const start = () => {
      const { name, from, concerns } = subscriber
      const take = handOver({ database: on.database, cursors, subscriber, onPassedOver })
      return new LogFollower({ name, from, tail, cursors, concerns, take, onFailed })
    }
    let follower = start()
    log.onAppended((events) => follower.wake(events))
    return {
      append: (count: number) =>
        on.database.transaction((trx) =>
          log.append(
            trx,
            Array.from({ length: count }, () => NEWS),
          ),
        ),
      /** For what other servers have written. */
      look: () => tail.end(),
      caughtUp: () => follower.caughtUp(REPO),
      restart: async () => {
        await follower[Symbol.asyncDispose]()
        follower = start()
      },
      close: async () => {
        await follower[Symbol.asyncDispose]()
        tail[Symbol.dispose]()
      },
    }
  }

  test('is every event once and in order, whichever servers fail, come back and race', async () => {
    const run = async (steps: readonly Step[]) => {
      const shared = await open()
      const { servers, written, failing } = shared
      await Promise.all(servers.map((server) => server.caughtUp()))
      const { events } = storeOn(on.database)
      const from = await events.lastSequence()
      const pending: Promise<unknown>[] = []
      for (const step of steps) {
        if (step.kind === 'append') pending.push(servers[step.server]!.append(step.events))
        else if (step.kind === 'fail') failing[step.when] = step.times
        else await servers[step.server]![step.kind]()
      }
      await Promise.all(pending)
      Object.assign(failing, { before: 0, after: 0 })
      await servers[0]!.look()
      await servers[0]!.restart()
      await servers[0]!.caughtUp()
      await shared.close() // all that was begun is committed
      const appended = await events.since(from, 100_000)
      expect(written).toEqual(appended.map(({ id }) => id))
    }
    await fc.assert(fc.asyncProperty(fc.array(stepArb, { maxLength: 25 }), run), { numRuns: 20 })
  }, 60_000)
})
