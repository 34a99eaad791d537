/** Hunts for git data that signed events declare and nobody has pushed here. */
import { join } from 'node:path'
import type { Config } from '../../config/config.ts'
import { objectsHere } from '../../git/objects/objects-here.ts'
import { openPrivateFiles } from '../../git/outbound/private-files.ts'
import { openUpstreamGit } from '../../git/outbound/upstream-git.ts'
import { OutboundGuard } from '../../http/outbound/outbound-guard.ts'
import type { JobKind } from '../../kernel/background.ts'
import type { Door } from '../../kernel/door.ts'
import type { Clock } from '../../kernel/ports.ts'
import { DomainTurns } from '../../rooms/grasp/hunt/domain-turns.ts'
import { huntJob } from '../../rooms/grasp/hunt/hunt-job.ts'
import { HUNT_REFS } from '../../rooms/grasp/hunt/hunt-refs.ts'
import { hunting, type Hunt } from '../../rooms/grasp/hunt/hunt.ts'
import type { Service } from '../../rooms/grasp/service.ts'
import type { Settle } from '../../rooms/grasp/settle/settle.ts'
import type { Git } from '../git.ts'
import type { SignedStores } from './stores.ts'
import type { Opened } from '../opened.ts'
import type { Records } from '../records.ts'

export interface HuntsParts {
  readonly records: Records
  readonly git: Git
  readonly door: Door
  readonly stores: Pick<SignedStores, 'events' | 'repositories'>
  readonly service: Pick<Service, 'isHere'>
  readonly settle: Settle
  readonly clock: Clock
}

export interface Hunts {
  /** `null`: nothing is fetched from others. */
  readonly hunt: Hunt | null
  readonly kinds: readonly JobKind<never>[]
}

const HUNT_FILES = 'hunt-settings'
const EVERY_ADDRESS = ['0.0.0.0/0', '::/0']
/** An other server has a minute to say something, and ten for all of it. */
const LIMITS = { connectMs: 10_000, idleMs: 60_000, refreshMs: 10 * 60_000 }

/** @param opened closes what git needs, after the last job has ended */
export async function openHunts(config: Config, opened: Opened, parts: HuntsParts): Promise<Hunts> {
  const { records, git, door, stores, clock } = parts
  if (!config.grasp?.sync) return { hunt: null, kinds: [] }
  const { database, jobs, sharedClock } = records
  const { everyMs, patienceMs } = config.grasp.sync
  const put = hunting({ database, jobs, clock: sharedClock })
  const hunt: Hunt = (identifier, { afterMs }) => put(identifier, { afterMs: Math.min(afterMs, patienceMs) })
  const files = opened.use(await openPrivateFiles(join(config.dataDir, HUNT_FILES)))
  const upstreams = opened.use(
    await openUpstreamGit({
      launcher: git.launcher,
      files,
      clock,
      memoryBytes: config.git.memoryBytes,
      maxPackBytes: config.push.maxPackBytes,
      ...LIMITS,
    }),
  )
  const kind = huntJob({
    ...parts,
    ...stores,
    rule: config.grasp.maintainers,
    hunt: put,
    git: upstreams,
    maxTipBytes: config.grasp.maxTipBytes,
    guard: new OutboundGuard({ allow: config.grasp.allowPrivate ? EVERY_ADDRESS : [] }),
    turns: new DomainTurns(() => performance.now()),
    objectsHere,
    readRefs: (repo, refs) => door.store.readRefs(repo, refs),
    keptOf: async (repo) => {
      const refs = (await git.snapshots.get(repo)).list({ prefixes: [HUNT_REFS], hidden: [] })
      return new Map([...refs].map(({ name, oid }) => [name, oid]))
    },
    everyMs,
    clock: sharedClock,
  })
  return { hunt, kinds: [kind] }
}
