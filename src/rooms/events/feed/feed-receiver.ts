/** The AURA network as a receiver of deliveries: each is one post. What a post says is known in push-post.ts. */
import type { AuraNetwork } from '../../../http/aura-network.ts'
import type { RepoId } from '../../../kernel/ids.ts'
import type { Repository } from '../../../kernel/repository.ts'
import type { DeliveryAnswer, Receiver } from '../deliveries/receiver.ts'
import { pushPost } from './push-post.ts'

/** As `receiver` of its deliveries. */
export const FEED = 'feed'

export interface FeedReceiverParts {
  readonly network: Pick<AuraNetwork, 'post'>
  readonly repositoryById: (id: RepoId) => Promise<Repository | null>
}

/** It has a post of this `pushId`: the answer to an earlier attempt was lost. */
const KNOWN = 409
/** Nobody has time, or nobody is there behind the proxy. */
const NOT_THERE: ReadonlySet<number> = new Set([429, 502, 503, 504])

export function feedReceiver({ network, repositoryById }: FeedReceiverParts): Receiver {
  return {
    name: FEED,
    send: async (delivery, event, signal) => {
      const repo = event.repoId === null ? null : await repositoryById(event.repoId)
      const post = repo && repo.state !== 'deleted' ? pushPost(event, delivery.part, repo) : null
      if (!post) return { kind: 'unwanted' }
      const startedAt = performance.now()
      const status = await network.post(post, signal).then(
        (answer) => answer.status,
        () => null,
      )
      signal.throwIfAborted()
      return answerOf(status, performance.now() - startedAt)
    },
  }
}

/** Its body is not kept: nobody reads it, and what it may repeat of the request is not for everybody. */
function answerOf(status: number | null, durationMs: number): DeliveryAnswer {
  const attempt = (error: string | null) => ({ status, excerpt: null, error, durationMs })
  if (status === null) return { kind: 'unreachable', attempt: attempt('the AURA network did not answer') }
  if ((status >= 200 && status < 300) || status === KNOWN)
    return { kind: 'delivered', attempt: attempt(null) }
  const refused = attempt(`the AURA network answered ${status}`)
  return NOT_THERE.has(status)
    ? { kind: 'unreachable', attempt: refused }
    : { kind: 'rejected', attempt: refused }
}
