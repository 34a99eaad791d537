/** A delivery as the rooms see it, and as its row has it. */
import type { StoredEvent } from '../../kernel/events.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { DeliveryRow } from '../schema.ts'

/** Deliveries of one receiver and one repository, or of events about none, in the order of the log. */
export interface Line {
  readonly receiver: string
  readonly repoId: RepoId | null
}

export interface Delivery extends Line {
  readonly id: string
  readonly eventId: string
  /** The part of the event that it tells; empty: all of it. */
  readonly part: string
  readonly eventType: string
  /** Of the event. */
  readonly sequence: number
  readonly status: DeliveryRow['status']
  /** Those behind it wait for it. */
  readonly inLine: boolean
  /** So far. */
  readonly attempts: number
  /** Milliseconds since 1970, as all times here. */
  readonly nextAttemptAt: number
  /** HTTP status of the last answer; `null` when there was none. */
  readonly responseStatus: number | null
  /** Beginning of its body, printable. */
  readonly responseExcerpt: string | null
  /** In fixed words. */
  readonly error: string | null
  readonly durationMs: number | null
  readonly redeliveryOf: string | null
  readonly createdAt: number
  readonly updatedAt: number
}

/** What is to be told to whom of an event. */
export interface NewDelivery {
  readonly receiver: string
  readonly event: StoredEvent
  /** Default: the whole event. */
  readonly part?: string
}

/** A delivery that is to be sent, and its event. */
export interface Waiting {
  readonly delivery: Delivery
  readonly event: StoredEvent
}

export interface WaitingPage {
  readonly waiting: readonly Waiting[]
  /** There may be more behind them. */
  readonly more: boolean
}

/** What an attempt has made of a delivery. */
export type Settled = Pick<
  Delivery,
  | 'id'
  | 'status'
  | 'inLine'
  | 'attempts'
  | 'nextAttemptAt'
  | 'responseStatus'
  | 'responseExcerpt'
  | 'error'
  | 'durationMs'
>

export function newDeliveryRow(id: string, what: NewDelivery, now: number): DeliveryRow {
  const { receiver, event, part = '' } = what
  return {
    id,
    receiver,
    repo_id: event.repoId,
    event_id: event.id,
    part,
    event_type: event.type,
    sequence: event.sequence,
    status: 'waiting',
    in_line: 1,
    attempts: 0,
    next_attempt_at: now,
    response_status: null,
    response_excerpt: null,
    error: null,
    duration_ms: null,
    redelivery_of: null,
    created_at: now,
    updated_at: now,
  }
}

export function toDelivery(row: DeliveryRow): Delivery {
  return {
    id: row.id,
    receiver: row.receiver,
    repoId: row.repo_id as RepoId | null,
    eventId: row.event_id,
    part: row.part,
    eventType: row.event_type,
    sequence: row.sequence,
    status: row.status,
    inLine: row.in_line === 1,
    attempts: row.attempts,
    nextAttemptAt: row.next_attempt_at,
    responseStatus: row.response_status,
    responseExcerpt: row.response_excerpt,
    error: row.error,
    durationMs: row.duration_ms,
    redeliveryOf: row.redelivery_of,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
