/** Figures of answers to fetches that need no git of their own, and of bundles; see metrics.ts. */
import type { BundleCounts } from '../git/bundles/bundle-counts.ts'
import type { FetchCache } from '../git/fetch-cache/fetch-cache.ts'
import type { VerbatimClones } from '../git/verbatim/verbatim-clones.ts'
import type { Metric } from '../rooms/admin/metrics.ts'
import type { WarmUp } from '../rooms/transport/warm-up.ts'
import type { Git } from './git.ts'

export interface FetchMetricsParts {
  readonly git: Pick<Git, 'readers' | 'fetches' | 'verbatim'>
  readonly bundles: BundleCounts
  readonly warmUp: Pick<WarmUp, 'counts'>
}

export function fetchMetrics({ git, bundles, warmUp }: FetchMetricsParts): readonly Metric[] {
  return [
    ...readerMetrics(git.readers),
    ...(git.fetches === null ? [] : sharedFetchMetrics(git.fetches)),
    ...verbatimMetrics(git.verbatim.counts),
    ...warmUpMetrics(warmUp.counts),
    ...bundleMetrics(bundles),
  ]
}

function readerMetrics(readers: Git['readers']): readonly Metric[] {
  return [
    {
      name: 'sluice_readers',
      help: 'clients that are sent a clone, a fetch or a bundle without a git of their own',
      kind: 'gauge',
      read: () => readers.running,
    },
    {
      name: 'sluice_readers_waiting',
      help: 'clients that wait for a place among them',
      kind: 'gauge',
      read: () => readers.waiting,
    },
  ]
}

function sharedFetchMetrics(fetches: FetchCache): readonly Metric[] {
  return [
    {
      name: 'sluice_shared_fetches_total',
      help: 'fetches whose answer may be shared, by whether it was there or being made',
      kind: 'counter',
      labelNames: ['result'],
      read: () => [
        { labels: { result: 'hit' }, value: fetches.counts.hits },
        { labels: { result: 'miss' }, value: fetches.counts.misses },
      ],
    },
    {
      name: 'sluice_shared_fetches_followers',
      help: 'clients that are being given a shared answer',
      kind: 'gauge',
      read: () => fetches.followers,
    },
    {
      name: 'sluice_shared_fetches_answers',
      help: 'shared answers that are kept or being made',
      kind: 'gauge',
      read: () => fetches.answers,
    },
    {
      name: 'sluice_shared_fetches_bytes',
      help: 'disk that shared answers take',
      kind: 'gauge',
      read: () => fetches.bytes,
    },
    {
      name: 'sluice_shared_fetches_evicted_total',
      help: 'shared answers that had to make room for others',
      kind: 'counter',
      read: () => fetches.counts.evictions,
    },
    {
      name: 'sluice_shared_fetches_failed_total',
      help: 'shared answers that could not be made whole, or were no longer whole on disk',
      kind: 'counter',
      read: () => fetches.counts.failures,
    },
  ]
}

function verbatimMetrics(counts: VerbatimClones['counts']): readonly Metric[] {
  return [
    {
      name: 'sluice_verbatim_clones_total',
      help: 'full clones that were sent as the pack that is stored',
      kind: 'counter',
      read: () => counts.clones,
    },
    {
      name: 'sluice_verbatim_clone_bytes_total',
      help: 'bytes of packs that were sent as they are stored',
      kind: 'counter',
      read: () => counts.bytes,
    },
  ]
}

function warmUpMetrics(counts: WarmUp['counts']): readonly Metric[] {
  return [
    {
      name: 'sluice_fetch_warm_ups_total',
      help: 'answers to fetches that were to be made before anybody asks, by what came of it',
      kind: 'counter',
      labelNames: ['result'],
      read: () => Object.entries(counts).map(([result, value]) => ({ labels: { result }, value })),
    },
  ]
}

function bundleMetrics(bundles: BundleCounts): readonly Metric[] {
  return [
    {
      name: 'sluice_bundles_total',
      help: 'bundles of repositories, by what this server did with them',
      kind: 'counter',
      labelNames: ['what'],
      read: () => [
        { labels: { what: 'made' }, value: bundles.made },
        { labels: { what: 'removed' }, value: bundles.removed },
        { labels: { what: 'sent' }, value: bundles.sent },
      ],
    },
    {
      name: 'sluice_bundle_sent_bytes_total',
      help: 'bytes of bundles that were sent',
      kind: 'counter',
      read: () => bundles.sentBytes,
    },
  ]
}
