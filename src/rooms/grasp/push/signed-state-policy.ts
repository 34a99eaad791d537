/** The policy of repositories whose maintainers sign what they hold: who pushes does not matter, what is pushed does. */
import type { QuarantinedPush, Push, RefUpdatePolicy } from '../../../kernel/policy.ts'
import type { Clock } from '../../../kernel/ports.ts'
import { isDelete, refuse, type Refusal, type RefUpdate } from '../../../kernel/ref-update.ts'
import { isReserved } from '../../../kernel/commands.ts'
import { KIND } from '../../../nostr/kinds.ts'
import { eventOfTip, tipOf } from '../../../nostr/nip34/pull-request.ts'
import type { GraspRepositories } from '../../../store/nostr/grasp-repositories.ts'
import type { GraspTips } from '../../../store/nostr/grasp-tips.ts'
import type { NostrEvents } from '../../../store/nostr/nostr-events.ts'
import { authorisedStates, candidatesOf, readSigned, type SignedState } from '../authorised-states.ts'
import type { MaintainerRule } from '../maintainers.ts'
import { authorisePush, isStated, type NamedTips } from './authorise-push.ts'
import { refuseTips } from './tip-limits.ts'
import { TipBytes } from './tip-bytes.ts'

export interface SignedPushParts {
  readonly events: Pick<NostrEvents, 'find'>
  readonly repositories: Pick<GraspRepositories, 'byRepoId'>
  readonly tips: Pick<GraspTips, 'expect' | 'waiting'>
  readonly rule: MaintainerRule
  /** Where states are published, for whoever is refused for want of one. */
  readonly relayUrl: string
  /** Largest sum of the new objects of a push of tips, in bytes. */
  readonly maxTipBytes: number
  /** How long a tip waits for its event. */
  readonly tipWaitMs: number
  readonly clock: Clock
}

/** Of the largest size, while one of them waits. */
const TIPS_OF_ADDRESS = 8

/** A state or a deletion may arrive while the objects do: what counts is known when the refs are locked. */
export function signedState(parts: SignedPushParts): RefUpdatePolicy {
  const { maxTipBytes, tipWaitMs, clock } = parts
  const bytes = new TipBytes({ maxBytes: maxTipBytes * TIPS_OF_ADDRESS, windowMs: tipWaitMs, clock })
  return {
    name: 'signed-state',
    concerns: ({ kind }) => kind === 'grasp',
    onCommands: async (push) => [...(await judge(parts, push)), ...announcedTooLarge(parts, push)],
    onObjects: async (push) =>
      refuseTips({ ...parts, bytes }, push, tipsIn(push), await namedTips(parts, push)),
    onPrepared: async (push) => {
      const refusals = await judge(parts, push)
      const refused = new Set(refusals.map(({ ref }) => ref))
      await expectTips(parts, push, refused)
      return refusals
    },
  }
}

async function judge(parts: SignedPushParts, push: Push): Promise<readonly Refusal[]> {
  const updates = push.updates.filter(({ ref }) => !isReserved(ref))
  const states = updates.some(({ ref }) => isStated(ref)) ? await candidatesFor(parts, push) : []
  const refusals = authorisePush(updates, states ?? [], await namedTips(parts, push))
  if (states === null) return refusals.map(withoutStates)
  return refusals.map((refusal) => withRelay(refusal, parts.relayUrl))
}

/** @returns `null`: nothing is signed there but tips */
async function candidatesFor(
  { events, repositories, rule }: SignedPushParts,
  { repo }: Push,
): Promise<readonly SignedState[] | null> {
  const repository = await repositories.byRepoId(repo.id)
  if (repository?.form !== 'announced') return null
  const { owner, identifier, appliedStateId } = repository
  return candidatesOf(authorisedStates(owner, await readSigned(events, identifier), rule), appliedStateId)
}

async function namedTips({ events }: SignedPushParts, push: Push): Promise<NamedTips> {
  const ids = tipsIn(push).flatMap(({ ref }) => eventOfTip(ref) ?? [])
  if (ids.length === 0) return new Map()
  const held = await events.find({ ids, kinds: [KIND.pullRequest, KIND.pullRequestUpdate] })
  return new Map(held.map(({ event }) => [event.id, tipOf(event)]))
}

function tipsIn({ updates }: Push): readonly RefUpdate[] {
  return updates.filter((update) => !isDelete(update) && eventOfTip(update.ref) !== null)
}

function announcedTooLarge({ maxTipBytes }: SignedPushParts, push: Push): readonly Refusal[] {
  if ((push.announcedBytes ?? 0) <= maxTipBytes) return []
  return tipsIn(push).map(({ ref }) => refuse('TIP_TOO_LARGE', ref))
}

/** Before the refs are there: after a crash, too, somebody knows for what they wait. */
async function expectTips(
  { tips, tipWaitMs, clock }: SignedPushParts,
  push: QuarantinedPush,
  refused: ReadonlySet<Refusal['ref']>,
): Promise<void> {
  const expected = tipsIn(push).filter(({ ref }) => !refused.has(ref))
  if (expected.length === 0) return
  const rows = expected.map(({ ref }) => ({ repoId: push.repo.id, eventId: eventOfTip(ref) ?? '' }))
  await tips.expect(rows, clock.now() + tipWaitMs, push.address ?? null)
}

/** A state that somebody published would change nothing. */
function withoutStates(refusal: Refusal): Refusal {
  const { code, ref } = refusal
  return code === 'STATE_MISSING'
    ? refuse('REF_NOT_SIGNED', ref, 'only tips of pull requests are kept here')
    : refusal
}

function withRelay(refusal: Refusal, relayUrl: string): Refusal {
  switch (refusal.code) {
    case 'STATE_MISSING':
      return {
        ...refusal,
        hint: `publish a state (kind 30618) signed by a maintainer to ${relayUrl}, then push`,
      }
    case 'STATE_DIFFERS':
      return {
        ...refusal,
        hint: `publish a newer state (kind 30618) with these refs to ${relayUrl}, then push`,
      }
    default:
      return refusal
  }
}
