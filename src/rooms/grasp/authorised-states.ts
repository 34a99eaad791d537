/** The states that count for one owner's repository. Which of them it has is seen elsewhere. @see NIP-34 */
import { byNewest } from '../../nostr/event.ts'
import { KIND } from '../../nostr/kinds.ts'
import { parseState, type DeclaredState } from '../../nostr/nip34/state.ts'
import type { Oid, RefName } from '../../kernel/ids.ts'
import type { HeldEvent, NostrEvents } from '../../store/nostr/nostr-events.ts'
import { maintainersOf, type MaintainerRule } from './maintainers.ts'
import { isStated } from './push/authorise-push.ts'

export interface SignedState {
  readonly id: string
  readonly held: HeldEvent
  readonly declared: DeclaredState
}

/** All that is announced and declared under one identifier, served or in purgatory. */
export interface SignedEvents {
  readonly identifier: string
  readonly announcements: readonly HeldEvent[]
  /** Newest first. */
  readonly states: readonly SignedState[]
}

export async function readSigned(
  events: Pick<NostrEvents, 'find'>,
  identifier: string,
): Promise<SignedEvents> {
  const held = await events.find({ kinds: [KIND.announcement, KIND.state], identifier })
  const announcements = held.filter(({ event }) => event.kind === KIND.announcement)
  const states = held.filter(({ event }) => event.kind === KIND.state)
  return {
    identifier,
    announcements,
    states: states.sort((a, b) => byNewest(a.event, b.event)).map(signedState),
  }
}

/** Newest first: what anybody in the maintainer set of this owner has declared. */
export function authorisedStates(
  owner: string,
  { identifier, announcements, states }: SignedEvents,
  rule: MaintainerRule,
): readonly SignedState[] {
  const lists = announcements.map(({ event }) => event)
  const maintainers = maintainersOf(owner, identifier, lists, rule)
  return states.filter(({ held }) => maintainers.has(held.event.pubkey))
}

/**
 * Those that may become what the repository has, newest first: none older than what it has, and none that declares
 * nothing, whose author does not track the repository any more.
 *
 * @param appliedId of a state that its author has withdrawn, or whose author is no maintainer any more: it counts
 *   no longer, and all others may
 */
export function candidatesOf(
  authorised: readonly SignedState[],
  appliedId: string | null,
): readonly SignedState[] {
  const applied = authorised.findIndex(({ id }) => id === appliedId)
  const notOlder = applied === -1 ? authorised : authorised.slice(0, applied + 1)
  return notOlder.filter(({ declared }) => declared.refs.size > 0)
}

function signedState(held: HeldEvent): SignedState {
  const declared = parseState(held.event)
  const refs = new Map<RefName, Oid | null>([...declared.refs].filter(([ref]) => isStated(ref)))
  return { id: held.event.id, held, declared: { ...declared, refs } }
}
