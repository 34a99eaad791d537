/** Sees to tips of pull requests: those whose event names them stay, those that contradict it or come to nothing go. */
import type { RefName, RepoId } from '../../../kernel/ids.ts'
import { zeroOid, type Oid } from '../../../kernel/ids.ts'
import type { Clock } from '../../../kernel/ports.ts'
import type { RepoHandle } from '../../../kernel/repository.ts'
import { KIND } from '../../../nostr/kinds.ts'
import { coordinateOf } from '../../../nostr/nip34/coordinate.ts'
import { tipOf, tipRef } from '../../../nostr/nip34/pull-request.ts'
import type { GraspRepository } from '../../../store/nostr/grasp-repositories.ts'
import type { GraspTips, UnsettledTip } from '../../../store/nostr/grasp-tips.ts'
import type { HeldEvent, NostrEvents } from '../../../store/nostr/nostr-events.ts'
import { tagValues } from '../../../nostr/event.ts'
import type { Family } from './family.ts'
import { judgeTip } from './judge-tip.ts'
import { mirrorTip, type MirrorParts } from './mirror-tip.ts'
import { moveSigned } from './signed-move.ts'

export interface TipParts extends MirrorParts {
  readonly events: Pick<NostrEvents, 'find'>
  readonly tips: Pick<GraspTips, 'unsettled' | 'settle' | 'forget' | 'expect'>
  /** What stands under the ids of events. */
  readonly tipsOf: (repo: RepoHandle) => Promise<ReadonlyMap<RefName, Oid>>
  /** How long a tip waits for its event. */
  readonly tipWaitMs: number
  readonly clock: Clock
}

/** A tip that stands where its event wants it. */
export interface AcceptedTip {
  readonly repository: GraspRepository
  readonly held: HeldEvent
}

const PULLS = [KIND.pullRequest, KIND.pullRequestUpdate]

export async function settleTips(parts: TipParts, family: Family): Promise<readonly AcceptedTip[]> {
  const repositories = [...family.members.map(({ repository }) => repository), ...family.contributed]
  const waiting = await waitingTips(parts, repositories)
  if (waiting.length === 0) return []
  const held = await eventsOf(parts, waiting)
  const accepted: AcceptedTip[] = []
  for (const repository of repositories) {
    const own = waiting.filter(({ repoId }) => repoId === repository.repo.id)
    if (own.length === 0) continue
    const values = await parts.tipsOf(repository.repo)
    for (const tip of own) accepted.push(...(await seeTo(parts, family, { repository, tip, values, held })))
  }
  return accepted
}

/** Those that nobody has seen to, and whatever purgatory waits for, however it has come here. */
async function waitingTips(
  { tips, events }: TipParts,
  repositories: readonly GraspRepository[],
): Promise<readonly UnsettledTip[]> {
  const ids = new Map<string, RepoId>(repositories.map((each) => [coordinateOf(each), each.repo.id]))
  const announced = repositories.filter(({ form }) => form === 'announced')
  if (repositories.length === 0) return []
  const rows = await tips.unsettled(repositories.map(({ repo }) => repo.id))
  const coordinates = announced.map(coordinateOf)
  const pulls =
    coordinates.length === 0
      ? []
      : await events.find({ kinds: PULLS, tags: new Map([['a', coordinates]]), statuses: ['purgatory'] })
  const expected = pulls.flatMap(({ event, waitsUntil }) =>
    tagValues(event, 'a').flatMap((coordinate) => {
      const repoId = coordinates.includes(coordinate) ? ids.get(coordinate) : undefined
      return repoId === undefined ? [] : [{ repoId, eventId: event.id, waitsUntil }]
    }),
  )
  const key = ({ repoId, eventId }: UnsettledTip) => `${repoId} ${eventId}`
  return [...new Map([...expected, ...rows].map((tip) => [key(tip), tip])).values()]
}

async function eventsOf(
  { events }: TipParts,
  waiting: readonly UnsettledTip[],
): Promise<ReadonlyMap<string, HeldEvent>> {
  const ids = [...new Set(waiting.map(({ eventId }) => eventId))]
  const held = await events.find({ ids, kinds: PULLS })
  return new Map(held.map((each) => [each.event.id, each]))
}

interface Seen {
  readonly repository: GraspRepository
  readonly tip: UnsettledTip
  readonly values: ReadonlyMap<RefName, Oid>
  readonly held: ReadonlyMap<string, HeldEvent>
}

async function seeTo(
  parts: TipParts,
  family: Family,
  { repository, tip, values, held }: Seen,
): Promise<readonly AcceptedTip[]> {
  const { tips, clock, tipWaitMs } = parts
  const event = held.get(tip.eventId)
  const value = values.get(tipRef(tip.eventId)) ?? null
  const named = event && tipOf(event.event)
  switch (judgeTip({ value, named, waitsUntil: tip.waitsUntil, now: clock.now() })) {
    case 'accepted':
      return event ? [{ repository, held: event }, ...(await mirrored(parts, family, repository, event))] : []
    case 'drop':
      await drop(parts, repository, tip, value)
      return []
    case 'forget':
      await tips.forget([tip])
      return []
    case 'withdrawn':
      await tips.expect([tip], clock.now() + tipWaitMs, null)
      return []
    case 'waits':
      return []
  }
}

/** What is contributed goes on to the repositories that the pull request is for, if they are here. Never back. */
async function mirrored(
  parts: TipParts,
  family: Family,
  from: GraspRepository,
  held: HeldEvent,
): Promise<readonly AcceptedTip[]> {
  if (from.form !== 'contributed') return []
  const named = new Set(tagValues(held.event, 'a'))
  const targets = family.members.filter(({ repository }) => named.has(coordinateOf(repository)))
  const accepted: AcceptedTip[] = []
  for (const { repository } of targets) {
    if (await mirrorTip(parts, from.repo, repository.repo, held.event)) accepted.push({ repository, held })
  }
  return accepted
}

/** Whoever is moving it now finds it again: the next turn sees to that. */
async function drop(
  { door, tips }: TipParts,
  { repo }: GraspRepository,
  tip: UnsettledTip,
  value: Oid | null,
): Promise<void> {
  await using none = door.store.openQuarantine(repo)
  const newOid = zeroOid(repo.objectFormat)
  const deletion = { ref: tipRef(tip.eventId), oldOid: value ?? newOid, newOid }
  const refusals = await moveSigned(door, repo, [deletion], none)
  if (refusals.length === 0) await tips.forget([tip])
}
