/** What must happen to the refs of a gate so that they are those of its upstream. Pure. */
import { zeroOid, type ObjectFormat, type Oid, type RefName } from '../../../kernel/ids.ts'
import type { RefUpdate } from '../../../kernel/ref-update.ts'

export type Refs = ReadonlyMap<RefName, Oid>

export interface RefreshPlan {
  /** Before the others: what is left may stand where a directory is to be, or the other way round. */
  readonly deletions: readonly RefUpdate[]
  /** Creations, updates and forced updates; the branch of the upstream's HEAD comes first. */
  readonly moves: readonly RefUpdate[]
  /** New values that no ref here has. */
  readonly wanted: readonly Oid[]
}

/** What an upstream decides about; all other refs are the server's own. */
export const UPSTREAM_PREFIXES = ['refs/heads/', 'refs/tags/'] as const

/**
 * @param here refs below `UPSTREAM_PREFIXES`, as they were before the upstream was asked: one that a push has
 *   moved since is then refused as stale, and not moved back
 * @returns `null`: they are equal
 */
export function planRefresh(
  here: Refs,
  there: Refs,
  { head, objectFormat }: { readonly head: RefName | null; readonly objectFormat: ObjectFormat },
): RefreshPlan | null {
  const zero = zeroOid(objectFormat)
  const deletions = [...here]
    .filter(([ref]) => !there.has(ref))
    .map(([ref, oldOid]) => ({ ref, oldOid, newOid: zero }))
  const moves = [...there]
    .filter(([ref, oid]) => here.get(ref) !== oid)
    .map(([ref, newOid]) => ({ ref, oldOid: here.get(ref) ?? zero, newOid }))
  if (deletions.length === 0 && moves.length === 0) return null
  const known = new Set(here.values())
  const wanted = new Set(moves.map(({ newOid }) => newOid).filter((oid) => !known.has(oid)))
  const [first, others] = [moves.filter(({ ref }) => ref === head), moves.filter(({ ref }) => ref !== head)]
  return { deletions, moves: [...first, ...others], wanted: [...wanted] }
}
