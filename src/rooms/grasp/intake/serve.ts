/** Ends of an event's way in: it is served at once, or waits in purgatory for what `settle` makes of it. */
import { classOf, type VerifiedEvent } from '../../../nostr/event.ts'
import type { Clock } from '../../../kernel/ports.ts'
import type { NostrEvents } from '../../../store/nostr/nostr-events.ts'
import type { LiveEvents } from '../relay/live-events.ts'
import type { Settle } from '../settle/settle.ts'
import { IN_PURGATORY, refuse, SERVED, SUPERSEDED, type Answer, type Bringer } from './answer.ts'

export interface ServeParts {
  readonly events: Pick<NostrEvents, 'serve'>
  readonly live: Pick<LiveEvents, 'tell'>
}

/** What is ephemeral is only passed on. @see NIP-01, "Kinds" */
export async function serve(
  { events, live }: ServeParts,
  event: VerifiedEvent,
  { source }: Bringer,
): Promise<Answer> {
  const isKept = classOf(event.kind) !== 'ephemeral'
  const served = isKept ? await events.serve([event], { source }) : [event]
  live.tell(served)
  return served.length > 0 ? SERVED : SUPERSEDED
}

export interface HoldParts {
  readonly events: Pick<NostrEvents, 'hold' | 'byId'>
  readonly settle: Settle
  readonly clock: Clock
  /** How long an event waits for its git data. */
  readonly purgatoryMs: number
}

/**
 * Its git data may be there already.
 *
 * @param event held before
 * @param waiting what is said while it waits
 */
export async function settleHeld(
  { events, settle }: Pick<HoldParts, 'events' | 'settle'>,
  { id }: VerifiedEvent,
  identifiers: Iterable<string>,
  waiting: Answer = IN_PURGATORY,
): Promise<Answer> {
  for (const identifier of identifiers) await settle(identifier)
  const held = await events.byId(id)
  if (held === null) return SUPERSEDED
  return held.status === 'served' ? SERVED : waiting
}

/** @returns `null`: it waits now */
export async function hold(
  { events, clock, purgatoryMs }: Omit<HoldParts, 'settle'>,
  event: VerifiedEvent,
  { source }: Bringer,
): Promise<Answer | null> {
  switch (await events.hold(event, { source, waitsUntil: clock.now() + purgatoryMs })) {
    case 'held':
    case 'known':
      return null
    case 'superseded':
      return SUPERSEDED
    case 'deleted':
      return refuse('blocked', 'its author has deleted it')
    case 'full':
      return refuse(
        'rate-limited',
        'too much waits for its git data; push what you have announced, then try again',
      )
  }
}
