/** What the routes about a GRASP host read. Types only. */
import type { GraspLists } from '../../../store/nostr/grasp-lists.ts'

export interface AdminGraspParts {
  readonly grasp: Pick<GraspLists, 'repositories' | 'waiting' | 'relays'>
  readonly publicBaseUrl: string
}
