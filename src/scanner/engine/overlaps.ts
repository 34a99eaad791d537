/** One secret, one finding: what is left when several rules found the same. */
import { countsWherever, type Finding } from '../finding.ts'

export interface Found {
  /** Offsets of the secret in the object. */
  readonly start: number
  readonly end: number
  readonly generic: boolean
  /** Of rules that find the same, the first of the set stays. */
  readonly rule: number
  readonly finding: Pick<Finding, 'onlyAt' | 'exceptAt'>
}

/**
 * In the order of the object. A generic rule gives way to any other; none does to one that may not count at a
 * place where it counts itself.
 */
export function withoutOverlaps<T extends Found>(found: readonly T[]): T[] {
  const ordered = found.toSorted((a, b) => a.start - b.start || a.rule - b.rule || b.end - a.end)
  const specific = apart(ordered.filter(({ generic }) => !generic))
  const generic = apart(ordered.filter((one) => one.generic && !isToldBy(specific, one)))
  return [...specific, ...generic].sort((a, b) => a.start - b.start)
}

/** @param ordered by start */
function apart<T extends Found>(ordered: readonly T[]): T[] {
  const kept: T[] = []
  for (const one of ordered) if (!isToldBy(kept, one)) kept.push(one)
  return kept
}

function isToldBy(kept: readonly Found[], one: Found): boolean {
  return kept.some(
    (other) => other.start < one.end && one.start < other.end && countsWherever(other.finding, one.finding),
  )
}
