/** The job that hunts for the git data of one identifier, until nothing is missing, and the round that begins hunts. */
import type { Door } from '../../../kernel/door.ts'
import type { JobEnd, JobKind } from '../../../kernel/background.ts'
import type { Oid, RefName } from '../../../kernel/ids.ts'
import type { Clock } from '../../../kernel/ports.ts'
import type { RepoHandle } from '../../../kernel/repository.ts'
import type { GraspRepositories } from '../../../store/nostr/grasp-repositories.ts'
import type { Service } from '../service.ts'
import type { Settle } from '../settle/settle.ts'
import { cloneUrls } from './clone-urls.ts'
import { gather, type GatherParts } from './gather.ts'
import { dropFetched } from './hunt-refs.ts'
import { GRASP_SYNC, type Hunt, type HuntPayload } from './hunt.ts'
import { findMissing, type Missing, type MissingParts } from './missing.ts'
import { huntedIdentifiers } from './waiting.ts'

export interface HuntJobParts extends MissingParts, GatherParts {
  readonly door: Door
  readonly repositories: Pick<GraspRepositories, 'ofIdentifier'>
  readonly settle: Settle
  readonly service: Pick<Service, 'isHere'>
  /** Refs below `HUNT_REFS`, with their values. */
  readonly keptOf: (repo: RepoHandle) => Promise<ReadonlyMap<RefName, Oid>>
  readonly hunt: Hunt
  readonly clock: Clock
  /** Between two rounds, and the longest wait between two hunts for the same. */
  readonly everyMs: number
}

const SLOTS = 8
/** The waits grow with the age of what is missing, from the one to the other: 20, 40, 80, 120 s, … */
const SHORTEST_WAIT_MS = 20_000
const LONGEST_WAIT_MS = 120_000
/** Whoever answers slowly holds one of the slots no longer. */
const LONGEST_HUNT_MS = 10 * 60_000

export function huntJob(parts: HuntJobParts): JobKind<HuntPayload> {
  return {
    type: GRASP_SYNC,
    slots: SLOTS,
    maxAttempts: Infinity,
    longestWaitMs: parts.everyMs,
    recurs: true,
    run: ({ identifier }, signal) =>
      identifier === undefined ? beginHunts(parts) : huntFor(parts, identifier, signal),
  }
}

/** What waits has a hunt already, unless that was lost. */
async function beginHunts({ events, hunt, clock, everyMs }: HuntJobParts): Promise<JobEnd> {
  for (const identifier of await huntedIdentifiers(events)) await hunt(identifier, { afterMs: everyMs })
  return { again: clock.now() + everyMs }
}

async function huntFor(
  parts: HuntJobParts,
  identifier: string,
  signal: AbortSignal,
): Promise<JobEnd | undefined> {
  const missing = await findMissing(parts, identifier)
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_HUNT_MS)])
  const parties = [...new Set(missing.map(({ party }) => party))]
  const allOf = (party: string) => missing.filter((each) => each.party === party)
  await Promise.all(parties.map((party) => bringAll(parts, identifier, allOf(party), inTime)))
  signal.throwIfAborted()
  await parts.settle(identifier)
  const left = await findMissing(parts, identifier)
  if (left.length > 0) return { again: parts.clock.now() + waitMs(parts, left) }
  await forgetKept(parts, identifier)
  return undefined
}

/** For one party. Of states the newest that can be had is enough; what has come is not kept back until all others have. */
async function bringAll(
  parts: HuntJobParts,
  identifier: string,
  missing: readonly Missing[],
  signal: AbortSignal,
): Promise<void> {
  let hasState = false
  for (const each of missing) {
    if (signal.aborted) return
    if (each.kind === 'state' && hasState) continue
    const isWhole = await gather(parts, each, cloneUrls(each.clone, parts.service), signal).catch((err) => {
      if (signal.aborted) return false
      throw err
    })
    if (each.kind === 'state' && isWhole) hasState = true
    if (isWhole) await parts.settle(identifier)
  }
}

function waitMs({ clock, everyMs }: HuntJobParts, missing: readonly Missing[]): number {
  const ageMs = clock.now() - Math.max(...missing.map(({ receivedAt }) => receivedAt))
  return Math.min(Math.max(ageMs, SHORTEST_WAIT_MS), LONGEST_WAIT_MS, everyMs)
}

/** Real refs lead to it now, or nobody wants it any more. */
async function forgetKept({ door, repositories, keptOf }: HuntJobParts, identifier: string): Promise<void> {
  for (const { repo } of await repositories.ofIdentifier(identifier)) {
    const kept = await keptOf(repo)
    if (kept.size > 0) await dropFetched(door, repo, kept)
  }
}
