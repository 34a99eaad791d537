/** What became of a push that was sent, and whether it may be sent again. */
import type { IncomingMessage } from 'node:http'

/** `indeterminate` also where nobody says. */
export type PushOutcome = 'applied' | 'not-applied' | 'indeterminate'

const HEADER = 'x-sluice-push-outcome'
/** Statuses by which a server says: not now. */
const TRY_AGAIN = new Set([429, 503])
const DEFAULT_WAIT_SECONDS = 1
const MAX_WAIT_SECONDS = 60

/** Once the answer has ended: the outcome of a long one is in its trailer. */
export function outcomeOf(answer: Pick<IncomingMessage, 'headers' | 'trailers'>): PushOutcome {
  const said = answer.headers[HEADER] ?? answer.trailers[HEADER]
  return said === 'applied' || said === 'not-applied' ? said : 'indeterminate'
}

/**
 * How long to wait before the same push is sent again; `null`: it must not be, or it would be of no use.
 *
 * @see RFC 9110, section 10.2.3 (`Retry-After`)
 */
export function resendAfterSeconds(
  answer: Pick<IncomingMessage, 'statusCode' | 'headers' | 'trailers'>,
): number | null {
  if (!TRY_AGAIN.has(answer.statusCode ?? 0) || outcomeOf(answer) !== 'not-applied') return null
  const said = answer.headers['retry-after'] ?? String(DEFAULT_WAIT_SECONDS)
  const seconds = /^\d{1,6}$/.test(said) ? Number(said) : DEFAULT_WAIT_SECONDS
  return seconds <= MAX_WAIT_SECONDS ? seconds : null
}
