/** Keys of gates: how they are made at forges, replaced and taken away, and the job that ends them. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Config } from '../config/config.ts'
import type { FindDeleted } from '../http/repository-routes.ts'
import type { JobKind } from '../kernel/background.ts'
import { newId } from '../kernel/uuid.ts'
import { endWithRepository } from '../rooms/gate/keys/end-with-repository.ts'
import type { KeyRoutesParts } from '../rooms/gate/keys/key-routes.ts'
import { makeDeployKey, type DeployKeyOrder, type MadeDeployKey } from '../rooms/gate/keys/make-deploy-key.ts'
import { revokeJob } from '../rooms/gate/keys/revoke-job.ts'
import type { Subscriber } from '../store/log/hand-over.ts'
import { DeployKeys } from '../store/upstreams/deploy-keys.ts'
import { UpstreamKeys } from '../store/upstreams/upstream-keys.ts'
import type { Along } from '../store/upstreams/upstreams.ts'
import type { Gate } from './gate.ts'
import type { Records } from './records.ts'

export interface GateKeysParts {
  readonly records: Records
  readonly gate: Pick<Gate, 'upstreams' | 'seal' | 'guard' | 'openRemote' | 'git'>
  readonly findDeleted: FindDeleted
}

export interface GateKeys {
  readonly deployKeys: DeployKeys
  /** @throws as `makeDeployKey` */
  readonly make: (order: DeployKeyOrder) => Promise<MadeDeployKey>
  /** Along with the removal of an upstream. */
  readonly release: Along
  /** For how long connections may still be begun with a key that was replaced. */
  readonly oldAfterMs: number
  readonly routes: Omit<KeyRoutesParts, 'onChanged'> &
    Pick<Gate, 'upstreams' | 'seal'> & { readonly deployKeys: DeployKeys }
  readonly subscriber: Subscriber
  readonly kind: JobKind<never>
}

export function openGateKeys(config: Config, parts: GateKeysParts): GateKeys {
  const { records, gate, findDeleted } = parts
  const { database, events, jobs, sharedClock: clock } = records
  const { seal, guard } = gate
  const deployKeys = new DeployKeys({ database, events, jobs, clock })
  const upstreamKeys = new UpstreamKeys({ database, events, deployKeys, clock })
  const making = { deployKeys, seal, guard, newId }
  const oldAfterMs = config.push.preparedDeadlineMs + config.gate.connectMs
  return {
    deployKeys,
    make: (order) => makeDeployKey(making, order),
    release: (trx, _repo, known) =>
      known === null ? Promise.resolve() : deployKeys.switchTo(trx, known.repoId, null, 0),
    oldAfterMs,
    routes: {
      ...making,
      upstreams: gate.upstreams,
      upstreamKeys,
      openRemote: gate.openRemote,
      tryRemote: (remote, signal) => gate.git.listRefs(remote, signal),
      pause: (ms, signal) => delay(ms, undefined, { signal }),
      oldAfterMs,
      findDeleted,
    },
    subscriber: endWithRepository(deployKeys),
    kind: revokeJob({ deployKeys, upstreamKeys, seal, guard, clock }),
  }
}
