/** What keeping up the last commits of paths costs, for `GET /metrics`. */
import type { IndexCounts } from '../git/last-commits/last-commits-indexes.ts'
import type { Metric } from '../rooms/admin/metrics.ts'

export function lastCommitMetrics(counts: IndexCounts): readonly Metric[] {
  return [
    {
      name: 'sluice_last_commit_builds_total',
      help: 'histories that were read whole to find the last commit of every path',
      kind: 'counter',
      read: () => counts.builds,
    },
    {
      name: 'sluice_last_commit_build_seconds_total',
      help: 'time that this has taken in the background',
      kind: 'counter',
      read: () => counts.buildSeconds,
    },
    {
      name: 'sluice_last_commit_commits_total',
      help: 'commits by which the last commits of paths were kept up',
      kind: 'counter',
      read: () => counts.commits,
    },
    {
      name: 'sluice_last_commit_commit_seconds_total',
      help: 'time that this has taken',
      kind: 'counter',
      read: () => counts.commitSeconds,
    },
  ]
}
