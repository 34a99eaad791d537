/** A GRASP host as its administrators are shown it. */
import type { GraspRepository, Relay, WaitingEvent } from '../../client/operations.ts'
import type { Column } from '../table.ts'

export const SIGNED_REPOSITORIES: readonly Column<GraspRepository>[] = [
  { title: 'name', value: ({ orgSlug, slug }) => `${orgSlug}/${slug}` },
  { title: 'identifier', value: ({ identifier }) => identifier, flexible: true },
  { title: 'form', value: ({ form }) => form },
  { title: 'status', value: ({ status }) => status },
  { title: 'pushed', value: ({ pushedAt }) => pushedAt },
  { title: 'waits until', value: ({ waitsUntil }) => waitsUntil },
]

export const WAITING_EVENTS: readonly Column<WaitingEvent>[] = [
  { title: 'id', value: ({ id }) => id },
  { title: 'kind', value: ({ kind }) => kind },
  { title: 'author', value: ({ author }) => author },
  { title: 'identifier', value: ({ identifier }) => identifier, flexible: true },
  { title: 'source', value: ({ source }) => source },
  { title: 'waits until', value: ({ waitsUntil }) => waitsUntil },
]

export const RELAYS: readonly Column<Relay>[] = [
  { title: 'relay', value: ({ url }) => url },
  { title: 'failures', value: ({ failures }) => failures },
  { title: 'failing since', value: ({ failingSince }) => failingSince },
  { title: 'tried again', value: ({ retryAt }) => retryAt },
  { title: 'last error', value: ({ lastError }) => lastError, flexible: true },
  { title: 'alive', value: ({ connectedAt }) => connectedAt },
  { title: 'compared', value: ({ syncedAt }) => syncedAt },
]
