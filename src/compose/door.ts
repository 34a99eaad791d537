/** The one door, over the ports and policies of this server. */
import type { Config } from '../config/config.ts'
import { FairQueue } from '../git/limits.ts'
import type { ErrorLog } from '../http/error-rendering.ts'
import type { Door } from '../kernel/door.ts'
import type { RepoId } from '../kernel/ids.ts'
import type { RefUpdatePolicy } from '../kernel/policy.ts'
import type { GitStore, IntentLog } from '../kernel/ports.ts'
import { LandingQueue } from '../kernel/landing-queue.ts'
import { principalKey } from '../kernel/principal.ts'
import { Publisher } from '../kernel/publisher.ts'
import { RefQueue } from '../kernel/ref-queue.ts'
import { newId } from '../kernel/uuid.ts'

/**
 * Whoever has passed a push on, and gives up when its own deadline is over, has that long to end it and to look
 * what came of it: the door must not refuse, meanwhile, what has landed elsewhere.
 */
const SETTLE_MS = 15_000

/** Half of the sessions that hold locks, in all and of one repository, stay with pushes that wait for nobody. */
const LAST_VETOES = { total: 32, perRepository: 4, perPrincipal: 16, maxWaiting: 256 }

export interface DoorParts {
  readonly store: GitStore
  readonly intents: IntentLog
  readonly policies: readonly RefUpdatePolicy[]
  readonly log: ErrorLog
  readonly onRefsMoved: (repoId: RepoId) => void
  readonly onDenied: Door['onDenied']
}

export function openDoor(config: Config, { store, intents, policies, log, ...told }: DoorParts): Door {
  const lastVetoes = new FairQueue(LAST_VETOES)
  return {
    store,
    intents,
    policies,
    queue: new RefQueue(),
    landing: new LandingQueue(),
    publisher: new Publisher({
      store,
      intents,
      onEventLate: (err) => log.error({ err }, 'event of a push is late; recovery writes it'),
    }),
    newId,
    admitLastVeto: ({ repo, principal, signal }) =>
      lastVetoes.enter({ repoId: repo.id, principal: principalKey(principal) }, signal),
    preparedDeadlineMs: config.push.preparedDeadlineMs + SETTLE_MS,
    onPolicyError: (policy, err) => log.error({ err, policy }, 'a policy failed; the push was refused'),
    onRefsMoved: told.onRefsMoved,
    onDenied: told.onDenied,
  }
}
