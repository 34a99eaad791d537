/** An event of the log as audit lists show it. */
import { z } from 'zod'
import type { StoredEvent } from '../kernel/events.ts'

export const EventJson = z
  .object({
    id: z.uuid(),
    actorId: z.string().nullable(),
    agentId: z.string().nullable(),
    eventType: z.string(),
    repoId: z.string().nullable(),
    targetId: z.string().nullable(),
    metadata: z.unknown(),
    createdAt: z.iso.datetime(),
    denied: z
      .boolean()
      .optional()
      .meta({ description: 'somebody was refused; absent for what has happened' }),
  })
  .meta({
    id: 'Event',
    example: {
      id: '0199c0de-0000-7000-8000-0000000000e1',
      actorId: '0199c0de-0000-7000-8000-00000000000a',
      agentId: null,
      eventType: 'repo.collaborator_added',
      repoId: '0199c0de-0000-7000-8000-000000000001',
      targetId: '0199c0de-0000-7000-8000-00000000000b',
      metadata: { role: 'writer' },
      createdAt: '2026-01-02T03:04:05.678Z',
    },
  })

export function eventJson(event: StoredEvent): z.output<typeof EventJson> {
  const { id, actorId, agentId, type, repoId, targetId = null, data, createdAt } = event
  return {
    id,
    actorId,
    agentId,
    eventType: type,
    repoId,
    targetId,
    metadata: data,
    createdAt: new Date(createdAt).toISOString(),
    ...(event.denied === true ? { denied: true } : {}),
  }
}
