/** What the pusher is told of an upstream that refused, or that could not be reached. Pure. */
import type { RefReport } from '../../../git/outbound/push-report.ts'
import { refuse, type Refusal } from '../../../kernel/ref-update.ts'
import { unknown } from './settle-unclear.ts'

export interface Answered {
  /** Of the upstream. */
  readonly host: string
  /** The pusher wants all or nothing. */
  readonly atomic: boolean
  /** None `unknown`. */
  readonly reports: readonly RefReport[]
  /** What the upstream said besides, line by line. */
  readonly remarks: readonly string[]
}

type Refused = Extract<RefReport, { kind: 'refused' }>

/** git's own words, on either side, for a ref whose only fault is another one of its push. */
const BECAUSE_OF_ANOTHER = /^atomic (?:push fail|transaction fail)/
/** git's own word for a lease that does not hold. @see git-push(1), --force-with-lease */
const STALE = 'stale info'
const STALE_HINT = 'the upstream has moved it since you last saw it: git fetch, then push again'

/**
 * @returns one refusal for each ref that the upstream refused, with its words
 * @throws AppError `OUTCOME_UNKNOWN`: some have landed of a push that lands whole or not at all
 */
export function refusalsOf({ host, atomic, reports, remarks }: Answered): readonly Refusal[] {
  const refused = reports.filter((report): report is Refused => report.kind === 'refused')
  if (refused.length === 0) return []
  if (atomic && refused.length < reports.length) throw unknown()
  const hasCulprit = refused.some(({ reason }) => !BECAUSE_OF_ANOTHER.test(reason))
  return refused.map(({ ref, reason }) => {
    if (hasCulprit && BECAUSE_OF_ANOTHER.test(reason)) return refuse('ATOMIC', ref)
    const details = { upstream: host, reason, remarks }
    const refusal = refuse('UPSTREAM_REFUSED', ref, reason)
    return { ...refusal, details, ...(reason === STALE ? { hint: STALE_HINT } : {}) }
  })
}

/** @param reason in fixed words */
export function unreachable(host: string, reason: string): Refusal {
  return {
    ...refuse('UPSTREAM_UNAVAILABLE', null, reason),
    notes: [`upstream ${host} is unreachable: ${reason}`],
    details: { upstream: host, reason },
  }
}
