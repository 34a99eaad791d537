/** One secret, one finding: what is left when several rules found the same. */

export interface Found {
  /** Offsets of the secret in the object. */
  readonly start: number
  readonly end: number
  readonly generic: boolean
  /** Of rules that find the same, the first of the set stays. */
  readonly rule: number
}

/** In the order of the object. A generic rule gives way to any other. */
export function withoutOverlaps<T extends Found>(found: readonly T[]): T[] {
  const ordered = found.toSorted((a, b) => a.start - b.start || a.rule - b.rule || b.end - a.end)
  const specific = apart(ordered.filter(({ generic }) => !generic))
  const generic = apart(ordered.filter((one) => one.generic && !touchesAny(specific, one)))
  return [...specific, ...generic].sort((a, b) => a.start - b.start)
}

/** @param ordered by start */
function apart<T extends Found>(ordered: readonly T[]): T[] {
  const kept: T[] = []
  let end = -1
  for (const one of ordered) {
    if (one.start < end) continue
    kept.push(one)
    end = one.end
  }
  return kept
}

function touchesAny(kept: readonly Found[], one: Found): boolean {
  return kept.some(({ start, end }) => start < one.end && one.start < end)
}
