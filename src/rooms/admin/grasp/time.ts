/** Times of what is listed. */

/** @param ms since 1970 */
export function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
