/** What people say of themselves: where they write, and who they are. Kept of those who take part here. @see NIP-65 */
import type { VerifiedEvent } from '../../../nostr/event.ts'
import { KIND } from '../../../nostr/kinds.ts'
import type { NostrEvents } from '../../../store/nostr/nostr-events.ts'
import { refuse, type Answer, type Bringer } from './answer.ts'
import { serve, type ServeParts } from './serve.ts'

export type ParticipantParts = ServeParts & { readonly events: Pick<NostrEvents, 'query'> }

/** Who has written one of these, and it is served here, takes part. 1630 to 1633: statuses. @see NIP-34 */
const TAKING_PART = [
  KIND.announcement,
  KIND.state,
  KIND.patch,
  KIND.pullRequest,
  KIND.pullRequestUpdate,
  KIND.issue,
  KIND.comment,
  1630,
  1631,
  1632,
  1633,
  1,
]

export async function takeOfParticipant(
  parts: ParticipantParts,
  event: VerifiedEvent,
  from: Bringer,
): Promise<Answer> {
  const own = { authors: [event.pubkey], kinds: TAKING_PART, limit: 1 }
  const takesPart = (await parts.events.query([own], { limit: 1 })).length > 0
  if (takesPart) return await serve(parts, event, from)
  return refuse('restricted', 'profiles and lists are kept of those who take part in a repository here')
}
