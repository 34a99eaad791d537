/** What the routes of gates need: those that declare them, tell how they do, and replace their keys. */
import type { Config } from '../config/config.ts'
import { countObjects } from '../git/object-counts.ts'
import type { FindDeleted } from '../http/repository-routes.ts'
import type { GateRoutesParts } from '../rooms/gate/routes.ts'
import type { Refresher } from '../rooms/gate/refresh/refresher.ts'
import { Reachability } from '../rooms/gate/status/reachability.ts'
import type { GateKeys } from './gate-keys.ts'
import type { Gate } from './gate.ts'
import type { Git } from './git.ts'
import type { Scan } from './scan.ts'

export interface GateRoutesSources {
  readonly gate: Gate
  readonly keys: GateKeys
  readonly scan: Pick<Scan, 'scans' | 'checkScan'>
  readonly git: Pick<Git, 'reader'>
  readonly refresher: Refresher
  readonly findDeleted: FindDeleted
  readonly publicBaseUrl: string
}

/** Its place in the queue of git processes is nobody's own. */
const PARTY = 'gates'

export function gateRoutesParts(config: Config, parts: GateRoutesSources): GateRoutesParts {
  const { gate, keys, scan, git, refresher, findDeleted, publicBaseUrl } = parts
  const ask = async (upstream: Parameters<Gate['openRemote']>[0], signal: AbortSignal) =>
    await gate.git.listRefs(await gate.openRemote(upstream), signal)
  return {
    ...keys.routes,
    ...gate,
    ...scan,
    deployKeys: keys.deployKeys,
    makeDeployKey: keys.make,
    releaseKeys: keys.release,
    oldAfterMs: keys.oldAfterMs,
    holdsObjects: async (repo) => {
      const { objectCount } = await countObjects(git.reader, { repo, principal: PARTY })
      return objectCount > 0
    },
    reachability: new Reachability({ ask, deadlineMs: config.gate.connectMs + config.gate.idleMs }),
    refresher,
    onChanged: (id) => refresher.forget(id),
    findDeleted,
    publicBaseUrl,
    offersBundles: config.bundles !== null,
  }
}
