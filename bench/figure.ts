/** One measured thing beside what it is compared with and what it should be. */
import type { Series } from './measure/series.ts'

export type Unit = 'µs' | 'ms' | 's' | 'MiB' | '/s' | ''

export interface Figure {
  /** With the name of its row it is the key of a known cause. */
  readonly what: string
  readonly unit: Unit
  readonly ours: Series
  readonly against: { readonly name: string; readonly series: Series } | null
  /** `null`: shown, but nothing is promised. */
  readonly goal: Goal | null
}

/**
 * `value`: ours alone. `ratio`: ours to the other. `gain`: the other to ours. `growth`: ours less the
 * other, in the figure's unit. All of medians.
 */
export type Measure = 'value' | 'ratio' | 'gain' | 'growth'

export type Goal =
  | { readonly measure: Measure; readonly atMost: number }
  | { readonly measure: Measure; readonly atLeast: number }

export interface Judgement {
  readonly value: number
  readonly reached: boolean
}

/** @returns `null` where nothing is promised */
export function judge(figure: Figure): Judgement | null {
  const { goal } = figure
  if (goal === null) return null
  const value = measured(figure, goal.measure)
  const reached = 'atMost' in goal ? value <= goal.atMost : value >= goal.atLeast
  return { value, reached }
}

/** @throws RangeError when it compares with nothing: a goal that cannot be missed is none */
export function measured({ what, ours, against }: Figure, measure: Measure): number {
  if (measure === 'value') return ours.median
  if (against === null) throw new RangeError(`${what}: nothing to compare with`)
  const other = against.series.median
  switch (measure) {
    case 'ratio':
      return ours.median / other
    case 'gain':
      return other / ours.median
    case 'growth':
      return ours.median - other
  }
}
