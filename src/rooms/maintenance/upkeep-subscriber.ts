/** Follows the log: counts what pushes leave behind, and puts the repositories in line that are worn by it. */
import type { PushData, StoredEvent } from '../../kernel/events.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { Subscriber } from '../../store/log/hand-over.ts'
import type { RepositoryUpkeep } from '../../store/upkeep-counts.ts'
import { scheduleForWear, type ScheduleParts } from './schedule.ts'
import { wearOf } from './wear.ts'

export interface UpkeepSubscriberParts extends ScheduleParts {
  readonly upkeep: Pick<RepositoryUpkeep, 'add'>
}

interface Tally {
  wear: number
  dropped: number
}

export function upkeepSubscriber(parts: UpkeepSubscriberParts): Subscriber {
  return {
    name: 'upkeep',
    from: 'beginning',
    concerns: (type) => type === 'push',
    prepare: (events) => Promise.resolve((trx) => count(parts, trx, tallyOf(events))),
  }
}

async function count(
  parts: UpkeepSubscriberParts,
  trx: Parameters<RepositoryUpkeep['add']>[0],
  tallies: ReadonlyMap<RepoId, Tally>,
): Promise<void> {
  for (const [repoId, tally] of tallies) {
    const now = await parts.upkeep.add(trx, repoId, tally)
    if (now === null) continue
    await scheduleForWear(parts, trx, repoId, { before: now.wear - tally.wear, after: now.wear })
  }
}

/** One row is written for each repository, in the same order by every server. */
function tallyOf(events: readonly StoredEvent[]): ReadonlyMap<RepoId, Tally> {
  const tallies = new Map<RepoId, Tally>()
  for (const { repoId, data } of events) {
    if (repoId === null) continue
    const { wear, dropped } = wearOf(data as PushData)
    const tally = tallies.get(repoId) ?? { wear: 0, dropped: 0 }
    tallies.set(repoId, { wear: tally.wear + wear, dropped: tally.dropped + dropped })
  }
  return new Map([...tallies].sort(([a], [b]) => (a < b ? -1 : 1)))
}
