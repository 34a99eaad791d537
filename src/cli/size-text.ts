/** Bytes as people read them. */

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** Three figures, e.g. `1.21 GiB`. */
export function sizeText(bytes: number): string {
  let size = bytes
  let unit = 0
  for (; size >= 1000 && unit < UNITS.length - 1; unit++) size /= 1024
  const figures = unit === 0 ? String(Math.round(size)) : size.toPrecision(3)
  return `${figures} ${UNITS[unit] ?? 'B'}`
}
