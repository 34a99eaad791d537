/** What an attempt makes of a delivery: done, tried again at some time, or given up. Pure. */
import type { Delivery, Settled } from '../../../store/deliveries/delivery.ts'
import { backoffMs } from '../../../store/jobs/backoff.ts'
import type { Attempt, DeliveryAnswer } from './receiver.ts'

/** Whatever has not been delivered so long after it was to be is parked. */
export const TRIED_FOR_MS = 3 * 24 * 3600_000
/** One that the receiver does not want keeps those behind it waiting for so many attempts: about seven minutes. */
export const ATTEMPTS_IN_LINE = 5
/** A receiver may ask for as much patience. */
const LONGEST_RETRY_AFTER_MS = 3600_000

/** @param now milliseconds since 1970 */
export function afterAttempt(
  delivery: Delivery,
  answer: Exclude<DeliveryAnswer, { kind: 'unwanted' }>,
  now: number,
): Settled {
  const tried = { ...delivery, ...shown(answer.attempt), attempts: delivery.attempts + 1 }
  switch (answer.kind) {
    case 'delivered':
      return { ...tried, status: 'delivered' }
    case 'ended':
      return { ...tried, status: 'parked' }
    case 'unreachable':
      return again(tried, now, answer.retryAfterMs)
    case 'rejected':
      return again({ ...tried, inLine: tried.inLine && tried.attempts < ATTEMPTS_IN_LINE }, now)
  }
}

function again(tried: Delivery, now: number, retryAfterMs = 0): Settled {
  if (now - tried.createdAt >= TRIED_FOR_MS) return { ...tried, status: 'parked' }
  const wait = Math.max(backoffMs(tried.attempts), Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS))
  return { ...tried, nextAttemptAt: now + wait }
}

function shown({ status, excerpt, error, durationMs }: Attempt) {
  return { responseStatus: status, responseExcerpt: excerpt, error, durationMs: Math.round(durationMs) }
}
