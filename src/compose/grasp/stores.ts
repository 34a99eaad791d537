/** What is kept of signed events and of the repositories that they announce. Types only. */
import type { GraspLists } from '../../store/nostr/grasp-lists.ts'
import type { GraspRepositories } from '../../store/nostr/grasp-repositories.ts'
import type { GraspTips } from '../../store/nostr/grasp-tips.ts'
import type { NostrEvents } from '../../store/nostr/nostr-events.ts'

export interface SignedStores {
  readonly events: NostrEvents
  readonly repositories: GraspRepositories
  readonly tips: GraspTips
  readonly lists: GraspLists
}
