/**
 * Brings all repositories of one identifier to what their maintainers have signed, as far as the git data is
 * there, and shows the events whose data is. The one place where an event leaves purgatory.
 */
import type { VerifiedEvent } from '../../../nostr/event.ts'
import type { LiveEvents } from '../relay/live-events.ts'
import { applyStates, type ApplyParts } from './apply-states.ts'
import { readFamily, type FamilyParts } from './family.ts'
import { release, type ReleaseParts } from './release.ts'
import { settleTips, type TipParts } from './settle-tips.ts'
import { SharedTurns } from './shared-turns.ts'

/**
 * Doing it again changes nothing: it is called after an event came, after refs moved, after git data was fetched, and
 * at the start, for what a crash has left.
 *
 * @returns events that are served from now on, oldest first; they have been told to who listens
 */
export type Settle = (identifier: string) => Promise<readonly VerifiedEvent[]>

export type SettleParts = FamilyParts &
  ApplyParts &
  TipParts &
  ReleaseParts & {
    readonly live: Pick<LiveEvents, 'tell'>
  }

/** One identifier at a time. Dispose to wait for what is under way. */
export function openSettle(parts: SettleParts): { readonly settle: Settle } & AsyncDisposable {
  const turns = new SharedTurns<readonly VerifiedEvent[]>()
  return {
    settle: (identifier) => turns.take(identifier, () => settleOnce(parts, identifier)),
    [Symbol.asyncDispose]: () => turns.idle(),
  }
}

async function settleOnce(parts: SettleParts, identifier: string): Promise<readonly VerifiedEvent[]> {
  const family = await readFamily(parts, identifier)
  const applied = await applyStates(parts, family)
  const accepted = await settleTips(parts, family)
  const released = await release(parts, family, { applied, accepted })
  parts.live.tell(released)
  return released
}
