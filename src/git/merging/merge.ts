/**
 * Brings one commit's changes onto another without a work tree: merge, squash, rebase, fast-forward. Makes
 * objects; whether a branch then moves is the door's business.
 */
import type { Identity } from '../../kernel/identity.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { Quarantine } from '../../kernel/ports.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { CatFile } from '../objects/cat-file.ts'

export const STRATEGIES = ['merge', 'squash', 'rebase', 'fast_forward'] as const
export type Strategy = (typeof STRATEGIES)[number]

export interface MergeParts {
  readonly objects: Pick<CatFile, 'read' | 'info'>
}

export interface MergeInput {
  readonly repo: RepoHandle
  /** Value of the branch that receives; first parent of a merge commit. */
  readonly target: Oid
  readonly source: Oid
  readonly strategy: Strategy
  /** Of the merge or squash commit; rebased commits keep their own. */
  readonly message: string
  /** Who acts: committer of all new commits, author of a merge or squash commit. */
  readonly committer: Identity
  /** Time of the new commits, since 1970. */
  readonly seconds: number
}

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

/**
 * @param quarantine takes the new objects
 * @throws AppError `GIT_FAILED`, `LAUNCHER_LOST`
 */
export function makeMerge(
  _parts: MergeParts,
  _quarantine: Quarantine,
  _input: MergeInput,
): Promise<MergeOutcome> {
  return Promise.reject(new Error('not built yet'))
}
