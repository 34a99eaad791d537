/**
 * Secrets that lay at their place before: what was there is read, and searched for the very bytes. If that came
 * with the same push it has findings of its own.
 */
import type { Oid } from '../../kernel/ids.ts'
import type { PushedObjects } from '../../kernel/ports.ts'
import { BatchSearch } from './batch-search.ts'
import type { LocatedFinding } from './located-finding.ts'

/** @throws AppError `GIT_FAILED`, `LAUNCHER_LOST`; the signal's reason */
export async function withoutThoseBefore(
  objects: Pick<PushedObjects, 'contents'>,
  findings: readonly LocatedFinding[],
  signal: AbortSignal,
): Promise<readonly LocatedFinding[]> {
  const wanted = new Map<Oid, Set<string>>()
  for (const { secret, place } of findings) {
    if (secret === '') continue
    for (const oid of place.before) wanted.set(oid, (wanted.get(oid) ?? new Set()).add(secret))
  }
  if (wanted.size === 0) return findings
  const search = new BatchSearch(wanted)
  for await (const piece of objects.contents([...wanted.keys()], signal)) search.take(piece)
  const wasThere = ({ secret, place }: LocatedFinding) =>
    secret !== '' && place.before.some((oid) => search.found.get(oid)?.has(secret))
  return findings.filter((finding) => !wasThere(finding))
}
