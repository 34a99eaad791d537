/** Somebody outside who is told of events, one at a time and in order. Types only: who he is, is known elsewhere. */
import type { StoredEvent } from '../../../kernel/events.ts'
import type { Delivery } from '../../../store/deliveries/delivery.ts'

export interface Receiver {
  /** As `receiver` of its deliveries: the id of a webhook, or `feed`. */
  readonly name: string
  /**
   * Sends one delivery and waits for what comes of it. At least once: after a crash it is sent again.
   *
   * @param signal aborts when the server stops; then it may reject
   * @throws only for bugs: what the receiver does is an answer
   */
  readonly send: (delivery: Delivery, event: StoredEvent, signal: AbortSignal) => Promise<DeliveryAnswer>
}

/** What came of one attempt, as owners see it. */
export interface Attempt {
  /** HTTP status; `null` when there was none. */
  readonly status: number | null
  /** Beginning of the body, printable, at most 1 KiB. */
  readonly excerpt: string | null
  /** In fixed words; `null` when it went well. */
  readonly error: string | null
  readonly durationMs: number
}

export type DeliveryAnswer =
  | { readonly kind: 'delivered'; readonly attempt: Attempt }
  /**
   * There is nobody there, or nobody who has time: all that is for it waits.
   * `retryAfterMs`: what it asked for itself.
   */
  | { readonly kind: 'unreachable'; readonly attempt: Attempt; readonly retryAfterMs?: number }
  /** It does not want this one: after a few attempts those behind it go on. */
  | { readonly kind: 'rejected'; readonly attempt: Attempt }
  /** Nobody asks for this one: it is forgotten. */
  | { readonly kind: 'unwanted' }
  /** It wants nothing any more, or there is nothing to send: this one is not tried again. */
  | { readonly kind: 'ended'; readonly attempt: Attempt }
