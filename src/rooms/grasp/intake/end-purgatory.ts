/** Ends what has waited for its time: events, then repositories. What a deletion left half done is finished, too. */
import type { Clock } from '../../../kernel/ports.ts'
import { KIND } from '../../../nostr/kinds.ts'
import type { NostrEvents } from '../../../store/nostr/nostr-events.ts'
import type { GraspRepositories, GraspRepository } from '../../../store/nostr/grasp-repositories.ts'
import type { Settle } from '../settle/settle.ts'
import type { Turns } from '../turns.ts'
import { abandon, dropRepository, hasData, type AbandonParts } from './ended-repository.ts'
import { identifiersOf } from './identifiers.ts'

export type EndPurgatoryParts = AbandonParts & {
  readonly events: Pick<NostrEvents, 'expire' | 'find' | 'drop'>
  readonly repositories: Pick<GraspRepositories, 'overdue' | 'unannounced' | 'byRepoId'>
  readonly settle: Settle
  /** By identifier. */
  readonly turns: Turns
  readonly clock: Clock
}

/** One round's worth: what is left waits for the next. */
const MOST_AT_ONCE = 500
/** An announcement is stored after its repository is made: this one must be late enough. */
const SURELY_STORED_MS = 60_000

/** To be called every minute; two servers that do so at once do no harm. */
export async function endPurgatory(parts: EndPurgatoryParts): Promise<void> {
  const { events, repositories, clock } = parts
  const ended = await events.expire(clock.now())
  for (const overdue of await repositories.overdue(MOST_AT_ONCE)) await inTurn(parts, overdue, endOverdue)
  const before = clock.now() - SURELY_STORED_MS
  for (const left of await repositories.unannounced(before, MOST_AT_ONCE)) await inTurn(parts, left, abandon)
  const identifiers = new Set(ended.flatMap(({ event }) => identifiersOf(event)))
  for (const identifier of identifiers) await parts.settle(identifier)
}

/** As it is by then. */
async function inTurn(
  parts: EndPurgatoryParts,
  { identifier, repo }: GraspRepository,
  work: (parts: EndPurgatoryParts, repository: GraspRepository) => Promise<void>,
): Promise<void> {
  await parts.turns.run(identifier, async () => {
    const repository = await parts.repositories.byRepoId(repo.id)
    if (repository !== null) await work(parts, repository)
  })
}

/** An archive that nobody announces here can still be restored by an administrator for some time. */
async function endOverdue(parts: EndPurgatoryParts, repository: GraspRepository): Promise<void> {
  const { repo, owner, identifier, waitsUntil } = repository
  if (waitsUntil === null || waitsUntil > parts.clock.now()) return
  if (!hasData(repository)) return await dropRepository(parts, repository)
  await parts.rows.softDelete(repo.id, { actorId: null, agentId: null })
  const announced = await parts.events.find({ kinds: [KIND.announcement], authors: [owner], identifier })
  await parts.events.drop(announced.map(({ event }) => event.id))
}
