/** The AURA network: what this server asks it, and what it posts to its feed. */
import type { Config } from '../config/config.ts'
import { AuraNetwork } from '../http/aura-network.ts'
import type { JobKind } from '../kernel/background.ts'
import type { Clock } from '../kernel/ports.ts'
import { newId } from '../kernel/uuid.ts'
import { deliverLine, type DeliverLineParts } from '../rooms/events/deliveries/deliver-line.ts'
import { bringLinesForward } from '../rooms/events/deliveries/line-job.ts'
import { Outages } from '../rooms/events/deliveries/outages.ts'
import { feedReceiver } from '../rooms/events/feed/feed-receiver.ts'
import { FEED_POST, feedSubscriber } from '../rooms/events/feed/feed-subscriber.ts'
import { Deliveries } from '../store/deliveries/deliveries.ts'
import type { Line } from '../store/deliveries/delivery.ts'
import type { Subscriber } from '../store/log/hand-over.ts'
import type { Records } from './records.ts'

export interface Feed {
  readonly subscribers: readonly Subscriber[]
  readonly kinds: readonly JobKind<never>[]
}

export interface FeedParts {
  readonly records: Records
  readonly clock: Clock
}

/** Posts under way at once, of different repositories. */
const SLOTS = 4
/** What the network answers is no failure of the job: only the database is. */
const MAX_ATTEMPTS = 10

/** @returns `null`: no such network, or no token to show it */
export function openAuraNetwork({ auraNetworkUrl: url, secrets }: Config, clock: Clock): AuraNetwork | null {
  const token = secrets.internalToken?.reveal()
  return url === null || token === undefined ? null : new AuraNetwork({ url, token, clock })
}

/** Without a network nothing is written down for it. */
export function openFeed(network: AuraNetwork | null, { records, clock }: FeedParts): Feed {
  if (network === null) return { subscribers: [], kinds: [] }
  const { database, jobs, repositories } = records
  const deliveries = new Deliveries({ database, clock, newId })
  const receiver = feedReceiver({ network, repositoryById: (id) => repositories.byId(id) })
  const line: DeliverLineParts = {
    deliveries,
    outages: new Outages(clock),
    bringForward: (name) =>
      database.transaction((trx) => bringLinesForward(trx, { deliveries, jobs }, FEED_POST, name, 'in line')),
    clock,
  }
  const post: JobKind<Line> = {
    type: FEED_POST,
    slots: SLOTS,
    maxAttempts: MAX_ATTEMPTS,
    run: (payload, signal) => deliverLine(line, payload, () => Promise.resolve(receiver), signal),
  }
  return { subscribers: [feedSubscriber({ deliveries, jobs })], kinds: [post as JobKind<never>] }
}
