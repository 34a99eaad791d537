/** How repositories are looked after: who counts, who decides, who does it. */
import type { Config } from '../config/config.ts'
import { maintain } from '../git/maintenance/maintain.ts'
import { sweepQuarantines } from '../git/quarantine/sweep.ts'
import { sweepDrafts } from '../git/sweep-drafts.ts'
import { proveClonePack } from '../git/verbatim/prove-clone-pack.ts'
import type { ErrorLog } from '../http/error-rendering.ts'
import { maintainJob, type MaintainJobParts } from '../rooms/maintenance/maintain-job.ts'
import { scheduleNeglected } from '../rooms/maintenance/neglected.ts'
import type { MaintenanceRoutesParts } from '../rooms/maintenance/routes.ts'
import { roundJob } from '../rooms/maintenance/round-job.ts'
import { Tallies } from '../rooms/maintenance/tallies.ts'
import { upkeepSubscriber } from '../rooms/maintenance/upkeep-subscriber.ts'
import type { RepoId } from '../kernel/ids.ts'
import type { JobKind } from '../kernel/background.ts'
import type { Subscriber } from '../store/log/hand-over.ts'
import { RepositoryUpkeep } from '../store/upkeep-counts.ts'
import type { OpenedBundles } from './bundles.ts'
import { HIDDEN_REFS, type Git } from './git.ts'
import { OTHERS_ARE_DONE_MS } from './purges.ts'
import type { Records } from './records.ts'

export interface MaintenanceParts {
  readonly records: Records
  readonly git: Git
  readonly bundles: Pick<OpenedBundles, 'keep'>
  /** Of the repositories. */
  readonly root: string
  /** Names this start of the server. */
  readonly run: string
  readonly log: ErrorLog
}

export interface Maintenance extends AsyncDisposable {
  readonly subscriber: Subscriber
  readonly kinds: readonly JobKind<never>[]
  readonly countFetch: (repoId: RepoId) => void
  readonly routes: MaintenanceRoutesParts
}

/** Indexes of packs, and what is known of each object that is packed, have to fit. */
const MIN_MEMORY_BYTES = 2 * 1024 ** 3

export function openMaintenance(config: Config, parts: MaintenanceParts): Maintenance {
  const { records, git, log } = parts
  const { database, repositories, jobs, sharedClock: clock } = records
  const upkeep = new RepositoryUpkeep({ database, clock })
  const tallies = new Tallies({
    ...{ database, upkeep, jobs, clock },
    onFailed: (err) => log.error({ err }, 'pushes and fetches could not be counted'),
  })
  const maintained = maintainJob({
    ...{ database, repositories, upkeep, jobs, clock },
    maintain: maintainer(config, parts),
    forget: (id) => {
      git.objects.forget(id)
      git.lastCommits.forget(id)
      git.fetches?.drop(id)
    },
  })
  const round = roundJob({
    clock,
    sweep: () => sweep(parts),
    scheduleNeglected: () => scheduleNeglected({ database, upkeep, jobs, clock }),
  })
  return {
    subscriber: upkeepSubscriber(tallies),
    kinds: [maintained, round],
    countFetch: (repoId) => tallies.add(repoId, { fetches: 1 }),
    routes: { database, repositories, jobs },
    [Symbol.asyncDispose]: () => tallies[Symbol.asyncDispose](),
  }
}

function maintainer(config: Config, { git, bundles, root }: MaintenanceParts): MaintainJobParts['maintain'] {
  const memoryBytes = Math.max(config.git.memoryBytes, MIN_MEMORY_BYTES)
  const steps = { git: { launcher: git.launcher, memoryBytes }, root }
  const proof = { git: steps.git, snapshots: git.snapshots, hidden: HIDDEN_REFS }
  return async (repo, wanted, signal) => {
    const sizeBytes = await maintain(steps, repo, wanted, signal)
    await proveClonePack(proof, repo, signal)
    await bundles.keep(steps.git, repo, { wish: wanted.bundle, sizeBytes }, signal)
    return sizeBytes
  }
}

/** What other servers may still be at work on is left to them. */
async function sweep({ records, root, run }: MaintenanceParts): Promise<void> {
  await sweepQuarantines(root, run, await records.intents.quarantines())
  await sweepDrafts(root, OTHERS_ARE_DONE_MS)
}
