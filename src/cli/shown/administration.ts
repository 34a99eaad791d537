/** What administrators see, as far as it is shown. */
import type { Event, Job, Key } from '../../client/operations.ts'
import type { Column } from '../table.ts'

export const JOBS: readonly Column<Job>[] = [
  { title: 'id', value: ({ id }) => id },
  { title: 'type', value: ({ jobType }) => jobType },
  { title: 'status', value: ({ status }) => status },
  { title: 'attempts', value: ({ attempts }) => attempts },
  { title: 'runs', value: ({ runAt }) => runAt },
  { title: 'last error', value: ({ lastError }) => lastError, flexible: true },
]

export const JOB: readonly Column<Job>[] = [
  ...JOBS,
  { title: 'key', value: ({ key }) => key },
  { title: 'repository', value: ({ repoId }) => repoId },
  { title: 'priority', value: ({ priority }) => priority },
  { title: 'payload', value: ({ payload }) => JSON.stringify(payload) },
  { title: 'lease until', value: ({ leaseUntil }) => leaseUntil },
  { title: 'created', value: ({ createdAt }) => createdAt },
  { title: 'updated', value: ({ updatedAt }) => updatedAt },
]

export const EVENTS: readonly Column<Event>[] = [
  { title: 'time', value: ({ createdAt }) => createdAt },
  { title: 'type', value: ({ eventType }) => eventType },
  { title: 'actor', value: ({ actorId }) => actorId, flexible: true },
  { title: 'agent', value: ({ agentId }) => agentId, flexible: true },
  { title: 'repository', value: ({ repoId }) => repoId, flexible: true },
  { title: 'target', value: ({ targetId }) => targetId, flexible: true },
]

export const KEYS: readonly Column<Key>[] = [
  { title: 'kid', value: ({ kid }) => kid },
  { title: 'algorithm', value: ({ algorithm }) => algorithm },
  { title: 'created', value: ({ createdAt }) => createdAt },
  { title: 'retired', value: ({ retiredAt }) => retiredAt },
  { title: 'verifies until', value: ({ verifiesUntil }) => verifiesUntil },
]
