/** What the door is built from. One of it in a server; composed in compose.ts. */
import type { RepoId } from './ids.ts'
import type { Push, RefUpdatePolicy } from './policy.ts'
import type { GitStore, IntentLog } from './ports.ts'
import type { Publisher } from './publisher.ts'
import type { LandingQueue } from './landing-queue.ts'
import type { RefQueue } from './ref-queue.ts'
import type { Refusal } from './ref-update.ts'

export interface Door {
  readonly store: GitStore
  readonly intents: IntentLog
  /** Asked in this order at each of the three moments. */
  readonly policies: readonly RefUpdatePolicy[]
  readonly queue: RefQueue
  readonly landing: LandingQueue
  readonly publisher: Publisher
  readonly newId: () => string
  /**
   * Waits for a place among those whose locks are held while somebody else decides: there are fewer of these than
   * of locks. Dispose to give it back.
   *
   * @throws AppError `OVERLOADED`
   */
  readonly admitLastVeto: (push: Push) => Promise<Disposable>
  /** How long `onPrepared` may hold the locks. */
  readonly preparedDeadlineMs: number
  /** Told of what a policy has refused, before the pusher is. */
  readonly onDenied: (push: Push, refusals: readonly Refusal[]) => void
  /** Told of what a policy threw; the client never is. */
  readonly onPolicyError: (policy: string, error: unknown) => void
  /** Called between the commit of refs and all that follows, so that no reader sees old values later. */
  readonly onRefsMoved: (repoId: RepoId) => void
}
