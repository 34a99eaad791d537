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
  | { readonly kind: 'too-many-commits'; readonly limit: number }
  /** No common history. */
  | { readonly kind: 'unrelated' }
