/** What a gate was declared to be, as far as it is shown. */
import type { Upstream } from '../../client/operations.ts'
import type { Column } from '../table.ts'

export const UPSTREAM: readonly Column<Upstream>[] = [
  { title: 'url', value: ({ url }) => url },
  { title: 'provider', value: ({ provider }) => provider },
  { title: 'api', value: ({ apiUrl }) => apiUrl },
  { title: 'username', value: ({ username }) => username },
  { title: 'key', value: ({ keyFingerprint }) => keyFingerprint },
  { title: 'keys live', value: ({ keyTtlSeconds }) => keyTtlSeconds && `${keyTtlSeconds} s` },
  { title: 'host key', value: ({ hostKeyFingerprint }) => hostKeyFingerprint },
  { title: 'authority', value: ({ ca }) => (ca === null ? null : 'of its own') },
  { title: 'refresh', value: refreshOf },
  { title: 'agents commit as', value: ({ user }) => user && `${user.name} <${user.email}>` },
  { title: 'changed', value: ({ updatedAt }) => updatedAt },
]

function refreshOf({ maxAgeMs, staleIfError }: Upstream): string {
  const age = maxAgeMs === 0 ? 'always' : `after ${maxAgeMs} ms`
  return staleIfError ? `${age}; older is shown while the upstream cannot be asked` : age
}
