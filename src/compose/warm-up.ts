/** Answers that are made before anybody asks: when, and on whose places. */
import type { Config } from '../config/config.ts'
import { findShared, type SharedFetchParts } from '../rooms/transport/shared-fetch.ts'
import { WarmUp } from '../rooms/transport/warm-up.ts'
import type { Git } from './git.ts'

/** Party of the places that it takes: it stands in line for itself. */
const PARTY = 'warm-up'

/** Dispose to end it. */
export function openWarmUp(config: Config, git: Git, shared: SharedFetchParts): WarmUp {
  const { snapshots, objects, queue } = git
  const places = Math.ceil(config.git.processes / 2)
  return new WarmUp({
    snapshots,
    objects,
    answer: (repo, args) => findShared(shared, { repo, args, party: PARTY }),
    isIdle: () => queue.waiting === 0 && queue.running < places,
    perMinute: git.fetches === null ? 0 : config.warmUpsPerMinute,
  })
}
