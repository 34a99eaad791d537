/** All rows, in the order of docs/benchmarks.md. */
import type { Row } from './row.ts'
import { bundle } from './rows/bundle.ts'
import { client } from './rows/client.ts'
import { clone } from './rows/clone.ts'
import { cloneBlobless } from './rows/clone-blobless.ts'
import { cloneShallow } from './rows/clone-shallow.ts'
import { cloneStorm } from './rows/clone-storm.ts'
import { commit } from './rows/commit.ts'
import { create } from './rows/create.ts'
import { eventsCrash } from './rows/events-crash.ts'
import { eventsDrain } from './rows/events-drain.ts'
import { eventsLatency } from './rows/events-latency.ts'
import { fetchStorm } from './rows/fetch-storm.ts'
import { gatePush } from './rows/gate-push.ts'
import { fsckDifferential } from './rows/fsck-differential.ts'
import { gateFetch } from './rows/gate-fetch.ts'
import { gateReaders } from './rows/gate-readers.ts'
import { graspCrash } from './rows/grasp-crash.ts'
import { graspRelease } from './rows/grasp-release.ts'
import { landing } from './rows/landing.ts'
import { landingMixed } from './rows/landing-mixed.ts'
import { large } from './rows/large.ts'
import { largeRefusal } from './rows/large-refusal.ts'
import { maintenance } from './rows/maintenance.ts'
import { memory } from './rows/memory.ts'
import { memoryStorm } from './rows/memory-storm.ts'
import { merge } from './rows/merge.ts'
import { mergeability } from './rows/mergeability.ts'
import { nostrNegentropy } from './rows/nostr-negentropy.ts'
import { nostrVerify } from './rows/nostr-verify.ts'
import { nostrQuery } from './rows/nostr-query.ts'
import { nostrSubscriptions } from './rows/nostr-subscriptions.ts'
import { poll } from './rows/poll.ts'
import { push } from './rows/push.ts'
import { pushManyRefs } from './rows/push-many-refs.ts'
import { pushRate } from './rows/push-rate.ts'
import { reads } from './rows/reads.ts'
import { refusal } from './rows/refusal.ts'
import { scanAgain } from './rows/scan-again.ts'
import { scanQuality } from './rows/scan-quality.ts'
import { scanSpeed } from './rows/scan-speed.ts'
import { start } from './rows/start.ts'
import { treeLastCommits } from './rows/tree-last-commits.ts'
import { tokensExchange } from './rows/tokens-exchange.ts'
import { tokensParallel } from './rows/tokens-parallel.ts'
import { tokensRevocation } from './rows/tokens-revocation.ts'
import { tokensRoute } from './rows/tokens-route.ts'
import { tokensVerify } from './rows/tokens-verify.ts'

export const ROWS: readonly Row[] = [
  poll,
  push,
  pushRate,
  pushManyRefs,
  fsckDifferential,
  refusal,
  largeRefusal,
  clone,
  cloneShallow,
  cloneBlobless,
  fetchStorm,
  cloneStorm,
  bundle,
  merge,
  mergeability,
  commit,
  landing,
  landingMixed,
  reads,
  large,
  treeLastCommits,
  maintenance,
  tokensVerify,
  tokensRoute,
  tokensExchange,
  tokensRevocation,
  tokensParallel,
  eventsLatency,
  eventsDrain,
  eventsCrash,
  gatePush,
  gateFetch,
  gateReaders,
  scanSpeed,
  scanAgain,
  scanQuality,
  nostrQuery,
  graspRelease,
  graspCrash,
  nostrVerify,
  nostrNegentropy,
  nostrSubscriptions,
  create,
  client,
  start,
  memory,
  memoryStorm,
]

/**
 * @param names none: all rows, those that take long only with `all`
 * @throws RangeError that names what there is
 */
export function rowsNamed(names: readonly string[], all: boolean): readonly Row[] {
  if (names.length === 0) return ROWS.filter((row) => all || row.onlyWhenAsked !== true)
  const unknown = names.filter((name) => !ROWS.some((row) => row.name === name))
  if (unknown.length > 0) {
    throw new RangeError(`no row ${unknown.join(', ')}; there are ${ROWS.map((row) => row.name).join(', ')}`)
  }
  return ROWS.filter((row) => names.includes(row.name))
}
