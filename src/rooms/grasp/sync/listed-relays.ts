/** Where people say that they write: kinds 10002 and 10317. @see NIP-65, GRASP-03 */
import type { NostrEvent } from '../../../nostr/event.ts'
import { KIND } from '../../../nostr/kinds.ts'

export const RELAY_LISTS: ReadonlySet<number> = new Set([KIND.relayList, KIND.graspList])

/** Without those that their author only reads. */
export function listedRelays({ kind, tags }: NostrEvent): readonly string[] {
  const name = kind === KIND.graspList ? 'g' : 'r'
  return tags.flatMap(([tag, url, use]) => (tag === name && url !== undefined && use !== 'read' ? [url] : []))
}
