/** What repeated measuring of one thing gave. No statistics beyond what a reader can check by eye. */

export interface Series {
  readonly median: number
  readonly low: number
  readonly high: number
  /** In the order they were measured. */
  readonly values: readonly number[]
}

/** @throws RangeError without a value: a figure nobody measured is no figure */
export function seriesOf(values: readonly number[]): Series {
  const sorted = values.toSorted((a, b) => a - b)
  return { median: quantile(sorted, 0.5), low: quantile(sorted, 0), high: quantile(sorted, 1), values }
}

/**
 * Linear between neighbours.
 *
 * @param sorted ascending
 * @param share 0 to 1
 * @throws RangeError without a value, or when one is not a finite number
 */
export function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share
  const below = sorted[Math.floor(at)]
  const above = sorted[Math.ceil(at)]
  if (below === undefined || above === undefined || !sorted.every(Number.isFinite)) {
    throw new RangeError('nothing was measured')
  }
  return below + (above - below) * (at - Math.floor(at))
}

/** Median of values in any order. */
export function medianOf(values: readonly number[]): number {
  return seriesOf(values).median
}
