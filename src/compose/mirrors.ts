/** Mirrors: their routes, the subscriber that sees refs move, and the job that pushes. */
import type { Config } from '../config/config.ts'
import type { PrivateFiles } from '../git/outbound/private-files.ts'
import { pushOut } from '../git/outbound/push-out.ts'
import type { AuraNetwork } from '../http/aura-network.ts'
import { addressesIn } from '../http/outbound/address-ranges.ts'
import { OutboundGuard } from '../http/outbound/outbound-guard.ts'
import type { FindDeleted } from '../http/repository-routes.ts'
import type { JobKind } from '../kernel/background.ts'
import type { FindRepository } from '../kernel/directory.ts'
import type { Clock } from '../kernel/ports.ts'
import { newId } from '../kernel/uuid.ts'
import { mirrorSubscriber } from '../rooms/mirrors/follow-log.ts'
import { mirrorOfIntegration } from '../rooms/mirrors/integrations.ts'
import { pushJob } from '../rooms/mirrors/push-job.ts'
import type { MirrorRoutesParts } from '../rooms/mirrors/routes.ts'
import type { Subscriber } from '../store/log/hand-over.ts'
import { IntegrationMirrors } from '../store/mirrors/integration-mirrors.ts'
import { MirrorRuns } from '../store/mirrors/mirror-runs.ts'
import { Mirrors } from '../store/mirrors/mirrors.ts'
import type { Seal } from '../store/secrets/seal.ts'
import { HIDDEN_REFS, type Git } from './git.ts'
import type { Records } from './records.ts'

export interface MirrorParts {
  readonly records: Records
  readonly git: Git
  readonly auraNetwork: AuraNetwork | null
  /** Where credentials lie while git needs them. */
  readonly files: PrivateFiles
  readonly seal: Seal
  readonly find: FindRepository
  readonly findDeleted: FindDeleted
  readonly clock: Clock
}

export interface MirrorRoom {
  readonly routes: MirrorRoutesParts
  readonly subscribers: readonly Subscriber[]
  readonly kinds: readonly JobKind<never>[]
}

/** Nobody else is to have what only this server gives a meaning to. */
const KEPT_HERE = [...HIDDEN_REFS, 'refs/pull/']

export function openMirrors(config: Config, parts: MirrorParts): MirrorRoom {
  const { records, git, auraNetwork, files, seal, find, findDeleted, clock } = parts
  const { database, events, jobs } = records
  const mirrors = new Mirrors({ database, events, jobs, clock, newId })
  const integrationMirrors = new IntegrationMirrors({ database, events, clock, newId })
  const addresses = {
    guard: new OutboundGuard({ allow: config.outboundAllow }),
    isListed: addressesIn(config.outboundAllow),
  }
  const { githubUrl, timeoutMs: wallMs } = config.mirrors
  const pushes = { launcher: git.launcher, files, memoryBytes: config.git.memoryBytes, wallMs }
  const job = pushJob({
    ...addresses,
    mirrors,
    seal,
    clock,
    runs: new MirrorRuns({ database, events, clock }),
    refsOf: async (repo) => (await git.snapshots.get(repo)).list({ prefixes: [], hidden: KEPT_HERE }),
    push: (repo, remote, updates, signal) => pushOut(pushes, repo, remote, updates, signal),
    repositoryById: (id) => records.repositories.byId(id),
    integration: async (repo) => {
      if (auraNetwork === null) return null
      const integrationsOf = (orgId: string) => auraNetwork.integrationsOf(orgId)
      return await mirrorOfIntegration({ integrationMirrors, integrationsOf, githubUrl }, repo)
    },
  })
  return {
    routes: { ...addresses, mirrors, seal, find, findDeleted },
    subscribers: [mirrorSubscriber({ mirrors, hasIntegrations: auraNetwork !== null })],
    kinds: [job],
  }
}
