/** What can come of a merge. */
import type { Oid } from '../../kernel/ids.ts'

export type MergeOutcome =
  /** `oid` is what the branch should point at now; its objects are in the quarantine. */
  | { readonly kind: 'made'; readonly oid: Oid }
  /** The target has the source already. */
  | { readonly kind: 'contained' }
  /** A squash or a rebase that would change no file. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'not-fast-forward' }
  /** `at`: the commit at which a rebase stopped. */
  | { readonly kind: 'conflicts'; readonly at?: Oid }
  /** git would not take a push of it. `reason` is git's; `at`: as for conflicts. */
  | { readonly kind: 'refused'; readonly reason: string; readonly at?: Oid }
  | { readonly kind: 'too-many-commits'; readonly limit: number }
  /** No common history. */
  | { readonly kind: 'unrelated' }

/** What comes of a merge that is not clean. @param at commit that a rebase carries over */
export function unclean(refused: { readonly reason: string } | null, at?: Oid): MergeOutcome {
  const where = at === undefined ? {} : { at }
  return refused ? { kind: 'refused', reason: refused.reason, ...where } : { kind: 'conflicts', ...where }
}
