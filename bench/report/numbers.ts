/** Numbers as a reader wants them: three digits that mean something, and a unit. */
import type { Figure, Goal, Measure, Unit } from '../figure.ts'
import type { Series } from '../measure/series.ts'

/** `0.0437`, `1.52`, `25`, `12,300`. */
export function shortNumber(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 100) {
    return Number(value.toPrecision(Math.abs(value) >= 1000 ? 4 : 3)).toLocaleString('en')
  }
  return String(Number(value.toPrecision(3)))
}

export function withUnit(value: number, unit: Unit): string {
  return unit === '' ? shortNumber(value) : `${shortNumber(value)} ${unit}`
}

/** Median, and in brackets the least and the greatest where they differ. */
export function showSeries({ median, low, high }: Series, unit: Unit): string {
  const spread = low === high ? '' : ` (${shortNumber(low)}–${shortNumber(high)})`
  return withUnit(median, unit) + spread
}

/** A value in the terms of a goal: `52×`, `+12 MiB`. */
export function showMeasure(value: number, measure: Measure, unit: Unit): string {
  if (measure === 'value') return withUnit(value, unit)
  if (measure === 'growth') return `${value < 0 ? '−' : '+'}${withUnit(Math.abs(value), unit)}`
  return `${shortNumber(value)}×`
}

/** `≥ 50× less`, `≤ 1.3×`, `≤ +32 MiB`; empty where nothing is promised. */
export function showGoal(goal: Goal | null, unit: Figure['unit']): string {
  if (goal === null) return ''
  const bound = 'atMost' in goal ? `≤ ${limit(goal.atMost)}` : `≥ ${limit(goal.atLeast)}`
  return goal.measure === 'gain' ? `${bound} less` : bound

  function limit(value: number): string {
    return showMeasure(value, goal?.measure ?? 'value', unit)
  }
}
