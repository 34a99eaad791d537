/** What a client says of the stream that it wants: where it begins, and of what it tells. */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { AppError } from '../../../kernel/errors.ts'
import type { EventTail } from '../../../store/log/event-tail.ts'
import { EVENT_QUERY } from '../../../http/event-query.ts'

const POSITION = /^\d{1,15}$/

export const STREAM_QUERY = {
  eventType: EVENT_QUERY.eventType,
  since: z.string().regex(POSITION, 'must be the id of an event of a stream').optional().meta({
    description: '`id` of the last event that is known, `0` for all there are; from now on if absent',
  }),
}

/** A browser sets it when it comes back, so it is newer than what stands in the address. */
const LAST_EVENT_ID = 'last-event-id'

/**
 * Position of the log behind which a stream begins.
 *
 * @throws AppError `VALIDATION_ERROR` when it is none, or one that the log has not reached
 */
export async function startOf(
  { headers }: Pick<FastifyRequest, 'headers'>,
  since: string | undefined,
  tail: Pick<EventTail, 'end'>,
): Promise<number> {
  const header = String(headers[LAST_EVENT_ID] ?? '')
  const given = header === '' ? since : header
  const path = header === '' ? 'since' : LAST_EVENT_ID
  if (given !== undefined && !POSITION.test(given))
    throw fault(path, 'must be the id of an event of a stream')
  const end = await tail.end()
  if (given === undefined) return end
  if (Number(given) > end) throw fault(path, 'is ahead of the log; begin again without it')
  return Number(given)
}

function fault(path: string, message: string): AppError {
  return new AppError('VALIDATION_ERROR', { details: [{ path, message }] })
}
