/**
 * Brings all repositories of one identifier to what their maintainers have signed, as far as the git data is
 * there, and shows the events whose data is. The one place where an event leaves purgatory.
 */
import type { VerifiedEvent } from '../../../nostr/event.ts'
import type { LiveEvents } from '../relay/live-events.ts'
import type { Turns } from '../turns.ts'
import { applyStates, type ApplyParts } from './apply-states.ts'
import { readFamily, type FamilyParts } from './family.ts'
import { release, type ReleaseParts } from './release.ts'
import { settleTips, type TipParts } from './settle-tips.ts'

/**
 * Doing it again changes nothing: it is called after an event came, after refs moved, after git data was fetched, and
 * at the start, for what a crash has left. Not from within a turn of that identifier.
 *
 * @returns events that are served from now on, oldest first; they have been told to who listens
 */
export type Settle = (identifier: string) => Promise<readonly VerifiedEvent[]>

export type SettleParts = FamilyParts &
  ApplyParts &
  TipParts &
  ReleaseParts & {
    readonly live: Pick<LiveEvents, 'tell'>
    /** By identifier. */
    readonly turns: Turns
  }

/** Who asks before a turn has begun shares it: what has come by then is all seen. */
export function openSettle(parts: SettleParts): Settle {
  const coming = new Map<string, ReturnType<Settle>>()
  return (identifier) => {
    const turn =
      coming.get(identifier) ??
      parts.turns.run(identifier, () => {
        coming.delete(identifier)
        return settleOnce(parts, identifier)
      })
    coming.set(identifier, turn)
    return turn
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
