/** Takes events out of purgatory whose git data is here, and makes their repositories live. */
import type { RepoHandle } from '../../../kernel/repository.ts'
import { byNewest, type VerifiedEvent } from '../../../nostr/event.ts'
import type {
  GraspPatch,
  GraspRepositories,
  GraspRepository,
} from '../../../store/nostr/grasp-repositories.ts'
import type { GraspTips } from '../../../store/nostr/grasp-tips.ts'
import type { HeldEvent, NostrEvents } from '../../../store/nostr/nostr-events.ts'
import type { SignedState } from '../authorised-states.ts'
import { maintainersOf, type MaintainerRule } from '../maintainers.ts'
import type { Applied } from './apply-states.ts'
import type { ObjectSharing } from './bring-objects.ts'
import { isComplete } from './complete-states.ts'
import type { Family, Member } from './family.ts'
import type { Refs } from './plan-alignment.ts'
import type { AcceptedTip } from './settle-tips.ts'

export interface ReleaseParts extends Pick<ObjectSharing, 'objectsHere'> {
  readonly events: Pick<NostrEvents, 'serve'>
  readonly repositories: Pick<GraspRepositories, 'update'>
  readonly tips: Pick<GraspTips, 'settle'>
  readonly refsOf: (repo: RepoHandle) => Promise<Refs>
  readonly rule: MaintainerRule
}

/** What the git data of this turn has shown. */
export interface Proven {
  readonly applied: Applied
  readonly accepted: readonly AcceptedTip[]
}

/** @returns what is served from now on, oldest first */
export async function release(
  parts: ReleaseParts,
  family: Family,
  proven: Proven,
): Promise<readonly VerifiedEvent[]> {
  const live = await liveMembers(parts, family, proven)
  const leaving = [
    ...announcementsOf(parts, family, live),
    ...live.flatMap((member) => statesOf(parts, family, member, proven.applied)),
    ...proven.accepted.map(({ held }) => held),
  ]
  const waiting = new Map(
    leaving.filter(({ status }) => status === 'purgatory').map(({ event }) => [event.id, event]),
  )
  const oldestFirst = [...waiting.values()].sort(byNewest).reverse()
  const served = oldestFirst.length === 0 ? [] : await parts.events.serve(oldestFirst, { source: 'client' })
  await writeDown(parts, live, family.contributed, proven)
  return [...served].sort(byNewest).reverse()
}

/** Git data that somebody signed has come, now or before. */
async function liveMembers(
  { refsOf }: ReleaseParts,
  { members }: Family,
  { accepted }: Proven,
): Promise<readonly Member[]> {
  const live: Member[] = []
  for (const member of members) {
    const { repo, status } = member.repository
    const hasTip = accepted.some(({ repository }) => repository.repo.id === repo.id)
    if (status === 'live' || hasTip || (await refsOf(repo)).size > 0) live.push(member)
  }
  return live
}

/** Of live repositories, and of maintainers of those who have none here. */
function announcementsOf(
  { rule }: ReleaseParts,
  { signed: { identifier, announcements }, members }: Family,
  live: readonly Member[],
): readonly HeldEvent[] {
  const owners = new Set(members.map(({ repository }) => repository.owner))
  const lists = announcements.map(({ event }) => event)
  const shown = new Set(live.map(({ repository }) => repository.owner))
  for (const { repository } of live) {
    for (const key of maintainersOf(repository.owner, identifier, lists, rule)) {
      if (!owners.has(key)) shown.add(key)
    }
  }
  return announcements.filter(({ event }) => shown.has(event.pubkey))
}

/** The one that is applied, older ones whose data is here, and those that declare nothing. */
function statesOf(
  parts: ReleaseParts,
  family: Family,
  { authorised, repository }: Member,
  applied: Applied,
): readonly HeldEvent[] {
  const at = authorised.indexOf(applied.get(repository.repo.id) as SignedState)
  const isDue = (state: SignedState, i: number) => {
    if (state.held.status !== 'purgatory') return false
    if (state.declared.refs.size === 0 || i === at) return true
    return at !== -1 && i > at && isComplete(parts, family, state)
  }
  return authorised.filter(isDue).map(({ held }) => held)
}

async function writeDown(
  { repositories, tips }: ReleaseParts,
  live: readonly Member[],
  contributed: readonly GraspRepository[],
  { applied, accepted }: Proven,
): Promise<void> {
  await tips.settle(
    accepted.map(({ repository, held }) => ({ repoId: repository.repo.id, eventId: held.event.id })),
  )
  for (const { repository } of live) {
    const state = applied.get(repository.repo.id)
    const isNew = state !== undefined && state.id !== repository.appliedStateId
    await update(repositories, repository, isNew ? { appliedStateId: state.id } : {})
  }
  for (const repository of contributed) {
    const hasTip = accepted.some((tip) => tip.repository.repo.id === repository.repo.id)
    if (hasTip) await update(repositories, repository, {})
  }
}

async function update(
  repositories: ReleaseParts['repositories'],
  { repo, status }: GraspRepository,
  patch: GraspPatch,
): Promise<void> {
  const all: GraspPatch = {
    ...patch,
    ...(status === 'purgatory' ? { status: 'live', waitsUntil: null } : {}),
  }
  if (Object.keys(all).length > 0) await repositories.update(repo.id, all)
}
