/** What a webhook says of an event. @see Standard Webhooks 1.0.0, "Payload structure" */
import type { PushData, StoredEvent } from '../../../kernel/events.ts'
import type { Hook } from '../../../store/hooks/hook.ts'
import type { NamedRepository } from '../../../store/hooks/hook-target.ts'
import { refsAskedFor } from './hook-filter.ts'

export interface WebhookPayload {
  readonly type: string
  /** When it happened, in ISO 8601. */
  readonly timestamp: string
  readonly data: object
}

/**
 * Of a push only the refs that the hook asks for.
 *
 * @param repository as it is called now; `null`: the event is about none, or it is gone, or no longer the hook's
 */
export function payloadOf(
  hook: Hook,
  event: StoredEvent,
  repository: NamedRepository | null,
): WebhookPayload {
  const { sequence, repoId, orgId, projectId, actorId, agentId, targetId = null } = event
  const origin = { eventId: event.id, sequence, repoId, repository, orgId, projectId }
  const about = { ...origin, actorId, agentId, targetId }
  return {
    type: event.type,
    timestamp: new Date(event.createdAt).toISOString(),
    data: { ...about, ...dataFor(hook, event) },
  }
}

function dataFor(hook: Hook, { type, data }: StoredEvent): object {
  if (type !== 'push') return data as object
  return { ...(data as PushData), refs: refsAskedFor(hook, data as PushData) }
}
