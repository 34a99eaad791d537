/**
 * Brings all repositories of one identifier to what their maintainers have signed, as far as the git data is
 * there, and shows the events whose data is. The one place where an event leaves purgatory.
 */
import type { VerifiedEvent } from '../../../nostr/event.ts'

/**
 * Doing it again changes nothing: it is called after an event came, after refs moved, after git data was fetched, and
 * at the start, for what a crash has left.
 *
 * @returns events that are served from now on, oldest first; they have been told to who listens
 */
export type Settle = (identifier: string) => Promise<readonly VerifiedEvent[]>
