/** The subscriber that lets the keys of deleted repositories be removed at their forges. It only puts jobs into the queue. */
import type { DeployKeys } from '../../../store/upstreams/deploy-keys.ts'
import type { Subscriber } from '../../../store/log/hand-over.ts'

/** A purged one may have got a key while it was being deleted. */
const CONCERNED = new Set(['repo.deleted', 'repo.purged'])

export function endWithRepository(deployKeys: Pick<DeployKeys, 'giveUpAll'>): Subscriber {
  return {
    name: 'deploy keys',
    from: 'end',
    concerns: (type) => CONCERNED.has(type),
    prepare: (events) => {
      const repoIds = [...new Set(events.flatMap(({ repoId }) => repoId ?? []))]
      return Promise.resolve(repoIds.length === 0 ? null : (trx) => deployKeys.giveUpAll(trx, repoIds))
    },
  }
}
