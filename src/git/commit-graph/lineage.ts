/** Where a commit stands in history: all that a walk needs to know of it. */
import type { Oid } from '../../kernel/ids.ts'
import type { Commit } from '../objects/commit.ts'

export interface Lineage {
  readonly oid: Oid
  readonly tree: Oid
  readonly parents: readonly Oid[]
  /** Of the committer, since 1970. */
  readonly seconds: number
  /**
   * One more than the highest of its parents', 1 without any; `Infinity` where that is not known, which is true of
   * none of its ancestors then that are known. @see gitformat-commit-graph(5), "topological level"
   */
  readonly generation: number
}

export function lineageOf({ oid, tree, parents, committer }: Commit): Lineage {
  return { oid, tree, parents, seconds: committer.seconds, generation: Infinity }
}
