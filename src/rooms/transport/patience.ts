/** How long a refused push is listened to before its report: it depends on who sends it. */
import type { FastifyRequest } from 'fastify'
import { SIZE_HEADER } from './describe-push.ts'

export interface Patience {
  /** Bytes of a refused push that are read and thrown away before its report. */
  readonly budgetBytes: number
  /** What a client has to read the report of a push whose pack will not be read to its end. */
  readonly hangUpAfterMs: number
}

const LINGER_MS = 400
/** Our own client hangs up by itself once it has read the report; this is for one that does not. */
const OWN_CLIENT_LINGER_MS = 10_000
/** A rest as small as this is sooner read than the connection made anew. */
const OWN_CLIENT_BUDGET_BYTES = 256 * 1024

/**
 * Stock git must be let finish its upload; our own client reads the answer while it sends, unless the
 * connection ends with the answer: then what is unread would reset it.
 */
export function patienceWith(request: FastifyRequest, discardBudgetBytes: number): Patience {
  const endsWithAnswer = /(?:^|,)\s*close\s*(?:,|$)/i.test(request.headers.connection ?? '')
  if (request.headers[SIZE_HEADER] === undefined || endsWithAnswer)
    return { budgetBytes: discardBudgetBytes, hangUpAfterMs: LINGER_MS }
  const budgetBytes = Math.min(OWN_CLIENT_BUDGET_BYTES, discardBudgetBytes)
  return { budgetBytes, hangUpAfterMs: OWN_CLIENT_LINGER_MS }
}
