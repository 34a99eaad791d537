/** The one door, over the ports and policies of this server. */
import type { Config } from '../config/config.ts'
import type { ErrorLog } from '../http/error-rendering.ts'
import type { Door } from '../kernel/door.ts'
import type { RepoId } from '../kernel/ids.ts'
import type { RefUpdatePolicy } from '../kernel/policy.ts'
import type { GitStore, IntentLog } from '../kernel/ports.ts'
import { Publisher } from '../kernel/publisher.ts'
import { RefQueue } from '../kernel/ref-queue.ts'
import { newId } from '../kernel/uuid.ts'

/**
 * Whoever has passed a push on, and gives up when its own deadline is over, has that long to end it and to look
 * what came of it: the door must not refuse, meanwhile, what has landed elsewhere.
 */
const SETTLE_MS = 15_000

export interface DoorParts {
  readonly store: GitStore
  readonly intents: IntentLog
  readonly policies: readonly RefUpdatePolicy[]
  readonly log: ErrorLog
  readonly onRefsMoved: (repoId: RepoId) => void
  readonly onDenied: Door['onDenied']
}

export function openDoor(config: Config, { store, intents, policies, log, ...told }: DoorParts): Door {
  return {
    store,
    intents,
    policies,
    queue: new RefQueue(),
    landing: new RefQueue(),
    publisher: new Publisher({
      store,
      intents,
      onEventLate: (err) => log.error({ err }, 'event of a push is late; recovery writes it'),
    }),
    newId,
    preparedDeadlineMs: config.push.preparedDeadlineMs + SETTLE_MS,
    onPolicyError: (policy, err) => log.error({ err, policy }, 'a policy failed; the push was refused'),
    onRefsMoved: told.onRefsMoved,
    onDenied: told.onDenied,
  }
}
