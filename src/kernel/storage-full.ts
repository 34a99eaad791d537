/** Did something fail because the disk has no room? Not for errors that are known to be something else. */

/** Also for what failed while it was cleaned up behind it. @param err as Node throws it */
export function isStorageFull(err: unknown): boolean {
  const { code, error, suppressed } = (err ?? {}) as {
    readonly code?: unknown
    readonly error?: unknown
    readonly suppressed?: unknown
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') return true
  return [error, suppressed].some((inner) => inner !== undefined && isStorageFull(inner))
}
