/** Follows the log for the AURA network's feed: what is to be posted becomes deliveries, in their lines. */
import type { Deliveries } from '../../../store/deliveries/deliveries.ts'
import type { Jobs } from '../../../store/jobs/jobs.ts'
import type { Subscriber } from '../../../store/log/hand-over.ts'
import { wakeLines } from '../deliveries/line-job.ts'
import { FEED } from './feed-receiver.ts'
import { branchesToPost } from './push-post.ts'

/** Type of the jobs that post what waits. */
export const FEED_POST = 'feed_post'

export interface FeedSubscriberParts {
  readonly deliveries: Pick<Deliveries, 'add'>
  readonly jobs: Pick<Jobs, 'enqueueAll'>
}

/** It begins where the log ends: a network that is named for the first time is not told of years. */
export function feedSubscriber({ deliveries, jobs }: FeedSubscriberParts): Subscriber {
  return {
    name: 'feed',
    from: 'end',
    concerns: (type) => type === 'push',
    prepare: (events) => {
      const posts = events.flatMap((event) =>
        branchesToPost(event).map((ref) => ({ receiver: FEED, event, part: ref })),
      )
      if (posts.length === 0) return Promise.resolve(null)
      const lines = posts.map(({ event }) => ({ receiver: FEED, repoId: event.repoId }))
      return Promise.resolve(async (trx) => {
        await deliveries.add(trx, posts)
        await wakeLines(trx, jobs, FEED_POST, lines)
      })
    },
  }
}
