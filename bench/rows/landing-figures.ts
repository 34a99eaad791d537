/** What the rows about many writers of one branch print of their rounds. */
import type { Figure, Goal, Unit } from '../figure.ts'
import { seriesOf } from '../measure/series.ts'

/** 3,000 a minute. */
const MIN_PER_SECOND = 50

export const NONE: Goal = { measure: 'value', atMost: 0 }

export interface LandingRound {
  readonly perSecond: number
  /** Of the wait of a writer, in milliseconds. */
  readonly p50: number
  readonly p99: number
  /** What clients were told instead. */
  readonly errors: readonly string[]
  /** Acknowledged, but not on the branch. */
  readonly missing: number
}

/** One figure of all rounds, compared with nothing. */
export function overRounds<R>(
  rounds: readonly R[],
  what: string,
  unit: Unit,
  of: (round: R) => number,
  goal: Goal | null,
): Figure {
  return { what, unit, ours: seriesOf(rounds.map(of)), against: null, goal }
}

/** @param what landed */
export function landingFigures(what: string, rounds: readonly LandingRound[]): Figure[] {
  const rate = { measure: 'value', atLeast: MIN_PER_SECOND } as const
  return [
    overRounds(rounds, what, '/s', ({ perSecond }) => perSecond, rate),
    overRounds(rounds, 'wait of a writer, p50', 'ms', ({ p50 }) => p50, null),
    overRounds(rounds, 'wait of a writer, p99', 'ms', ({ p99 }) => p99, null),
    overRounds(rounds, 'errors that a client saw', '', ({ errors }) => errors.length, NONE),
    overRounds(rounds, 'acknowledged, but not on the branch', '', ({ missing }) => missing, NONE),
  ]
}
