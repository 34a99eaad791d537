/** The conversation around the repositories here: whatever names a part of it, or is named by one. @see GRASP-01 */
import { addressOf, type VerifiedEvent } from '../../../nostr/event.ts'
import type { NostrEvents } from '../../../store/nostr/nostr-events.ts'
import type { GraspRepositories } from '../../../store/nostr/grasp-repositories.ts'
import { refuse, type Answer, type Bringer } from './answer.ts'
import { namedIn, type Named } from './named.ts'
import { serve, type ServeParts } from './serve.ts'

export interface RelationParts {
  readonly events: Pick<NostrEvents, 'isKnown' | 'isNamed'>
  readonly repositories: Pick<GraspRepositories, 'of'>
}

export const UNRELATED = refuse(
  'restricted',
  'only what belongs to repositories here is kept; name one, or an event about it, in a tag a, A, e, E or q',
)

export async function takeRelated(
  parts: RelationParts & ServeParts,
  event: VerifiedEvent,
  from: Bringer,
): Promise<Answer> {
  return (await isRelated(parts, event)) ? await serve(parts, event, from) : UNRELATED
}

/** In either direction, so that what belongs together comes in whatever order. */
export async function isRelated(parts: RelationParts, event: VerifiedEvent): Promise<boolean> {
  const named = namedIn(event)
  return (
    (await parts.events.isKnown(named)) ||
    (await namesHosted(parts, named)) ||
    (await parts.events.isNamed({ id: event.id, address: addressOf(event) }))
  )
}

/** One whose announcement is not served yet has been accepted all the same. */
async function namesHosted({ repositories }: RelationParts, named: Named): Promise<boolean> {
  for (const { owner, identifier } of named.repositories) {
    if ((await repositories.of(owner, identifier, 'announced')) !== null) return true
  }
  return false
}
