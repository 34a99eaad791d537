/** How a gate does, as far as it is shown. */
import type { UpstreamStatus } from '../../client/operations.ts'
import type { Column } from '../table.ts'

export const UPSTREAM_STATUS: readonly Column<UpstreamStatus>[] = [
  {
    title: 'reachable',
    value: ({ reachable, unreachableReason }) => (reachable ? 'yes' : `no: ${unreachableReason ?? ''}`),
  },
  { title: 'last refresh', value: ({ lastRefreshAt }) => lastRefreshAt },
  { title: 'last push', value: ({ lastForwardAt }) => lastForwardAt },
  { title: 'last error', value: ({ lastError }) => lastError },
  { title: 'last error at', value: ({ lastErrorAt }) => lastErrorAt },
  { title: 'provider', value: ({ provider }) => provider },
  { title: 'key', value: ({ keyFingerprint }) => keyFingerprint },
  { title: 'host key', value: ({ hostKeyFingerprint }) => hostKeyFingerprint },
  {
    title: 'to be removed',
    value: ({ endingKeys }) =>
      endingKeys.map(({ fingerprint, lastError }) => [fingerprint, lastError ?? ''].join(' ')).join(', '),
  },
]
