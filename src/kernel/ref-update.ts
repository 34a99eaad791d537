/** A request to move one ref, and what came of it. The zero oid stands for "absent", as on git's wire. */
import { REFUSALS, type RefusalCode } from './errors.ts'
import type { PushedPull } from './events.ts'
import { isZero, type Oid, type RefName } from './ids.ts'

export interface RefUpdate {
  readonly ref: RefName
  /** The value the client believes the ref has; the update fails if it has another. */
  readonly oldOid: Oid
  readonly newOid: Oid
}

/** Refuses one ref, or with `ref: null` everything that still stands. A result, never an exception. */
export interface Refusal {
  readonly ref: RefName | null
  readonly code: RefusalCode
  /** One line; reaches the pusher verbatim. */
  readonly reason: string
  /** What to do next, or `null`. */
  readonly hint: string | null
  /** Lines for the pusher that say more, before the hint. */
  readonly notes?: readonly string[]
  /** The same for programs, as JSON. */
  readonly details?: unknown
}

/** Sends an update to another ref than the one it names: what comes after it sees `to` alone. */
export interface Redirection {
  readonly ref: RefName
  readonly to: RefUpdate
  /** `to` loses history. */
  readonly isForced: boolean
  /** Whose ref that is; stands in the event. */
  readonly pullRequest: PushedPull
}

export type RefUpdateResult =
  | { readonly ref: RefName; readonly ok: true; readonly redirection?: Redirection }
  | { readonly ref: RefName; readonly ok: false; readonly refusal: Refusal }

/** Builds a refusal from the table; `detail` is put behind the reason. */
export function refuse(code: RefusalCode, ref: RefName | null, detail?: string): Refusal {
  const { reason, hint } = REFUSALS[code]
  return { ref, code, reason: oneLine(detail === undefined ? reason : `${reason}: ${detail}`), hint }
}

const MAX_REASON_CHARS = 400

/** A pkt-line of the report holds one line: control characters would end or forge it. */
function oneLine(text: string): string {
  return text
    .replace(/[\x00-\x1f\x7f]+/g, ' ')
    .trim()
    .slice(0, MAX_REASON_CHARS)
}

export function isCreate(update: RefUpdate): boolean {
  return isZero(update.oldOid)
}

export function isDelete(update: RefUpdate): boolean {
  return isZero(update.newOid)
}

export function isBranch(ref: RefName): boolean {
  return ref.startsWith('refs/heads/')
}

/** New values, and old ones. */
export function endsOf(updates: readonly RefUpdate[]): [tips: Oid[], olds: Oid[]] {
  const tips = updates.filter((u) => !isDelete(u)).map((u) => u.newOid)
  return [tips, updates.filter((u) => !isCreate(u)).map((u) => u.oldOid)]
}
