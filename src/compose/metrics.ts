/** Figures of a running server, for `GET /metrics`: their owners count, this only names them. */
import type { RequestCount } from '../http/request-counts.ts'
import type { Metric } from '../rooms/admin/metrics.ts'
import type { PushCounts } from '../rooms/transport/push-counts.ts'
import type { Git } from './git.ts'

export interface MetricsParts {
  readonly git: Pick<Git, 'launcher' | 'queue'>
  readonly requests: () => readonly RequestCount[]
  readonly pushes: PushCounts
}

export function metricsOf({ git, requests, pushes }: MetricsParts): readonly Metric[] {
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
  ]
}
