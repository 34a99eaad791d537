/** The subscriber that lets refs which have moved be pushed to mirrors. It only puts jobs into the queue. */
import type { StoredEvent } from '../../kernel/events.ts'
import type { Subscriber } from '../../store/log/hand-over.ts'
import type { Mirrors } from '../../store/mirrors/mirrors.ts'

export interface FollowLogParts {
  readonly mirrors: Pick<Mirrors, 'following' | 'enqueue' | 'enqueueIntegration'>
  /** Organisations may have integrations: asked for by the job, which may wait. */
  readonly hasIntegrations: boolean
}

/** Another organisation has another integration, and a repository that was deleted may have pushes left. */
const CONCERNED = new Set(['push', 'repo.restored', 'repo.transferred'])

export function mirrorSubscriber({ mirrors, hasIntegrations }: FollowLogParts): Subscriber {
  return {
    name: 'mirrors',
    from: 'end',
    concerns: (type) => CONCERNED.has(type),
    async prepare(events) {
      const repoIds = repositoriesOf(events)
      if (repoIds.length === 0) return null
      const following = await mirrors.following(repoIds)
      if (following.length === 0 && !hasIntegrations) return null
      return async (trx) => {
        for (const mirror of following) await mirrors.enqueue(trx, mirror)
        if (hasIntegrations) for (const repoId of repoIds) await mirrors.enqueueIntegration(trx, repoId)
      }
    },
  }
}

function repositoriesOf(events: readonly StoredEvent[]) {
  return [...new Set(events.flatMap(({ repoId }) => repoId ?? []))]
}
