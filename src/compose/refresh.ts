/** Refreshes of gates: before their refs are read, and after a push that was cut off. */
import type { Config } from '../config/config.ts'
import { FairQueue } from '../git/limits.ts'
import { setHead } from '../git/refs/head.ts'
import type { ErrorLog } from '../http/error-rendering.ts'
import type { JobKind } from '../kernel/background.ts'
import type { ReadGate, Staleness } from '../kernel/directory.ts'
import type { Door } from '../kernel/door.ts'
import type { Clock } from '../kernel/ports.ts'
import type { Repository } from '../kernel/repository.ts'
import { UPSTREAM_PREFIXES } from '../rooms/gate/refresh/plan-refresh.ts'
import { refreshJob } from '../rooms/gate/refresh/refresh-job.ts'
import { Refresher } from '../rooms/gate/refresh/refresher.ts'
import { isExplained } from '../rooms/gate/refresh/unavailable.ts'
import type { Gate } from './gate.ts'
import type { Git } from './git.ts'
import type { Records } from './records.ts'

export interface RefreshesParts {
  readonly records: Records
  readonly git: Git
  readonly gate: Gate
  readonly door: Door
  readonly clock: Clock
  readonly log: ErrorLog
}

export interface Refreshes extends AsyncDisposable {
  readonly refresher: Refresher
  readonly readGate: ReadGate
  /** How old the refs are that readers are shown now, where they are older than they should be. */
  readonly staleness: (repo: Repository) => Promise<Staleness | null>
  readonly kind: JobKind<never>
}

/**
 * Refreshes, most of which wait for somebody else: apart from the git processes for users, and so that neither one
 * host that hangs takes all, nor one organization whose upstreams have many names.
 */
const PLACES = { total: 64, perRepository: 16, perPrincipal: 24, maxWaiting: 1_000 }
const NOT_STALE = Promise.resolve(null)

export function openRefreshes(config: Config, parts: RefreshesParts): Refreshes {
  const { records, git, gate, door, clock, log } = parts
  const { repositories } = records
  const places = new FairQueue(PLACES)
  const refresher = new Refresher({
    door,
    git: gate.git,
    upstreams: gate.upstreams,
    openRemote: gate.openRemote,
    // of one repository there is one at a time: what shares its places is the organization
    admit: (repo, host, signal) => places.enter({ repoId: repo.orgId, principal: host }, signal),
    refsOf: async (repo) => {
      const refs = (await git.snapshots.get(repo)).list({ prefixes: UPSTREAM_PREFIXES, hidden: [] })
      return new Map([...refs].map(({ name, oid }) => [name, oid]))
    },
    repositories,
    setHead: async (repo, branch) => {
      await setHead(repo, branch)
      git.snapshots.invalidate(repo.id)
    },
    clock,
    elapsed: () => performance.now(),
    deadlineMs: config.gate.refreshMs,
    onFailed: (repo, err) => {
      if (!isExplained(err)) log.error({ err, repoId: repo.id }, 'a refresh failed')
    },
  })
  return {
    refresher,
    readGate: (repo) => (repo.kind === 'gate' ? refresher.fresh(repo) : NOT_STALE),
    staleness: (repo) => (repo.kind === 'gate' ? refresher.stale(repo) : NOT_STALE),
    kind: refreshJob({ refresher, repositoryById: (id) => repositories.byId(id) }),
    [Symbol.asyncDispose]: () => refresher[Symbol.asyncDispose](),
  }
}
