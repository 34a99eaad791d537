/** Events of repositories that are announced here, brought from other relays. @see GRASP-02, GRASP-03 */
import type { Config } from '../../config/config.ts'
import type { ErrorLog } from '../../http/error-rendering.ts'
import { OutboundGuard } from '../../http/outbound/outbound-guard.ts'
import type { Clock } from '../../kernel/ports.ts'
import { KIND } from '../../nostr/kinds.ts'
import type { Verifier } from '../../nostr/verify/verifier.ts'
import type { TakeEvent } from '../../rooms/grasp/intake/answer.ts'
import type { LiveEvents } from '../../rooms/grasp/relay/live-events.ts'
import type { Service } from '../../rooms/grasp/service.ts'
import { Places } from '../../rooms/grasp/sync/places.ts'
import { Reception } from '../../rooms/grasp/sync/receive.ts'
import { Rejected } from '../../rooms/grasp/sync/rejected.ts'
import { Sync } from '../../rooms/grasp/sync/sync.ts'
import { timersOf } from '../../rooms/grasp/sync/timers.ts'
import type { NostrEvents } from '../../store/nostr/nostr-events.ts'
import { Rejections } from '../../store/nostr/rejections.ts'
import { Relays } from '../../store/nostr/relays.ts'
import type { Records } from '../records.ts'

export interface EventSyncParts {
  readonly records: Records
  readonly events: NostrEvents
  readonly verifier: Verifier
  readonly service: Pick<Service, 'isHere'>
  readonly take: TakeEvent
  readonly live: LiveEvents
  readonly clock: Clock
  readonly log: ErrorLog
}

export interface EventSync extends AsyncDisposable {
  /** The intake; what it accepts is followed from then on. Give this one to the relay. */
  readonly take: TakeEvent
  /** Call when the server can take events. */
  readonly start: () => Promise<void>
}

/** Of connections to other relays at once. */
const MAX_CONNECTIONS = 200
const EVERY_ADDRESS = ['0.0.0.0/0', '::/0']
/** What part 03 reads of people: their names, and where they write. */
const PROFILES = [KIND.metadata, KIND.relayList]

/** Dispose before the verifier and the store. */
export function openEventSync({ grasp }: Config, parts: EventSyncParts): EventSync {
  if (!grasp?.sync) {
    return {
      take: parts.take,
      start: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }
  }
  const { records, events, verifier, service, clock, log } = parts
  const { database } = records
  const onFailed = (err: unknown) => log.error({ err }, 'an event of another relay could not be taken')
  const take: TakeEvent = async (event, from) => {
    const answer = await parts.take(event, from)
    if (answer.accepted) sync.accepted(event)
    return answer
  }
  const rejected = new Rejected({ rejections: new Rejections({ database, clock }), clock })
  const reception = new Reception({ events, rejected, verifier, take, onFailed })
  const outbox = grasp.sync.outbox && grasp.members === null
  const sync = new Sync({
    events,
    rejected,
    reception,
    followed: { isHere: service.isHere, archive: grasp.archive, outbox },
    relay: {
      guard: new OutboundGuard({ allow: grasp.allowPrivate ? EVERY_ADDRESS : [] }),
      timers: timersOf(clock),
      relays: new Relays({ database }),
      places: new Places(MAX_CONNECTIONS),
      events,
      missing: (ids) => reception.missing(ids),
      lists: outbox ? PROFILES : [],
    },
    onFailed,
  })
  const listening = parts.live.listen((event) => sync.served(event))
  return {
    take,
    start: () => sync.start(),
    async [Symbol.asyncDispose]() {
      listening[Symbol.dispose]()
      await sync[Symbol.asyncDispose]()
    },
  }
}
