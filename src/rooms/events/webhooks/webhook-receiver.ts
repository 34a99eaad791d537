/** One webhook as a receiver of deliveries: what is sent, and what its answer means. */
import type { Outbound, OutboundAnswer } from '../../../http/outbound/outbound.ts'
import type { PushData, StoredEvent } from '../../../kernel/events.ts'
import type { Clock } from '../../../kernel/ports.ts'
import type { Delivery } from '../../../store/deliveries/delivery.ts'
import type { HookTarget, NamedRepository } from '../../../store/hooks/hook-target.ts'
import type { Hook } from '../../../store/hooks/hook.ts'
import type { Attempt, DeliveryAnswer, Receiver } from '../deliveries/receiver.ts'
import { refsAskedFor } from './hook-filter.ts'
import { payloadOf } from './payload.ts'
import { signatureHeaders } from './signature.ts'

export interface WebhookReceiverParts {
  readonly outbound: Pick<Outbound, 'post'>
  /** Does the push change files that the hook asks for? */
  readonly touches: (hook: Hook, event: StoredEvent<PushData>, signal: AbortSignal) => Promise<boolean>
  /** Switches the hook off. */
  readonly disable: (hook: Hook, reason: string) => Promise<void>
  readonly clock: Pick<Clock, 'now'>
}

const GONE = 'the receiver answered 410: it is gone'
const NO_SUCCESS = 'the receiver did not answer with a success'
const REDIRECT = 'the receiver answered with a redirect, which is not followed: change the URL of the webhook'
const BUSY = 'the receiver has no time'
/** Nobody is there who could take it, or has time for it. @see RFC 9110 section 15; RFC 6585 section 4 */
const TRY_LATER = new Set([429, 502, 503, 504])

/** @param repository that the line is about */
export function webhookReceiver(
  parts: WebhookReceiverParts,
  { hook, secrets }: HookTarget,
  repository: NamedRepository | null,
): Receiver {
  return {
    name: hook.id,
    send: async (delivery, event, signal) => {
      if (!(await isWanted(parts, hook, delivery, event, signal))) return { kind: 'unwanted' }
      const startedAt = performance.now()
      const body = JSON.stringify(payloadOf(hook, event, repository))
      const headers = headersOf(delivery, body, secrets, parts.clock.now())
      const answer = await parts.outbound.post({ url: new URL(hook.url), headers, body }, signal)
      const result = judge(answer, performance.now() - startedAt)
      if (result.kind === 'ended') await parts.disable(hook, GONE)
      return result
    },
  }
}

/** Asked once: what was sent before is sent again. So is what somebody sends by hand. */
async function isWanted(
  { touches }: WebhookReceiverParts,
  hook: Hook,
  { attempts, inLine }: Delivery,
  event: StoredEvent,
  signal: AbortSignal,
): Promise<boolean> {
  if (event.type !== 'push' || attempts > 0 || !inLine) return true
  const push = event as StoredEvent<PushData>
  if (refsAskedFor(hook, push.data).length === 0) return false // its branches have changed meanwhile
  return hook.paths.length === 0 || (await touches(hook, push, signal))
}

function headersOf(
  { id, redeliveryOf }: Delivery,
  body: string,
  secrets: readonly string[],
  now: number,
): Record<string, string> {
  const message = { id: redeliveryOf ?? id, timestampSeconds: Math.floor(now / 1000), body }
  return {
    'content-type': 'application/json',
    'user-agent': 'sluice-webhooks',
    ...signatureHeaders(message, secrets),
  }
}

/** @see Standard Webhooks 1.0.0, "Delivery success and failure" */
function judge(answer: OutboundAnswer, durationMs: number): DeliveryAnswer {
  if (answer.kind === 'failed') {
    return { kind: 'unreachable', attempt: { status: null, excerpt: null, error: answer.reason, durationMs } }
  }
  const { status, excerpt, retryAfterMs } = answer
  const attempt = (error: string | null): Attempt => ({ status, excerpt, error, durationMs })
  if (status >= 200 && status < 300) return { kind: 'delivered', attempt: attempt(null) }
  if (status === 410) return { kind: 'ended', attempt: attempt(GONE) }
  if (TRY_LATER.has(status))
    return { kind: 'unreachable', attempt: attempt(BUSY), ...(retryAfterMs !== null && { retryAfterMs }) }
  return { kind: 'rejected', attempt: attempt(status >= 300 && status < 400 ? REDIRECT : NO_SUCCESS) }
}
