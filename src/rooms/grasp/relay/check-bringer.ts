/** What is refused whatever the event is about: it is over, it is none to be kept, or it is not theirs to bring. */
import type { Clock } from '../../../kernel/ports.ts'
import { firstTag, type VerifiedEvent } from '../../../nostr/event.ts'
import { KIND } from '../../../nostr/kinds.ts'
import { refuse } from './refusal.ts'

/** @param keys that the connection has proven to hold @throws RelayRefusal */
export function checkBringer(event: VerifiedEvent, keys: ReadonlySet<string>, clock: Clock): void {
  if (event.kind === KIND.clientAuth || event.kind === KIND.httpAuth)
    throw refuse('invalid', 'a proof of who somebody is belongs to one connection and is not kept')
  if (isOver(event, clock.now())) throw refuse('invalid', 'the event has expired')
  if (!isProtected(event) || keys.has(event.pubkey)) return
  if (keys.size === 0) throw refuse('auth-required', 'only its author may publish this event')
  throw refuse('restricted', 'only its author may publish this event')
}

/** @see NIP-40 */
function isOver(event: VerifiedEvent, nowMs: number): boolean {
  const expiration = firstTag(event, 'expiration') ?? ''
  return /^\d+$/.test(expiration) && Number(expiration) * 1000 <= nowMs
}

/** @see NIP-70 */
function isProtected({ tags }: VerifiedEvent): boolean {
  return tags.some(([name]) => name === '-')
}
