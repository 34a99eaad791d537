/** Figures of a running server, for `GET /metrics`: their owners count, this only names them. */
import type { SmallPushes } from '../git/small-push/small-pushes.ts'
import type { RequestCount } from '../http/request-counts.ts'
import type { LandingQueue } from '../kernel/landing-queue.ts'
import type { Metric, Sample } from '../rooms/admin/metrics.ts'
import type { RefreshCounts } from '../rooms/gate/refresh/refresh-counts.ts'
import type { PushCounts } from '../rooms/transport/push-counts.ts'
import type { GraspLists } from '../store/nostr/grasp-lists.ts'
import type { Jobs } from '../store/jobs/jobs.ts'
import type { Background } from './background.ts'
import { fetchMetrics, type FetchMetricsParts } from './fetch-metrics.ts'
import type { Git } from './git.ts'
import { lastCommitMetrics } from './last-commit-metrics.ts'

export interface MetricsParts extends FetchMetricsParts {
  readonly git: FetchMetricsParts['git'] &
    Pick<Git, 'launcher' | 'queue' | 'smallPushes' | 'lastCommitIndexes'>
  readonly requests: () => readonly RequestCount[]
  readonly pushes: PushCounts
  readonly landing: Pick<LandingQueue, 'waiting' | 'waits' | 'waitedMs'>
  readonly refreshes: RefreshCounts
  readonly jobs: Pick<Jobs, 'counts'>
  /** `null` where GRASP is off. */
  readonly grasp: Pick<GraspLists, 'countRepositories' | 'countWaiting' | 'countRelays'> | null
  readonly background: () => Pick<Background, 'jobs' | 'lags'>
}

export function metricsOf(parts: MetricsParts): readonly Metric[] {
  const { git, requests, pushes, landing, bundles, warmUp, refreshes, jobs, grasp, background } = parts
  return [
    {
      name: 'sluice_git_processes_started_total',
      help: 'git processes started by the launcher',
      kind: 'counter',
      read: () => git.launcher.started,
    },
    {
      name: 'sluice_git_places_taken',
      help: 'fetches and pushes that hold a place among the running git processes',
      kind: 'gauge',
      read: () => git.queue.running,
    },
    {
      name: 'sluice_git_queue_length',
      help: 'fetches and pushes that wait for a place',
      kind: 'gauge',
      read: () => git.queue.waiting,
    },
    {
      name: 'sluice_ref_updates_total',
      help: 'refs that pushes asked to move, by what came of it',
      kind: 'counter',
      labelNames: ['result'],
      read: () => [
        { labels: { result: 'accepted' }, value: pushes.accepted },
        { labels: { result: 'redirected' }, value: pushes.redirected },
        { labels: { result: 'refused' }, value: pushes.refused },
      ],
    },
    {
      name: 'sluice_http_requests_total',
      help: 'answered requests by route pattern and status',
      kind: 'counter',
      labelNames: ['method', 'route', 'status'],
      read: () =>
        requests().map(({ method, route, status, count }) => ({
          labels: { method, route, status: String(status) },
          value: count,
        })),
    },
    ...landingMetrics(landing),
    ...(git.smallPushes === null ? [] : smallPushMetrics(git.smallPushes)),
    ...fetchMetrics({ git, bundles, warmUp }),
    ...lastCommitMetrics(git.lastCommitIndexes.counts),
    ...refreshMetrics(refreshes),
    ...backgroundMetrics(jobs, background),
    ...(grasp === null ? [] : graspMetrics(grasp)),
  ]
}

function landingMetrics(landing: MetricsParts['landing']): readonly Metric[] {
  return [
    {
      name: 'sluice_landing_queue_length',
      help: 'merges and commits by REST that wait for their turn on a branch',
      kind: 'gauge',
      read: () => landing.waiting,
    },
    {
      name: 'sluice_landing_waits_total',
      help: 'merges and commits by REST that had to wait for their turn on a branch',
      kind: 'counter',
      read: () => landing.waits,
    },
    {
      name: 'sluice_landing_wait_seconds_total',
      help: 'time that they have waited all together',
      kind: 'counter',
      read: () => landing.waitedMs / 1_000,
    },
  ]
}

