/** What is refused whatever kind the event is of, in the order in which it is looked at. */
import { firstTag, type VerifiedEvent } from '../../../nostr/event.ts'
import type { Clock } from '../../../kernel/ports.ts'
import type { NostrEvents } from '../../../store/nostr/nostr-events.ts'
import { LIMITS } from '../relay/limits.ts'
import { accept, refuse, type Answer, type Bringer } from './answer.ts'

export interface CheckParts {
  readonly events: Pick<NostrEvents, 'byId' | 'isDeleted'>
  /** Keys of which nothing is taken. */
  readonly blocked: ReadonlySet<string>
  readonly clock: Clock
}

/** @returns `null`: nothing speaks against it so far */
type Check = (
  parts: CheckParts,
  event: VerifiedEvent,
  from: Bringer,
) => Answer | null | Promise<Answer | null>

const CHECKS: readonly Check[] = [blocked, tooEarly, over, protectedByAuthor, known, deleted]

/** @returns `null`: its kind decides */
export async function checkEvent(
  parts: CheckParts,
  event: VerifiedEvent,
  from: Bringer,
): Promise<Answer | null> {
  for (const check of CHECKS) {
    const answer = await check(parts, event, from)
    if (answer !== null) return answer
  }
  return null
}

function blocked({ blocked }: CheckParts, { pubkey }: VerifiedEvent): Answer | null {
  return blocked.has(pubkey) ? refuse('blocked', 'events of this key are not taken here') : null
}

/** A state of the far future would lock all others out. */
function tooEarly({ clock }: CheckParts, { created_at: createdAt }: VerifiedEvent): Answer | null {
  const isEarly = createdAt > clock.now() / 1000 + LIMITS.secondsAhead
  return isEarly ? refuse('invalid', 'created_at too far in the future; check your clock') : null
}

/** @see NIP-40 */
function over({ clock }: CheckParts, event: VerifiedEvent): Answer | null {
  const expiration = firstTag(event, 'expiration') ?? ''
  const isOver = /^\d{1,15}$/.test(expiration) && Number(expiration) * 1000 <= clock.now()
  return isOver ? refuse('invalid', 'the event has expired') : null
}

/** From another relay it is brought by somebody else than its author. @see NIP-70 */
function protectedByAuthor(
  _parts: CheckParts,
  { pubkey, tags }: VerifiedEvent,
  from: Bringer,
): Answer | null {
  const isAuthor = from.source === 'client' && from.keys.has(pubkey)
  const isProtected = tags.some(([name]) => name === '-')
  return isProtected && !isAuthor ? refuse('restricted', 'only its author may publish this event') : null
}

/** One whose git data never came may be sent again by a person, but is not fetched again from other relays. */
async function known({ events }: CheckParts, { id }: VerifiedEvent, from: Bringer): Promise<Answer | null> {
  const held = await events.byId(id)
  switch (held?.status) {
    case 'served':
      return accept('duplicate', 'already served')
    case 'purgatory':
      return accept('duplicate', 'in purgatory, waiting for its git data')
    case 'expired':
      return from.source === 'sync' ? refuse('duplicate', 'its git data did not come in time') : null
    case undefined:
      return null
  }
}

async function deleted({ events }: CheckParts, event: VerifiedEvent): Promise<Answer | null> {
  return (await events.isDeleted(event)) ? refuse('blocked', 'its author has deleted it') : null
}
