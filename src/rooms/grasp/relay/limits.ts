/** What the relay takes of one client. The first are announced, and a test of each shows that it holds. */
import { MAX_TAGS } from '../../../nostr/parse-event.ts'

/** @see NIP-11, "Server limitations" */
export const LIMITS = {
  /** Bytes of a message as it comes; a longer one ends the connection. @see RFC 6455 section 7.4.1, 1009 */
  messageBytes: 512 * 1024,
  /** Open at a time on one connection. */
  subscriptions: 200,
  /** In one `REQ` or `COUNT`. */
  filters: 32,
  /** Stored events that one filter, and one `REQ`, gets at the most. */
  events: 5_000,
  /** Where a filter names no limit. */
  eventsByDefault: 500,
  subscriptionIdChars: 64,
  eventTags: MAX_TAGS,
  contentChars: 256 * 1024,
  /** How far ahead of our clock an event may be dated. */
  secondsAhead: 15 * 60,
} as const

/** What no client that means well comes near. */
export const BOUNDS = {
  /** Of all addresses together. */
  connections: 20_000,
  /** Messages that are being answered; what comes then waits in its connection. */
  answering: 64,
  /** Text of the filters of all subscriptions of a connection. */
  filterChars: 1024 * 1024,
  /** Events that come while what is stored is still being sent. */
  waitingEvents: 1_000,
  /** Written to a connection and not yet taken by it. */
  waitingBytes: 8 * 1024 * 1024,
  /** From here on, stored events wait until the client has taken those before. */
  fullBytes: 256 * 1024,
  /** A client that takes nothing for so long is left. */
  takesNothingMs: 30_000,
  /** Keys that a connection proves to hold. */
  keys: 32,
  reconciliations: 20,
  /** Events that one reconciliation may be about. */
  reconciledEvents: 500_000,
  /** Between two pings; who has not answered one when the next is due is gone. */
  heartbeatMs: 30_000,
  /** For what is being answered when the server ends, and then for the farewell. */
  lastAnswersMs: 5_000,
  farewellMs: 1_000,
  /** Rows of the database that are looked at for the price of one query: a message may make more work than a thousand. */
  rowsOfQuery: 5_000,
  /** An address may do so many times what one of its connections may. */
  addressShare: 4,
} as const
