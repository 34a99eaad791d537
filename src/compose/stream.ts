/** The streams of events: who listens, and how many may. */
import type { Config } from '../config/config.ts'
import type { ErrorLog } from '../http/error-rendering.ts'
import type { FindDeleted } from '../http/repository-routes.ts'
import type { FindRepository } from '../kernel/directory.ts'
import { EventFrames } from '../rooms/events/stream/event-frames.ts'
import { OpenStreams } from '../rooms/events/stream/open-streams.ts'
import type { ServeStreamParts } from '../rooms/events/stream/serve-stream.ts'
import { Turnstile } from '../rooms/events/stream/turnstile.ts'
import type { Identity } from './identity.ts'
import type { Records } from './records.ts'

export interface StreamsParts {
  readonly records: Pick<Records, 'tail'>
  readonly identity: Pick<Identity, 'authenticate'>
  readonly find: FindRepository
  readonly findDeleted: FindDeleted
  readonly log: ErrorLog
}

export interface Streams {
  readonly routes: ServeStreamParts
  /** Call before the server takes no more requests: streams would be waited for. */
  end(): void
}

/** A client that has left what was sent to it for two heartbeats is not listening. */
const STALL_HEARTBEATS = 2
/** Streams that read old events at the same time. */
const CATCHING_UP = 4

export function openStreams({ streams: limits }: Config, parts: StreamsParts): Streams {
  const { records, identity, find, findDeleted, log } = parts
  const streams = new OpenStreams(limits)
  return {
    routes: {
      tail: records.tail,
      frames: new EventFrames(),
      catchingUp: new Turnstile(CATCHING_UP),
      find,
      findDeleted,
      authenticate: identity.authenticate,
      streams,
      heartbeatMs: limits.heartbeatMs,
      stallMs: limits.heartbeatMs * STALL_HEARTBEATS,
      log,
    },
    end: () => streams.close(),
  }
}
