/** What the connection of an event alone decides, before anybody looks at what it is about. */
import type { VerifiedEvent } from '../../../nostr/event.ts'
import { KIND } from '../../../nostr/kinds.ts'
import { refuse } from './refusal.ts'

/**
 * A protected event of somebody who has proven to be somebody else is left to the intake.
 *
 * @param keys that the connection has proven to hold
 * @throws RelayRefusal
 */
export function checkBringer({ kind, tags }: VerifiedEvent, keys: ReadonlySet<string>): void {
  if (kind === KIND.clientAuth || kind === KIND.httpAuth)
    throw refuse('invalid', 'a proof of who somebody is belongs to one connection and is not kept')
  if (keys.size === 0 && tags.some(([name]) => name === '-'))
    throw refuse('auth-required', 'only its author may publish this event') // NIP-70
}
