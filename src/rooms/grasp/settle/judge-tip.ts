/** What is to become of one tip of a pull request. Pure. @see GRASP-01 */
import type { Oid } from '../../../kernel/ids.ts'

export interface TipFacts {
  /** What stands under the id of the event; `null`: nothing. */
  readonly value: Oid | null
  /** Commit that the event names, `null` when it names none; `undefined`: it is not known. */
  readonly named: Oid | null | undefined
  /** When it is dropped unless its event comes; `null`: no such time was set. */
  readonly waitsUntil: number | null
  readonly now: number
}

/**
 * `accepted`: it is what its event names · `waits` for its event, or is being pushed · `withdrawn`: its event is known
 * no longer · `drop`: the ref must go · `forget`: nothing stands there.
 */
export type TipFate = 'accepted' | 'waits' | 'withdrawn' | 'drop' | 'forget'

export function judgeTip({ value, named, waitsUntil, now }: TipFacts): TipFate {
  const isOverdue = waitsUntil !== null && waitsUntil <= now
  if (value === null) return isOverdue || waitsUntil === null ? 'forget' : 'waits'
  if (named !== undefined) return named === value ? 'accepted' : 'drop'
  if (waitsUntil === null) return 'withdrawn'
  return isOverdue ? 'drop' : 'waits'
}
