/** How many events are read at once: how large they are is up to those who push, so not only rows are counted. */

/** Of their data; a larger one is read alone. */
const MAX_BYTES = 4 * 1024 * 1024

/** @returns the first ones that fit together, and the very first one in any case */
export function withinBytes<Row extends { readonly bytes: number }>(rows: readonly Row[]): readonly Row[] {
  let left = MAX_BYTES
  const tooMany = rows.findIndex(({ bytes }, i) => (left -= Number(bytes)) < 0 && i > 0)
  return tooMany < 0 ? rows : rows.slice(0, tooMany)
}
