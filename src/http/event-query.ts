/** Which events an audit list shall show. */
import { z } from 'zod'
import type { RepoId } from '../kernel/ids.ts'

const MAX_TYPES = 50

/** `push`, `repo.created`, or all of a family: `pr.*`. */
const TYPE = /^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*(\.\*)?$/

const Types = z
  .string()
  .transform((list) => list.split(',').map((type) => type.trim()))
  .refine((types) => types.length <= MAX_TYPES && types.every((type) => TYPE.test(type)), {
    error: `must be at most ${MAX_TYPES} types such as push, repo.created or pr.*, between commas`,
  })

const Time = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], { error: 'must be a time in ISO 8601' })
  .transform((text) => Date.parse(text))

const Id = z.uuid().toLowerCase()

export const EVENT_QUERY = {
  eventType: Types.optional().meta({ description: 'types between commas; `pr.*` for a whole family' }),
  event_type: Types.optional().meta({ description: 'as `eventType`' }),
  actorId: Id.optional(),
  actor_id: Id.optional().meta({ description: 'as `actorId`' }),
  agentId: Id.optional().meta({
    description: 'events that name this agent; people may name any in `X-Agent-Id`',
  }),
  since: Time.optional().meta({ description: 'events of this time and later' }),
  until: Time.optional().meta({ description: 'events before this time' }),
  denied: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional()
    .meta({ description: 'only what was refused, or only what was not; both if absent' }),
}

type Given = { [K in keyof typeof EVENT_QUERY]?: z.output<(typeof EVENT_QUERY)[K]> }

export interface EventFilter {
  readonly types: readonly string[] | undefined
  readonly actorId: string | undefined
  readonly agentId: string | undefined
  readonly since: number | undefined
  readonly until: number | undefined
  readonly denied: boolean | undefined
  readonly repoId?: RepoId | undefined
}

export function eventFilter(query: Given): EventFilter {
  return {
    types: query.eventType ?? query.event_type,
    actorId: query.actorId ?? query.actor_id,
    agentId: query.agentId,
    since: query.since,
    until: query.until,
    denied: query.denied,
  }
}