function smallPushMetrics(smallPushes: SmallPushes): readonly Metric[] {
  return [
    {
      name: 'sluice_small_pushes_taken_total',
      help: 'packs that were taken without a git process',
      kind: 'counter',
      read: () => smallPushes.taken,
    },
    {
      name: 'sluice_small_pushes_left_to_git_total',
      help: 'packs that were not taken so, by what was unusual about them',
      kind: 'counter',
      labelNames: ['reason'],
      read: () => byLabel('reason', smallPushes.leftToGit),
    },
    {
      name: 'sluice_small_pushes_held_bytes',
      help: 'memory that packs of small pushes take just now',
      kind: 'gauge',
      read: () => smallPushes.heldBytes,
    },
  ]
}

function refreshMetrics(refreshes: RefreshCounts): readonly Metric[] {
  return [
    {
      name: 'sluice_gate_refreshes_total',
      help: 'times that upstreams were asked for their refs, by what came of it',
      kind: 'counter',
      labelNames: ['result'],
      read: () => [
        { labels: { result: 'fresh' }, value: refreshes.rounds - refreshes.failures },
        { labels: { result: 'failed' }, value: refreshes.failures },
      ],
    },
    {
      name: 'sluice_gate_fetches_total',
      help: 'times that something new was brought from an upstream',
      kind: 'counter',
      read: () => refreshes.fetches,
    },
    {
      name: 'sluice_gate_refresh_seconds_total',
      help: 'time that all refreshes have taken together',
      kind: 'counter',
      read: () => refreshes.seconds,
    },
  ]
}

function backgroundMetrics(
  jobs: MetricsParts['jobs'],
  background: MetricsParts['background'],
): readonly Metric[] {
  return [
    {
      name: 'sluice_jobs',
      help: 'jobs of all servers of the database, by type and status',
      kind: 'gauge',
      labelNames: ['type', 'status'],
      read: async () =>
        (await jobs.counts()).map(({ type, status, count }) => ({ labels: { type, status }, value: count })),
    },
    {
      name: 'sluice_jobs_running',
      help: 'jobs that run in this server',
      kind: 'gauge',
      labelNames: ['type'],
      read: () => byLabel('type', background().jobs.running),
    },
    {
      name: 'sluice_jobs_overdue_seconds',
      help: 'how long the most overdue job of a type has waited',
      kind: 'gauge',
      labelNames: ['type'],
      read: async () => {
        const overdue = await background().jobs.overdueMs()
        return byLabel('type', new Map([...overdue].map(([type, ms]) => [type, ms / 1_000])))
      },
    },
    {
      name: 'sluice_subscriber_lag_events',
      help: 'events of the log that a subscriber has not seen yet',
      kind: 'gauge',
      labelNames: ['subscriber'],
      read: () => byLabel('subscriber', background().lags()),
    },
  ]
}

function graspMetrics(grasp: NonNullable<MetricsParts['grasp']>): readonly Metric[] {
  return [
    {
      name: 'sluice_grasp_repositories',
      help: 'repositories that nostr events announce, by status',
      kind: 'gauge',
      labelNames: ['status'],
      read: async () => byLabel('status', await grasp.countRepositories()),
    },
    {
      name: 'sluice_grasp_waiting_events',
      help: 'nostr events that wait for git data',
      kind: 'gauge',
      read: () => grasp.countWaiting(),
    },
    {
      name: 'sluice_grasp_relays',
      help: 'relays of others, by whether they answered the last time',
      kind: 'gauge',
      labelNames: ['health'],
      read: async () => byLabel('health', new Map(Object.entries(await grasp.countRelays()))),
    },
  ]
}

function byLabel(label: string, values: ReadonlyMap<string, number>): readonly Sample[] {
  return [...values].map(([name, value]) => ({ labels: { [label]: name }, value }))
}
