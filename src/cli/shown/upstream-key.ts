/** The key of a gate, as far as it is shown. */
import type { UpstreamKey } from '../../client/operations.ts'
import type { Column } from '../table.ts'

export const UPSTREAM_KEY: readonly Column<UpstreamKey>[] = [
  { title: 'provider', value: ({ provider }) => provider },
  { title: 'key', value: ({ keyFingerprint }) => keyFingerprint },
  {
    title: 'to be removed',
    value: ({ endingKeys }) =>
      endingKeys
        .map(({ fingerprint, lastError }) =>
          lastError === null ? fingerprint : `${fingerprint} (${lastError})`,
        )
        .join(', '),
  },
]
