/** Is one commit in the history of another? Told without a process where new history is short. */
import type { Oid } from '../../kernel/ids.ts'
import type { Gained } from './known-history.ts'
import type { LooseObject } from './loose-commit.ts'

export interface SeenHistory {
  /** A commit in the quarantine; `null` when it is not there. */
  readonly commitIn: (oid: Oid) => Promise<LooseObject>
  /** What the repository's own commit `tip` has more than `old`; `null` when git has to look. */
  readonly gainedSince: (old: Oid, tip: Oid) => Promise<Gained | null>
}

const MAX_COMMITS = 100

/** @returns `null` when git has to look */
export async function seenAncestor(
  { commitIn, gainedSince }: SeenHistory,
  ancestor: Oid,
  tip: Oid,
): Promise<boolean | null> {
  const seen = new Set<Oid>()
  const left = [tip]
  const known: Oid[] = []
  for (let oid = left.pop(); oid !== undefined; oid = left.pop()) {
    if (oid === ancestor) return true
    if (seen.has(oid)) continue
    if (seen.add(oid).size > MAX_COMMITS) return null
    const commit = await commitIn(oid)
    if (commit === null) known.push(oid)
    else if (commit.type === 'commit') left.push(...commit.parents)
    else return null
  }
  const ahead = await Promise.all(known.map(async (oid) => (await gainedSince(ancestor, oid))?.isAhead))
  if (ahead.includes(true)) return true
  return ahead.includes(undefined) ? null : false
}
