/** The slow round: repositories that nobody pushes to, and those that came by another road, want some care too. */
import { MAINTENANCE } from '../../kernel/background.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Database } from '../../store/database.ts'
import type { RepositoryUpkeep } from '../../store/upkeep-counts.ts'
import { scheduleAtLeisure, type ScheduleParts } from './schedule.ts'

export interface NeglectedParts extends Pick<ScheduleParts, 'jobs'> {
  readonly database: Database
  readonly upkeep: Pick<RepositoryUpkeep, 'neglected'>
  readonly clock: Clock
}

const NEGLECTED_MS = 30 * 24 * 3600_000
/** Of one round: each costs a moment even when there is nothing to do. */
const AT_ONCE = 20

/** Harmless when it is called often. @returns how many were put in line */
export async function scheduleNeglected(parts: NeglectedParts): Promise<number> {
  const { database, upkeep, clock } = parts
  const repoIds = await upkeep.neglected(MAINTENANCE, clock.now() - NEGLECTED_MS, AT_ONCE)
  if (repoIds.length === 0) return 0
  await database.transaction(async (trx) => {
    for (const repoId of repoIds) await scheduleAtLeisure(parts, trx, repoId)
  })
  return repoIds.length
}
